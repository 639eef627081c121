"""Events a second and core that a worker works off, what of it takes the time, and the bare loop of its log beside it.

Some sixty simulated days wait in the embedded log when the worker begins; it works them off in batches of 5,000 from
nothing known, with all fits, rows kept for training, and snapshots. The bare loop only polls and decodes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.stages import Stage, simulated, timed
from benchmarks.tables import tell
from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from models.scorer import Scorer
from models.warm import warm
from service.grouping import IncidentBook
from service.memory import Memories
from service.store.database import Database
from service.worker import Worker

EVENTS = 50_000
DAYS = 46
BATCH = 5_000
PARTS: tuple[Stage, ...] = (
    ("polling and decoding", EmbeddedLog, "read"),
    ("scoring, fits included", Scorer, "score"),
    ("grouping into incidents", IncidentBook, "add"),
    ("snapshots: taken", Memories, "snapshot"),
    ("snapshots: stored", Worker, "_save_snapshot"),
)
DATABASE = "database: results and position"

Row = dict[str, object]


def main() -> None:
    """Work a backlog off, and tell."""
    warm()
    events = simulated(EVENTS, DAYS)
    with TemporaryDirectory(prefix="unwonted-bench-") as folder:
        log = EmbeddedLog(Path(folder) / "stream.sqlite")
        for start in range(0, len(events), BATCH):
            log.append(observed(events[start : start + BATCH]))
        bare = _bare(log)
        database = Database.embedded(Path(folder) / "store.sqlite")
        spent = _work(log, database)
        database.close()
        log.close()
    tell("worker", list(_rows(len(events), spent, bare)))


def _bare(log: EmbeddedLog) -> float:
    began, position = time.thread_time(), 0
    while records := log.read(0, position, BATCH):
        position = records[-1].position
    return time.thread_time() - began


def _work(log: EmbeddedLog, database: Database) -> dict[str, float]:
    """Return the processor time of each part, and of all."""
    spent = dict.fromkeys([*(name for name, _, _ in PARTS), DATABASE], 0.0)
    worker = Worker(log, database, Memories(keep_rows=True), batch_size=BATCH)
    with timed((*PARTS, (DATABASE, Worker, "_record")), spent, time.thread_time):
        began = time.thread_time()
        worker.run()
        spent["all"] = time.thread_time() - began
    spent[DATABASE] -= spent[PARTS[-1][0]]  # a snapshot is stored in the same transaction
    return spent


def _rows(events: int, spent: dict[str, float], bare: float) -> Iterator[Row]:
    total = spent.pop("all")
    spent["the rest"] = total - sum(spent.values())
    for name, seconds in (("worker, all of it", total), *spent.items(), ("bare: polls and decodes", bare)):
        yield {
            "part": name,
            "events/s and core": round(events / seconds),
            "µs an event": round(1e6 * seconds / events, 1),
            "share": f"{seconds / total:.0%}",
            "times the bare loop": f"{seconds / bare:.1f}",
        }


if __name__ == "__main__":
    main()
