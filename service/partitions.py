"""The partitions a process works on: taken over, worked in turns, and given back."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from collector.errors import StreamError
from collector.stream import Group, Stream
from service.metrics import WorkerMetrics
from service.rejection import is_entrys_fault, reason_of
from service.store.errors import FencedError
from service.worker import Worker

log = logging.getLogger(__name__)

IDLE_S = 0.5
"""Longest wait for something new within a turn: a process that is told to stop does so soon."""
BORNE_S = 60.0
"""How long a stream that is away is no failure: to load all that is known again would take as long."""
PAUSE_AFTER = 20
"""Entries rejected one after another, after which the fault may be ours."""


class Partitions:
    """A worker for each partition that the group assigns to this process."""

    def __init__(
        self, stream: Stream, group: Group, make: Callable[[int], Worker], metrics: WorkerMetrics | None = None
    ) -> None:
        """Work with the workers that `make` returns for a partition, each taking it over when it is made."""
        self.metrics = metrics or WorkerMetrics()
        self._stream = stream
        self._group = group
        self._make = make
        self._workers: dict[int, Worker] = {}
        self._pause = threading.Event()
        self._away_since: float | None = None
        self._doubtful: dict[int, int] = {}
        """Up to which position a partition is worked entry by entry, because a batch failed."""
        self._rejected_in_a_row = 0

    def turn(self) -> int:
        """Work off a batch of each partition, or wait a little where there is nothing; return how many records."""
        assigned = self._group.assigned()
        for partition in self._workers.keys() - assigned:
            del self._workers[partition]
            self.metrics.profiles.pop(partition, None)
        try:
            done = sum(self._step(partition) for partition in sorted(assigned))
            if not done:
                self._wait()
        except StreamError as error:
            self._bear(error)
            return 0
        self._away_since = None
        return done

    def positions(self) -> dict[int, int]:
        """Return how far each partition of this process has come."""
        return {partition: worker.position for partition, worker in self._workers.copy().items()}

    def close(self) -> None:
        """Store what is known, so that whoever comes next replays nothing, and give the partitions back."""
        for partition, worker in self._workers.items():
            try:
                worker.snapshot()
            except FencedError:
                log.info("partition %d has another worker already", partition)
        self._workers.clear()
        self._group.leave()

    def _wait(self) -> None:
        """Wait for something new in the first partition; who has none waits for one, whatever others receive."""
        if not self._workers:
            self._pause.wait(IDLE_S)
            return
        first = min(self._workers)
        self._stream.wait(first, self._workers[first].position, IDLE_S if len(self._workers) == 1 else IDLE_S / 10)

    def _bear(self, error: StreamError) -> None:
        """Pause where the stream is away, as a broker is that is started anew: what the workers know stays true."""
        now = time.monotonic()
        if self._away_since is None:
            self._away_since = now
            log.warning("%s. It is tried again", error)
        elif now - self._away_since > BORNE_S:
            raise error
        self._pause.wait(IDLE_S)

    def _step(self, partition: int) -> int:
        try:
            done = self._work(partition)
        except FencedError as error:
            log.warning("%s; what it had begun is done by the other", error)
            self.metrics.fenced += 1
            self._workers.pop(partition, None)
            return 0
        if done:
            self._group.commit(partition, self._workers[partition].position)
        return done

    def _work(self, partition: int) -> int:
        """Work off a batch, or an entry alone where one of a batch failed; return how many records."""
        if partition not in self._workers:
            self._workers[partition] = self._new(partition)
        worker = self._workers[partition]
        is_alone = worker.position < self._doubtful.get(partition, 0)
        try:
            done = worker.step(1 if is_alone else None)
        except Exception as error:
            if not is_entrys_fault(error) or worker.attempted <= worker.position:
                raise
            return self._doubt(partition, error, is_alone=is_alone)
        self._rejected_in_a_row = 0
        return done

    def _new(self, partition: int) -> Worker:
        worker = self._make(partition)
        worker.count_into(self.metrics)
        return worker

    def _doubt(self, partition: int, error: Exception, *, is_alone: bool) -> int:
        """Reject the entry that failed alone; of a batch that failed try each entry alone from now on.

        A new worker does so: the old one knows half of what failed.
        """
        failed = self._workers.pop(partition)
        worker = self._workers[partition] = self._new(partition)
        if not is_alone:
            log.warning("a batch of partition %d failed and is worked entry by entry", partition, exc_info=error)
            self._doubtful[partition] = failed.attempted
            worker.snapshot()  # the next new worker replays nothing
            return 0
        worker.reject(reason_of(error))
        log.error("entry %d of partition %d is a dead letter", worker.position, partition, exc_info=error)
        self._rejected_in_a_row += 1
        if self._rejected_in_a_row >= PAUSE_AFTER:
            raise error  # perhaps it is not the entries: whoever starts this again pauses first, and is heard
        return 1
