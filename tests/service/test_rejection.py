"""An entry that cannot be worked off becomes a dead letter, in every replay too, and all others have their effects."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from collector.event import Event
from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from models.finding import Scored
from service import partitions, rebuild
from service.memory import Memories, Memory
from service.partitions import Partitions
from service.rejection import is_entrys_fault, reason_of
from service.store.database import Database
from service.store.tables import dead_letters, scored_events
from service.worker import Worker
from tests.service.stand_ins import START, ActorBook, CountingScorer, make_event

POISON = "poison"
EVENTS = [make_event(POISON if n == 30 else f"e{n}", at=START + n) for n in range(60)]


class OneMember:
    """A group of one, who owns partition 0."""

    def assigned(self) -> frozenset[int]:
        """Return the only partition."""
        return frozenset({0})

    def commit(self, partition: int, position: int) -> None:
        """Take no note."""

    def positions(self) -> dict[int, int]:
        """Return nothing."""
        return {}

    def leave(self) -> None:
        """Stay."""

    def close(self) -> None:
        """Hold nothing."""


class Allergic(CountingScorer):
    """Fails on one event, whatever stands beside it."""

    def score(self, events: Sequence[Event]) -> list[Scored]:
        """Score events, or fail."""
        if any(event.id == POISON for event in events):
            raise ZeroDivisionError("no history")
        return super().score(events)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    """Return a stream with one poisonous event in sixty."""
    with EmbeddedLog(tmp_path / "log.sqlite") as opened:
        opened.append(observed(EVENTS))
        yield opened


def allergic() -> Memories:
    """Return memories that cannot take in one event."""
    return Memories(lambda _: Memory(Allergic(), ActorBook()))


def work(
    log: EmbeddedLog, database: Database, make: Callable[[], Memories] = allergic, batch_size: int = 20
) -> Partitions:
    """Work a stream off as a service does."""

    def worker(_: int) -> Worker:
        return Worker(log, database, make(), batch_size=batch_size, keeps_snapshots=False)

    worked = Partitions(log, OneMember(), worker)
    while worked.positions().get(0, 0) < log.end(0):
        worked.turn()
    return worked


def letters(database: Database) -> list[tuple[str, str]]:
    """Return source and reason of each dead letter."""
    with database.reading() as connection:
        return [tuple(row) for row in connection.execute(select(dead_letters.c.source, dead_letters.c.reason))]


def scored_ids(database: Database) -> list[str]:
    """Return what was scored, in order."""
    with database.reading() as connection:
        return list(connection.scalars(select(scored_events.c.id).order_by(scored_events.c.seq)))


OTHERS = [event.id for event in EVENTS if event.id != POISON]


@pytest.mark.parametrize("batch_size", [1, 20, 5_000])
def test_entry_that_fails_is_a_dead_letter(
    log: EmbeddedLog, database: Database, monkeypatch: pytest.MonkeyPatch, batch_size: int
) -> None:
    """The scorer's fault is its reason; everything before and after is scored once, whatever the batches."""
    monkeypatch.setattr(Worker, "snapshot", lambda _: None)
    assert work(log, database, batch_size=batch_size).metrics.rejected == 1
    assert scored_ids(database) == OTHERS
    assert letters(database) == [("github.audit", "ZeroDivisionError: no history")]


def test_rejected_entry_stays_out_of_a_replay(
    log: EmbeddedLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that learns the past again leaves it out, even where the fault is mended by then."""
    monkeypatch.setattr(Worker, "snapshot", lambda _: None)
    work(log, database)
    scorer = CountingScorer()
    Worker(log, database, Memories(lambda _: Memory(scorer, ActorBook())))
    assert scorer.seen == OTHERS


def test_rebuilt_store_leaves_it_out_too(
    log: EmbeddedLog, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the stream makes again is what is there."""
    monkeypatch.setattr(Worker, "snapshot", lambda _: None)
    work(log, database)
    made = rebuild.build(log, tmp_path / "rebuilt.sqlite", allergic, live=database)
    with closing(made) as rebuilt:
        assert scored_ids(rebuilt) == OTHERS


@pytest.mark.service
@pytest.mark.postgres
def test_text_that_the_database_refuses_is_a_dead_letter(postgres_database: Database, tmp_path: Path) -> None:
    """An event that came past the receiver with a NUL character stops no partition of PostgreSQL."""
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        log.append(observed([make_event("a"), make_event("b", actor="mo\0na"), make_event("c")]))
        work(log, postgres_database, lambda: Memories(keep_rows=True))
    assert scored_ids(postgres_database) == ["a", "c"]
    assert "0x00" in letters(postgres_database)[0][1]


def test_fault_of_ours_is_heard(log: EmbeddedLog, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one entry after another fails, the worker ends with the error, to be started again after a pause."""
    monkeypatch.setattr(Worker, "snapshot", lambda _: None)
    monkeypatch.setattr(partitions, "PAUSE_AFTER", 3)
    monkeypatch.setattr(Allergic, "score", fail)
    with pytest.raises(ZeroDivisionError):
        work(log, database)
    assert len(letters(database)) == 3


def fail(*_: object) -> None:
    """Stand in for a scorer that is broken."""
    raise ZeroDivisionError("always")


def test_server_that_is_gone_is_no_entrys_fault() -> None:
    """An entry is not blamed for the disk or the network; it waits."""
    assert not is_entrys_fault(OperationalError("INSERT", {}, ConnectionError("gone")))
    assert not is_entrys_fault(OSError("the disk is full"))
    assert is_entrys_fault(KeyError("x"))
    assert reason_of(KeyError("x")) == "KeyError: 'x'"
