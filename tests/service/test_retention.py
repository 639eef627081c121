"""What is older than it is kept goes, and nothing that somebody still needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Unreadable
from service import rebuild
from service.incident import Status
from service.memory import Memories, Memory
from service.retention import DAY_S, EVERY_S, Retention
from service.states import LAYOUT
from service.store import dead, incidents, rejections, snapshots
from service.store.database import Database
from service.store.tables import dead_letters, scored_events, triage
from service.worker import Worker
from tests.service.feed.seeding import finding, incident_of, store
from tests.service.stand_ins import START, ActorBook, CountingScorer, make_event

DAYS = 90
NOW = START + 200 * DAY_S


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    """Return an empty stream."""
    with EmbeddedLog(tmp_path / "log.sqlite") as opened:
        yield opened


def retention(database: Database, log: EmbeddedLog, *, now: float = NOW) -> Retention:
    """Return what removes, by a clock that stands still."""
    return Retention(database, log, DAYS, now=lambda: now)


def worked(database: Database, log: EmbeddedLog, days: Sequence[float]) -> Worker:
    """Work off an event of each day."""
    log.append(observed(make_event(f"day{day:g}", at=START + day * DAY_S) for day in days))
    memories = Memories(lambda _: Memory(CountingScorer(), ActorBook()))
    worker = Worker(log, database, memories, keeps_snapshots=False)
    worker.run()
    return worker


def kept(database: Database) -> list[str]:
    """Return the ids of the events that are there."""
    with database.reading() as connection:
        return list(connection.scalars(select(scored_events.c.id).order_by(scored_events.c.seq)))


def know_until(database: Database, position: int) -> None:
    """Store a snapshot of a position."""
    with database.transaction() as connection:
        snapshots.save(connection, 0, position, LAYOUT, {"default": b"known"})


def test_old_events_go(database: Database, log: EmbeddedLog) -> None:
    """What is older than ninety days before the newest is removed, the rest stays."""
    worked(database, log, [0, 100, 109, 111, 200])
    swept = retention(database, log)
    swept.sweep()
    assert kept(database) == ["day111", "day200"]
    assert swept.removed["events"] == 3


def test_silence_empties_no_history(database: Database, log: EmbeddedLog) -> None:
    """An organisation that sends nothing any more keeps its last ninety days."""
    worked(database, log, [0, 50, 100])
    retention(database, log, now=NOW + 10_000 * DAY_S).sweep()
    assert kept(database) == ["day50", "day100"]


def test_event_of_the_future_empties_no_history(database: Database, log: EmbeddedLog) -> None:
    """A clock that runs centuries ahead makes nothing old."""
    worked(database, log, [150, 1_000_000])
    retention(database, log).sweep()
    assert kept(database) == ["day150", "day1e+06"]


@pytest.mark.parametrize(
    ("is_open", "decided", "stays"),
    [(True, None, True), (False, None, True), (False, "resolved", False), (False, "in_progress", True)],
)
def test_events_of_unfinished_incidents_stay(
    database: Database, log: EmbeddedLog, *, is_open: bool, decided: str | None, stays: bool
) -> None:
    """Evidence is there as long as somebody may have to look at it; the incident stays in any case."""
    worked(database, log, [200])
    evidence = finding("evidence", at=START)
    incident = incident_of("inc_1", [evidence], score=5.0, is_open=is_open, status=Status.NEW)
    store(database, [evidence], [incident], position=2)
    if decided:
        row = {"incident_id": "inc_1", "organisation": "default", "status": decided, "assignee": "", "verdict": ""}
        with database.transaction() as connection:
            connection.execute(insert(triage).values(**row, updated_at=0.0, updated_by="ada", version=1))
    retention(database, log).sweep()
    assert ("evidence" in kept(database)) is stays
    with database.reading() as connection:
        assert incidents.by_score(connection, "default") == [incident]


def test_old_letters_go(database: Database, log: EmbeddedLog) -> None:
    """A dead letter ages by when it was received; one that nobody knows the time of stays."""
    letters = [
        Unreadable(organisation="default", id=name, source="github", received_at=at, reason="no", body="{")
        for name, at in (("old", START), ("new", NOW - DAY_S), ("unknown", 0.0))
    ]
    with database.transaction() as connection:
        dead.save(connection, 0, list(enumerate(letters, 1)))
    retention(database, log).sweep()
    with database.reading() as connection:
        assert set(connection.scalars(select(dead_letters.c.id))) == {"new", "unknown"}


def test_stream_keeps_what_a_restart_reads(database: Database, log: EmbeddedLog) -> None:
    """However old, what no snapshot knows stays in the stream."""
    worked(database, log, [0, 1, 2, 200])
    know_until(database, 2)
    swept = retention(database, log)
    swept.sweep()
    assert log.start(0) == 2
    assert swept.removed["entries"] == 2


def test_stream_keeps_what_is_young(database: Database, log: EmbeddedLog) -> None:
    """However well known, what is young stays in the stream."""
    worked(database, log, [0, 1, 150, 200])
    know_until(database, 4)
    retention(database, log).sweep()
    assert log.start(0) == 2


def test_trimmed_stream_cannot_rebuild_and_says_so(database: Database, log: EmbeddedLog, tmp_path: Path) -> None:
    """The past that is gone is named, with what is still whole and which setting keeps it for longer."""
    worked(database, log, [0, 200])
    know_until(database, 2)
    retention(database, log).sweep()
    with pytest.raises(rebuild.RebuildError, match=r"from position 2 on.*UNWONTED_RETENTION_DAYS"):
        rebuild.build(log, tmp_path / "rebuilt.sqlite", Memories)


def test_rejections_go_with_the_stream(database: Database, log: EmbeddedLog) -> None:
    """What is rejected is remembered for as long as a replay may meet it."""
    worked(database, log, [0, 1, 200])
    with database.transaction() as connection:
        rejections.add(connection, 0, 1)
        rejections.add(connection, 0, 3)
    know_until(database, 3)
    retention(database, log).sweep()
    with database.reading() as connection:
        assert rejections.after(connection, 0, 0) == {3}


def test_sweeping_is_cut_into_pieces(database: Database, log: EmbeddedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each turn removes a few rows in a transaction of its own, until an hour's work is done."""
    monkeypatch.setattr("service.retention._AT_ONCE", 2)
    worked(database, log, [0, 1, 2, 3, 4, 200])
    now = [NOW]
    swept = Retention(database, log, DAYS, now=lambda: now[0])
    left = []
    while swept.turn():
        left.append(len(kept(database)))
    assert left[:4] == [6, 4, 2, 1]
    assert not swept.turn()
    now[0] += EVERY_S
    assert swept.turn()
