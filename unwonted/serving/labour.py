"""The worker as a task: it takes its turns in a thread, and gives its partitions back in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service.memory import Memories
from service.metrics import WorkerMetrics
from service.partitions import Partitions
from service.worker import Worker
from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts

GROUP = "workers"
BATCH = 2_000
"""Records a batch at most: how long those who ask meanwhile may wait for the store."""
_ADVICE = "What was received is safe in the stream; `unwonted doctor` tells more"


def worker_loop(parts: Parts, metrics: WorkerMetrics | None = None) -> Loop:
    """Return the thread that works off the stream."""
    counted = metrics or WorkerMetrics()
    return Loop("worker", lambda: _partitions(parts, counted), advice=_ADVICE)


@contextmanager
def _partitions(parts: Parts, metrics: WorkerMetrics) -> Iterator[Turn]:
    """Yield the turns of a member of the group; after an error nothing of its memory is kept."""
    group = parts.join(GROUP)
    try:
        partitions = Partitions(parts.stream, group, lambda partition: _worker(parts, partition), metrics)

        def turn() -> None:
            partitions.turn()

        yield turn
        partitions.close()
    finally:
        group.leave()
        group.close()


def _worker(parts: Parts, partition: int) -> Worker:
    memories = Memories(versions=parts.versions, keep_rows=True)
    return Worker(parts.stream, parts.database, memories, partition=partition, batch_size=BATCH)
