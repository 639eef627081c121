"""One scan: readings into a temporary log, a worker over it, and what it found as a Report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Row

from collector.event import Event
from collector.stream.embedded import SortedLog
from models.scorer import Scorer
from service.grouping import IncidentBook
from service.incident import IncidentEvent, Role
from service.memory import Memories, Memory
from service.store import incidents, scored
from service.store.database import Database
from service.words import count
from service.worker import Worker
from unwonted.errors import NothingReadError
from unwonted.report.report import Report, Summary
from unwonted.report.scores import write_scores

BATCH = 2_000
"""Events between two looks at the progress."""
LISTED = 2_000
"""Incidents a report lists at most; the others are counted. More would not be read, and would not fit in memory."""
ORGANISATION = "default"
"""One scan is one organisation."""
STRANGEST = 3
"""Events named where no incident can be."""
_TOLD_EVERY = 500


class Reading(Protocol):
    """One source being read: what a scan needs of it."""

    path: str
    source: str
    keeps_order: bool
    """True where the order of arrival is known, so that it is kept."""
    events_read: int
    commits_read: int
    skipped: int
    problems: list[str]
    ignored: list[str]
    """Files beside it that are no source, each with the reason."""
    first_at: float | None
    last_at: float | None

    def events(self) -> Iterator[Event]:
        """Yield the events; the counts above are right when it ends."""


class Progress(Protocol):
    """Who is told how far a scan is."""

    def phase(self, name: str, total: int | None = None) -> None:
        """Begin a phase of `total` steps, or of nobody knows how many."""

    def advance(self, steps: int) -> None:
        """Count steps of the current phase."""


class Quiet:
    """Tells nobody."""

    def phase(self, name: str, total: int | None = None) -> None:
        """Say nothing."""

    def advance(self, steps: int) -> None:
        """Say nothing."""


@dataclass
class Scan:
    """Runs readings through an engine and its incident book; the size of the batches changes nothing."""

    scorer: Scorer
    book: IncidentBook
    progress: Progress = field(default_factory=Quiet)
    batch_size: int = BATCH
    listed: int = LISTED

    def run(self, readings: Sequence[Reading], scores: Path | None = None) -> Report:
        """Read, learn, score and rank; write every event's score to a file where one is named.

        Temporary files live only as long as this call, however it ends.
        """
        with tempfile.TemporaryDirectory(prefix="unwonted-", ignore_cleanup_errors=True) as folder:
            database = Database.temporary(Path(folder) / "store.sqlite")
            try:
                with SortedLog(Path(folder) / "log.sqlite") as log:
                    self._read(log, readings)
                    duplicates = self._work(log, database)
                return self._report(readings, database, duplicates, scores)
            finally:
                database.close()

    def _read(self, log: SortedLog, readings: Sequence[Reading]) -> None:
        for number, reading in enumerate(readings, 1):
            place = f" ({number} of {len(readings)})" if len(readings) > 1 else ""
            self.progress.phase(f"Reading {Path(reading.path).resolve().name}{place}")
            key = attrgetter("received_at" if reading.keeps_order else "observed_at")
            log.append_sorted(self._counted(reading.events()), key)
        if log.is_empty:
            raise NothingReadError(_nothing(readings))
        log.arrange()

    def _counted(self, events: Iterator[Event]) -> Iterator[Event]:
        since = 0
        for event in events:
            yield event
            since += 1
            if since == _TOLD_EVERY:
                self.progress.advance(since)
                since = 0
        self.progress.advance(since)

    def _work(self, log: SortedLog, database: Database) -> int:
        memories = Memories(lambda _: Memory(self.scorer, self.book))
        worker = Worker(log, database, memories, batch_size=self.batch_size, keeps_snapshots=False)
        self.progress.phase("Learning and scoring", log.end(0))
        worker.run(self.progress.advance)
        return worker.duplicates

    def _report(self, readings: Sequence[Reading], database: Database, duplicates: int, scores: Path | None) -> Report:
        self.progress.phase("Ranking")
        with database.transaction() as connection:
            # an incident's risk is known only when all have been seen
            ranked = self.book.rank(incidents.by_score(connection, ORGANISATION, self.listed))
            incident_count = incidents.count(connection)
            totals = scored.totals(connection)
            strangest = tuple(map(_strange, scored.strangest(connection, STRANGEST)))
            if scores is not None:
                scored.rank(connection)
                write_scores(scores, scored.ranked(connection))
        return Report(
            sources=[_summary(reading) for reading in readings],
            model=self.scorer.describe(),
            incidents=ranked,
            incident_count=incident_count,
            totals=totals,
            duplicates=duplicates,
            strangest=strangest,
        )


def _summary(reading: Reading) -> Summary:
    return Summary(
        path=reading.path,
        source=reading.source,
        events=reading.events_read,
        skipped=reading.skipped,
        problems=tuple(reading.problems),
        ignored=tuple(reading.ignored),
        first_at=reading.first_at,
        last_at=reading.last_at,
        commits=reading.commits_read,
    )


def _strange(row: Row[Any]) -> IncidentEvent:
    return IncidentEvent(
        row.id, row.ref, row.observed_at, row.action, row.actor, row.entity, row.score, row.p_value, Role.CONTEXT
    )


def _nothing(readings: Sequence[Reading]) -> str:
    skipped = sum(reading.skipped for reading in readings)
    names = ", ".join(reading.path for reading in readings)
    message = f"there is not one event in {names}"
    problems = [problem for reading in readings for problem in reading.problems]
    if skipped:
        message += f"; {count(skipped, 'entry', 'entries')} could not be read"
    if problems:
        message += f", the first: {problems[0]}"
    return f"{message}. Name a source that has a history"
