"""The worker: every record has its effects once, in order, whatever the size of its batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import text

from collector.event import Event
from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from service.memory import Memories, Memory
from service.store import incidents, scored
from service.store.database import Database
from service.store.positions import position_of
from service.worker import Worker
from tests.service.conftest import AddressOf
from tests.service.stand_ins import START, ActorBook, CountingScorer, make_event

STREAM = [
    make_event(f"e{n % 90}", at=START + n, action="odd" if n % 11 == 0 else "git.clone", actor=f"user{n % 3}")
    for n in range(120)
]
"""The last thirty repeat the first."""


Work = Callable[[Path, Iterable[Event], int], tuple[Worker, Database, CountingScorer]]


def remembering(scorer: CountingScorer) -> Memories:
    """Return the memories of one organisation that is scored by a stand-in."""
    return Memories(lambda _: Memory(scorer, ActorBook()))


@pytest.fixture
def work(address_of: AddressOf) -> Iterator[Work]:
    """Return what works a stream off in a folder, and closes what it opened when the test is over."""
    with ExitStack() as opened:

        def work_off(folder: Path, events: Iterable[Event], batch_size: int) -> tuple[Worker, Database, CountingScorer]:
            folder.mkdir(exist_ok=True)
            log = opened.enter_context(EmbeddedLog(folder / "log.sqlite"))
            log.append(observed(events))
            database, scorer = Database.embedded(address_of(folder)), CountingScorer()
            opened.callback(database.close)
            worker = Worker(log, database, remembering(scorer), batch_size=batch_size, keeps_snapshots=False)
            worker.run()
            return worker, database, scorer

        yield work_off


def stored(database: Database) -> str:
    """Return all a store holds, as text."""
    with database.transaction() as connection:
        scored.rank(connection)
        return repr((list(scored.ranked(connection)), incidents.by_score(connection, "default")))


def test_batch_size_changes_nothing(work: Work, tmp_path: Path) -> None:
    """One event at a time, a hundred or all at once: the same bytes are stored."""
    one, some, all_ = (stored(work(tmp_path / str(size), STREAM, size)[1]) for size in (1, 100, 5_000))
    assert one == some == all_


def test_repeats_are_scored_once(work: Work, tmp_path: Path) -> None:
    """A second delivery reaches neither the scorer nor the store, and is counted."""
    worker, database, scorer = work(tmp_path, STREAM, 50)
    with database.transaction() as connection:
        assert scored.totals(connection).events == len(scorer.seen) == 90
    assert worker.duplicates == 30


def test_position_is_the_streams_end(work: Work, tmp_path: Path) -> None:
    """When all is worked off, the store knows it."""
    _, database, _ = work(tmp_path, STREAM, 7)
    with database.transaction() as connection:
        assert position_of(connection, 0) == 120


def test_worker_goes_on_where_the_store_stands(work: Work, tmp_path: Path) -> None:
    """A worker that takes over learns again what was scored before it, and stores only what comes after."""
    work(tmp_path, STREAM[:40], 10)
    _, database, scorer = work(tmp_path, STREAM[40:60], 10)
    assert scorer.seen == [f"e{n}" for n in range(60)]
    with database.transaction() as connection:
        assert list(connection.scalars(text("SELECT id FROM scored_events ORDER BY seq"))) == scorer.seen


def test_failing_batch_is_not_counted_as_done(work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch whose commit fails leaves the position, so that it is worked again."""
    worker, database, _ = work(tmp_path, STREAM[:10], 10)
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        log.append(observed(STREAM[10:20]))
    monkeypatch.setattr("service.store.positions.advance", fail)
    with pytest.raises(OSError, match="full"):
        worker.step()
    with database.transaction() as connection:
        assert (position_of(connection, 0), scored.totals(connection).events) == (10, 10)


def fail(*_: object) -> None:
    """Stand in for a disk that is full."""
    raise OSError("the disk is full")


def test_progress_is_told(database: Database, tmp_path: Path) -> None:
    """Each batch tells how many records it held."""
    told: list[int] = []
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        log.append(observed(STREAM))
        Worker(log, database, remembering(CountingScorer()), batch_size=50, keeps_snapshots=False).run(told.append)
    assert told == [50, 50, 20]
