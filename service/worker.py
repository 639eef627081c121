"""The worker: reads the stream in order, scores, groups, and commits what a batch caused at once.

What it knows is a function of the stream alone, so only results are stored with every batch; memory is
stored now and then. After a crash a worker loads the last snapshot, takes in again, without storing
anything, what lies between it and the stored position, and goes on as if nothing had happened.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import Connection

from collector.stream import Record, Stream
from service.memory import Memories, Outcome
from service.metrics import WorkerMetrics
from service.rejection import letter_of
from service.states import LAYOUT
from service.store import (
    dead,
    deliveries,
    incidents,
    organisations,
    positions,
    promotions,
    rejections,
    scored,
    snapshots,
    sources,
)
from service.store.database import Database

SNAPSHOT_ENTRIES = 1_000
"""Entries between two snapshots at least."""
SNAPSHOT_BYTES = 10_000
"""Bytes of the last snapshot that one more entry makes worth writing: bounds what snapshots cost, and what a restart
replays."""


class Worker:
    """One partition's loop; the size of its batches changes nothing in what it finds."""

    def __init__(
        self,
        stream: Stream,
        database: Database,
        memories: Memories,
        *,
        partition: int = 0,
        batch_size: int = 5_000,
        keeps_snapshots: bool = True,
    ) -> None:
        """Take the partition over: whoever worked on it before is fenced off from now on."""
        self.duplicates = 0
        self.metrics = WorkerMetrics()
        self._stream = stream
        self._database = database
        self._memories = memories
        self._partition = partition
        self._batch_size = batch_size
        self._keeps_snapshots = keeps_snapshots
        self._since_snapshot = 0
        self._snapshot_bytes = 0
        self.attempted = 0
        """Last position of the batch that was begun last."""
        with database.transaction() as connection:
            owner = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"
            self._epoch, self.position = positions.claim(connection, partition, owner)
            known_until = snapshots.position_of(connection, partition, LAYOUT)
            known = snapshots.load(connection, partition) if known_until else {}
            self._rejected = rejections.after(connection, partition, known_until)
        self._restore(known)
        self._replay(known_until)
        self.count_into(self.metrics)

    def count_into(self, metrics: WorkerMetrics) -> None:
        """Count what is done from now on with what others count."""
        self.metrics = metrics
        metrics.profiles[self._partition] = {}
        self._measure(self._memories)

    def run(self, progress: Callable[[int], None] = lambda _: None) -> None:
        """Work until the stream's end, telling after each batch how many records it held."""
        while done := self.step():
            progress(done)

    def step(self, most: int | None = None) -> int:
        """Work one batch off and commit it; return how many records it held, 0 at the stream's end.

        After an error the worker knows more than is stored: make a new one.
        """
        stage = self.metrics.stage
        with stage("read"):
            records = self._stream.read(self._partition, self.position, most or self._batch_size)
        if not records:
            return 0
        self.attempted = records[-1].position
        with stage("score"):
            outcome = self._memories.take(self._wanted(records))
        self.duplicates += outcome.duplicates
        self._since_snapshot += len(records)
        with stage("store"):
            self._record(outcome, self.attempted)
        self._count(outcome)
        return len(records)

    def reject(self, reason: str) -> None:
        """Make a dead letter of the next record: nothing of it is taken in, now or in any replay."""
        record = self._stream.read(self._partition, self.position, 1)[0]
        letter = letter_of(record.entry, reason)
        with self._database.transaction() as connection:
            positions.advance(connection, self._partition, self._epoch, self.position, record.position)
            rejections.add(connection, self._partition, record.position)
            dead.save(connection, self._partition, [(record.position, letter)])
        self.position = record.position
        self.metrics.rejected += 1

    def snapshot(self) -> None:
        """Store what is known now, so that the next owner of the partition replays nothing."""
        changed = self._memories.snapshot()
        with self._database.transaction() as connection:
            positions.advance(connection, self._partition, self._epoch, self.position, self.position)
            self._save_snapshot(connection, self.position, changed)

    def _restore(self, known: Mapping[str, bytes]) -> None:
        for organisation, body in known.items():
            self._memories.restore(organisation, body)
            self._snapshot_bytes += len(body)

    def _replay(self, known_until: int) -> None:
        """Take in again what was stored after the last snapshot."""
        while known_until < self.position:
            records = self._stream.read(self._partition, known_until, self._batch_size)
            records = [record for record in records if record.position <= self.position]
            if not records:
                break
            self._memories.take(self._wanted(records))
            self._since_snapshot += len(records)
            known_until = records[-1].position

    def _wanted(self, records: Sequence[Record]) -> Sequence[Record]:
        if not self._rejected:
            return records
        return [record for record in records if record.position not in self._rejected]

    def _record(self, outcome: Outcome, position: int) -> None:
        changed = list(outcome.incidents.values())
        # taken before, as it may take seconds: a transaction in which nothing happens is ended by PostgreSQL
        snapshot = self._memories.snapshot() if self._is_snapshot_due() else None
        with self._database.transaction() as connection:
            positions.advance(connection, self._partition, self._epoch, self.position, position)
            for organisation in outcome.erased:
                for part in (scored, incidents, organisations, snapshots, sources, deliveries):
                    part.remove(connection, organisation)
            scored.add(connection, self._partition, outcome.scored)
            incidents.save(connection, changed, position)
            dead.save(connection, self._partition, outcome.unreadable)
            promotions.save(connection, self._partition, outcome.promotions)
            organisations.save(connection, {name: self._memories.of(name) for name in outcome.touched})
            if snapshot is not None:
                self._save_snapshot(connection, position, snapshot)
        self.position = position

    def _count(self, outcome: Outcome) -> None:
        counted = self.metrics
        counted.batches += 1
        counted.duplicates += outcome.duplicates
        counted.unreadable += len(outcome.unreadable)
        counted.stored([scored.event.received_at for _, scored in outcome.scored], time.time())
        for organisation in outcome.erased:
            counted.profiles[self._partition].pop(organisation, None)
        self._measure(outcome.touched)

    def _measure(self, organisations: Iterable[str]) -> None:
        """Count the rows of profiles that are known of organisations."""
        rows = self.metrics.profiles[self._partition]
        for organisation in organisations:
            rows[organisation] = int(self._memories.of(organisation).scorer.profiles.used.sum())

    def _is_snapshot_due(self) -> bool:
        enough = max(SNAPSHOT_ENTRIES, self._snapshot_bytes / SNAPSHOT_BYTES)
        return self._keeps_snapshots and self._since_snapshot >= enough

    def _save_snapshot(self, connection: Connection, position: int, changed: Mapping[str, bytes]) -> None:
        snapshots.save(connection, self._partition, position, LAYOUT, changed)
        self._snapshot_bytes = sum(map(len, changed.values()))
        self._since_snapshot = 0
