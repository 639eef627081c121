"""The worker: reads the stream in order, scores, groups, and commits what a batch caused at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from collector.event import Event
from collector.stream import Stream
from models.finding import Scored
from service.incident import Incident
from service.recent import RecentIds
from service.store import incidents, scored
from service.store.database import Database, advance, position_of


class Scores(Protocol):
    """What a worker needs of a scorer."""

    def score(self, events: Sequence[Event]) -> list[Scored]:
        """Score events in order and learn each after its score."""


class Groups(Protocol):
    """What a worker needs of an incident book."""

    def add(self, scored: Sequence[Scored]) -> list[Incident]:
        """Return the incidents opened or changed."""


class Worker:
    """One partition's loop; the size of its batches changes nothing in what it finds."""

    def __init__(
        self,
        stream: Stream,
        database: Database,
        *,
        scorer: Scores,
        book: Groups,
        partition: int = 0,
        batch_size: int = 5_000,
    ) -> None:
        self.duplicates = 0
        self._stream = stream
        self._database = database
        self._scorer = scorer
        self._book = book
        self._partition = partition
        self._batch_size = batch_size
        self._recent = RecentIds()
        with database.transaction() as connection:
            self._position = position_of(connection, partition)

    def run(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Work until the stream's end, telling after each batch how many records it held."""
        while done := self.step():
            progress(done)

    def step(self) -> int:
        """Work one batch off and commit it; return how many records it held, 0 at the stream's end."""
        records = self._stream.read(self._partition, self._position, self._batch_size)
        if not records:
            return 0
        new = self._recent.unseen([record.event for record in records])
        self.duplicates += len(records) - len(new)
        self._record(self._scorer.score(new) if new else [], records[-1].position)
        return len(records)

    def _record(self, batch: Sequence[Scored], position: int) -> None:
        changed = self._book.add(batch)
        with self._database.transaction() as connection:
            scored.add(connection, batch)
            incidents.save(connection, changed)
            advance(connection, self._partition, position)
        self._position = position
