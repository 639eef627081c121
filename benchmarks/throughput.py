"""What an event costs a worker, from Kafka to PostgreSQL and from file to file, beside bare loops of both streams.

The same simulated events wait in both streams; each is worked off in batches of 5,000 from nothing known, with fits,
every score stored, rows kept for training, and snapshots. A bare loop only polls and decodes. All is processor time of
the worker's process, its clients' threads included, in one run.
"""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import URL

from benchmarks.stages import Stage, simulated, timed
from benchmarks.tables import tell
from collector.event import Entity, Event
from collector.stream import Stream, observed
from collector.stream.address import KafkaAddress
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry
from collector.stream.kafka import KafkaStream
from models.scorer import Scorer
from models.warm import warm
from service.grouping import IncidentBook
from service.memory import Memories
from service.store.database import Database
from service.worker import Worker
from tests.services.kafka import new_prefix, own_broker
from tests.services.postgres import own_server

EVENTS = 50_000
DAYS = 50
BATCH = 5_000
ENTITIES = 100_000
REPEATS = 3
"""Times a bare loop is run; the quickest counts, so that a worker is compared with the best."""
DATABASE, REST, ALL = "database: results and position", "the rest", "all of it"
PARTS: tuple[Stage, ...] = (
    ("scoring, fits included", Scorer, "score"),
    ("grouping into incidents", IncidentBook, "add"),
    ("snapshots: taken and stored", Worker, "_save_snapshot"),
    (DATABASE, Worker, "_record"),
)

Row = dict[str, object]


def main(what: str = "") -> None:
    """Work the same off both streams, and tell."""
    warm()
    if what == "memory":
        _remember()
        return
    events = simulated(EVENTS, DAYS)
    gc.freeze()  # no loop is to pay for looking through what only the benchmark holds
    with TemporaryDirectory(prefix="unwonted-bench-") as folder:
        tell("throughput", [*_on_files(events, Path(folder)), *_on_servers(events)])
    subprocess.run([sys.executable, "-m", "benchmarks.throughput", "memory"], check=True)


def _on_files(events: Sequence[Event], folder: Path) -> Iterator[Row]:
    with (
        EmbeddedLog(folder / "stream.sqlite") as log,
        closing(Database.embedded(folder / "store.sqlite")) as database,
    ):
        _fill(log, events)
        bare = min(_spent(lambda: _poll_file(log)) for _ in range(REPEATS))
        yield from _rows("file to file", len(events), _work(log, database), bare)


def _on_servers(events: Sequence[Event]) -> Iterator[Row]:
    with own_broker() as broker:
        for server in own_server():
            address = KafkaAddress((broker.servers,), topic_prefix=new_prefix(), partitions=1)
            yield from _on(address, server.new_database(), events)


def _on(address: KafkaAddress, store: URL, events: Sequence[Event]) -> Iterator[Row]:
    with closing(KafkaStream(address)) as stream:
        _fill(stream, events)
    bare = min(_spent(lambda: _poll_topic(address, len(events))) for _ in range(REPEATS))
    with closing(KafkaStream(address)) as stream, closing(Database.embedded(store)) as database:
        yield from _rows("Kafka to PostgreSQL", len(events), _work(stream, database), bare)


def _fill(stream: Stream, events: Sequence[Event]) -> None:
    for start in range(0, len(events), BATCH):
        stream.append(observed(events[start : start + BATCH]))


def _poll_file(log: EmbeddedLog) -> None:
    position = 0
    while records := log.read(0, position, BATCH):
        position = records[-1].position


def _poll_topic(address: KafkaAddress, events: int) -> None:
    """Consume and decode, with the library's own settings but for what makes it quicker."""
    decode = msgspec.json.Decoder(Entry).decode
    tp = TopicPartition(address.topic("events"), 0)
    consumer = KafkaConsumer(bootstrap_servers=list(address.servers), max_partition_fetch_bytes=4 << 20)
    with closing(consumer):
        consumer.assign([tp])
        consumer.seek(tp, 0)
        done = 0
        while done < events:
            for record in consumer.poll(timeout_ms=1_000, max_records=BATCH).get(tp, ()):
                decode(record.value)
                done += 1


def _spent(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _work(stream: Stream, database: Database) -> dict[str, float]:
    """Return the processor time of each part, and of all."""
    reading = ("polling and decoding", type(stream), "read")
    spent = {name: 0.0 for name, _, _ in (reading, *PARTS)}
    worker = Worker(stream, database, Memories(keep_rows=True), batch_size=BATCH)
    with timed((reading, *PARTS), spent, time.process_time):
        spent[ALL] = _spent(worker.run)
    spent[DATABASE] -= spent["snapshots: taken and stored"]  # a snapshot is stored in the same transaction
    return spent


def _rows(way: str, events: int, spent: dict[str, float], bare: float) -> Iterator[Row]:
    total = spent.pop(ALL)
    spent[REST] = total - sum(spent.values())
    for name, seconds in ((ALL, total), *spent.items(), ("bare loop: polls and decodes", bare)):
        yield {
            "way": way,
            "part": name,
            "events/s and core": round(events / seconds),
            "µs an event": round(1e6 * seconds / events, 1),
            "share": f"{seconds / total:.0%}",
            "times the bare loop": round(seconds / bare, 1),
        }


def _remember() -> None:
    """Work off events of ever new entities, and tell what that takes of memory."""
    events = simulated(BATCH, DAYS)
    told = [{"entities": 0, "RSS MiB": _resident(), "largest RSS MiB": _largest()}]
    with (
        TemporaryDirectory(prefix="unwonted-bench-") as name,
        EmbeddedLog(Path(name) / "stream.sqlite") as log,
        closing(Database.embedded(Path(name) / "store.sqlite")) as database,
    ):
        worker = Worker(log, database, Memories(keep_rows=True), batch_size=BATCH)
        for start in range(0, ENTITIES, BATCH):
            log.append(observed(_renamed(events, start)))
            worker.run()
            if (start + BATCH) % (ENTITIES // 4) == 0:
                told.append({"entities": start + BATCH, "RSS MiB": _resident(), "largest RSS MiB": _largest()})
        worker.snapshot()
        told.append({"entities": ENTITIES, "RSS MiB": _resident(), "largest RSS MiB": _largest()})
    tell("throughput_memory", told)


def _renamed(events: Sequence[Event], start: int) -> Iterator[Event]:
    """Yield events, each of an entity of its own."""
    for number, event in enumerate(events, start):
        changed = {"id": f"renamed-{number}", "entity": Entity(event.entity.type, f"{event.entity.name}-{number}")}
        yield msgspec.structs.replace(event, **changed)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() >> 20


def _largest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main(*sys.argv[1:2])
