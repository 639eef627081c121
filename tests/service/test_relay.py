"""The relay moves what waits into the stream, in order, at least once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry, Promoted
from service.relay import AT_ONCE, Relay
from service.store import outbox
from service.store.database import Database


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[EmbeddedLog]:
    """Return an empty stream."""
    with EmbeddedLog(tmp_path / "log.sqlite") as opened:
        yield opened


def promoted(number: int) -> Promoted:
    """Return an entry."""
    return Promoted(organisation="default", id=str(number), version="")


def put(database: Database, *numbers: int) -> None:
    """Store entries that wait."""
    with database.transaction() as connection:
        for number in numbers:
            outbox.put(connection, promoted(number))


def entries(stream: EmbeddedLog) -> list[Entry]:
    """Return what the stream holds."""
    return [record.entry for record in stream.read(0, 0, 10_000)]


def test_all_that_waits_is_moved_in_order(database: Database, stream: EmbeddedLog) -> None:
    """More than is moved at once arrives as it was decided, and nothing waits any more."""
    many = range(AT_ONCE * 2 + 5)
    put(database, *many)
    assert Relay(database, stream).run_once() == len(many)
    assert entries(stream) == [promoted(number) for number in many]
    assert Relay(database, stream).run_once() == 0


def test_crash_before_the_removal_repeats(database: Database, stream: EmbeddedLog) -> None:
    """What the stream took but the outbox still holds is appended again, never lost."""
    put(database, 1, 2)

    def die(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("DELETE FROM outbox"):
            raise OSError("killed")

    event.listen(database.engine, "before_cursor_execute", die)
    with pytest.raises(OSError, match="killed"):
        Relay(database, stream).run_once()
    event.remove(database.engine, "before_cursor_execute", die)
    put(database, 3)
    Relay(database, stream).run_once()
    assert entries(stream) == [promoted(number) for number in (1, 2, 1, 2, 3)]


def test_stream_that_refuses_loses_nothing(database: Database, tmp_path: Path) -> None:
    """While the stream is away, decisions wait."""
    put(database, 1)
    closed = EmbeddedLog(tmp_path / "closed.sqlite")
    closed.close()
    with pytest.raises(Exception):  # noqa: B017, PT011  # whatever a closed log says
        Relay(database, closed).run_once()
    with database.reading() as connection:
        assert outbox.count(connection) == 1


def test_turn_ends_when_woken(database: Database, stream: EmbeddedLog) -> None:
    """A commit in the same process is moved without waiting for the time to pass."""
    relay = Relay(database, stream)
    relay.turn(0.0)
    moved: list[int] = []
    thread = threading.Thread(target=lambda: moved.append(relay.turn(60.0)))
    thread.start()
    put(database, 1)
    relay.wake()
    thread.join(30.0)
    assert moved == [1]


def test_first_turn_does_not_wait(database: Database, stream: EmbeddedLog) -> None:
    """What waited before the process began is moved at once."""
    put(database, 1)
    assert Relay(database, stream).turn(60.0) == 1
