"""What workers count adds up."""

from __future__ import annotations

from pathlib import Path

from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from service.memory import Memories
from service.metrics import BOUNDS_S, WorkerMetrics
from service.store.database import Database
from service.worker import Worker
from tests.service.stand_ins import make_event


def test_latency_is_counted_up_to_each_bound() -> None:
    """An event counts where its time falls; a clock that runs back counts as no time at all."""
    counted = WorkerMetrics()
    counted.stored([100.0, 99.8, 98.0, 0.0, 200.0], now=100.0)
    assert (counted.events, sum(counted.latencies), counted.latencies[-1]) == (5, 5, 0)
    counted.stored([100.0], now=1_000.0)
    assert (counted.latencies[0], counted.latencies[-1]) == (2, 1)
    assert len(counted.latencies) == len(BOUNDS_S) + 1


def test_worker_counts_what_it_does(database: Database, tmp_path: Path) -> None:
    """Events, repeats, batches, the time of each stage, and the profiles it holds of each organisation."""
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        log.append(observed([make_event("a"), make_event("b", organisation="acme"), make_event("a")]))
        worker = Worker(log, database, Memories(), batch_size=2)
        worker.run()
    counted = worker.metrics
    assert (counted.events, counted.duplicates, counted.batches) == (2, 1, 2)
    assert set(counted.seconds) == {"read", "score", "store"}
    assert counted.profiles[0]["acme"] > 0


def test_worker_that_comes_back_counts_what_it_knows(database: Database, tmp_path: Path) -> None:
    """Profiles that were loaded are in memory too."""
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        log.append(observed([make_event("a")]))
        Worker(log, database, Memories()).run()
        worker = Worker(log, database, Memories())
        counted = WorkerMetrics()
        worker.count_into(counted)
    assert counted.profiles[0]["default"] > 0
    assert counted.events == 0
