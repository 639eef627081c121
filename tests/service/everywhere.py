"""One recording of many organisations, and workers that make a store of it on whichever stream and database."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL

from collector.receiver.reading import Reader
from collector.simulator import simulate
from collector.sources import Context
from collector.stream import Group, Stream
from collector.stream.address import KafkaAddress
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry
from collector.stream.kafka import KafkaGroup, KafkaStream
from service.memory import Memories
from service.partitions import Partitions
from service.rebuild import digests
from service.store import positions
from service.store.database import Database
from service.worker import Worker

ORGANISATIONS = 30
SIMULATIONS = 6
"""So several organisations are told the same, up to their size: whatever they shared would show."""
RECEIVED_AT = 1_780_000_000.0
"""When what cannot be read came: what could is told by its recording."""
PATIENCE_S = 900.0
APPENDED = 2_000
POISON = (
    b'{"source": "github.webhook", "body": ',
    b'{"source": 7}',
    b"[]",
    b'{"source": "github.audit", "body": null}',
    b'{"source": "github.audit", "received_at": "9999-12-31T23:59:59Z", "body": {"action": 1}}',
    b'{"source": "github\\u0000", "received_at": "x", "body": {}}',
    b"\x00\xff\xfe",
)

Digests = dict[str, str]


class Line(NamedTuple):
    """A line of the recording, and whose it is."""

    organisation: str
    body: bytes


def entries_of(deliveries: int, seed: int = 5) -> list[Entry]:
    """Return what a receiver makes of the recording's lines."""
    readers: dict[str, Reader] = {}
    found: list[Entry] = []
    for organisation, body in recording(deliveries, seed):
        if organisation not in readers:
            readers[organisation] = Reader(Context(organisation), RECEIVED_AT)
        found += readers[organisation].recording(body).entries
    return found


def recording(deliveries: int, seed: int) -> list[Line]:
    """Return deliveries of organisations of very unequal size, in the order they came.

    Two in a hundred come again and as many late, one in ten a little out of order; one in a hundred is poison.
    """
    rng = random.Random(seed)
    placed: list[tuple[float, Line]] = []
    for number, line in enumerate(_merged(deliveries, seed, rng)):
        at = number + (rng.uniform(50, 500) if rng.random() < 0.02 else rng.uniform(0, 5) * (rng.random() < 0.1))
        placed.append((at, line))
        if rng.random() < 0.02:
            placed.append((at + rng.uniform(0, 300), line))
        if rng.random() < 0.01:
            placed.append((at, Line(line.organisation, rng.choice(POISON))))
    placed.append((deliveries / 2, Line(name_of(0), b'{"source": 7, "body": "' + b"x" * 10_000_000 + b'"}')))
    return [line for _, line in sorted(placed)]


def name_of(number: int) -> str:
    """Return the name of an organisation; the first is the largest."""
    return f"organisation-{number:02}"


def _merged(deliveries: int, seed: int, rng: random.Random) -> Iterator[Line]:
    """Yield the deliveries of all organisations, each one's in their order."""
    whole = sum(1 / (number + 1) for number in range(ORGANISATIONS))
    sizes = [round(deliveries / whole / (number + 1)) for number in range(ORGANISATIONS)]
    told = [_told(seed + number, size) for number, size in enumerate(sizes[:SIMULATIONS])]
    left = [iter(told[number % SIMULATIONS]) for number in range(ORGANISATIONS)]
    turns = [number for number, size in enumerate(sizes) for _ in range(size)]
    rng.shuffle(turns)
    for number in turns:
        yield Line(name_of(number), next(left[number]))


def _told(seed: int, deliveries: int) -> list[bytes]:
    simulated = simulate(seed, days=8 + deliveries // 200, attacks=["secret-stealing-workflow"])
    return [json.dumps(delivery).encode() for delivery in islice(simulated, deliveries)]


def embedded(entries: Sequence[Entry], folder: Path, store: Path | URL, batch: int) -> Digests:
    """Return what one worker makes of the entries from a file."""
    with EmbeddedLog(folder / f"stream-{batch}.sqlite") as log, closing(Database.embedded(store)) as database:
        log.append(entries)
        worker = Worker(log, database, Memories(keep_rows=True), batch_size=batch)
        worker.run()
        worker.snapshot()
        return digests(database)


def spread(address: KafkaAddress, store: URL, workers: int, batch: int) -> Digests:
    """Return what several workers of one group make of a topic, each with clients of its own."""
    stop, failed = threading.Event(), list[Exception]()
    with closing(KafkaStream(address)) as stream, closing(Database.embedded(store)) as database:
        names = [f"{workers}-{number}" for number in range(workers)]
        threads = [threading.Thread(target=_work, args=(address, store, name, batch, stop, failed)) for name in names]
        for thread in threads:
            thread.start()
        try:
            await_end(stream, database, lambda: bool(failed))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert not failed, failed
        for partition in range(stream.partitions):  # one that changed hands last has no snapshot of its end
            Worker(stream, database, Memories(keep_rows=True), partition=partition).snapshot()
        return digests(database)


def fill(address: KafkaAddress, entries: Sequence[Entry]) -> None:
    """Make the topic and append to it."""
    with closing(KafkaStream(address)) as stream:
        for start in range(0, len(entries), APPENDED):
            stream.append(entries[start : start + APPENDED])


def await_end(stream: KafkaStream, database: Database, is_over: Callable[[], bool] = lambda: False) -> None:
    """Return when everything in the stream is worked off, or it is over."""
    ends = {partition: end for partition, end in stream.ends(range(stream.partitions)).items() if end}
    until, turn = time.monotonic() + PATIENCE_S, threading.Event()
    while not is_over():
        with database.reading() as connection:
            reached = positions.all_positions(connection)
        if all(reached.get(partition, 0) >= end for partition, end in ends.items()):
            return
        assert time.monotonic() < until, f"the workers came to {reached} of {ends}"
        turn.wait(0.2)


@contextmanager
def membership(address: KafkaAddress, store: URL, name: str, batch: int) -> Iterator[Partitions]:
    """Yield a member's partitions; it leaves in the end, in good order."""
    with (
        closing(KafkaStream(address)) as stream,
        closing(Database.open(store)) as database,
        closing(KafkaGroup(address, f"{store.database}.workers", name)) as group,
    ):
        yield _partitions(stream, database, group, batch)


def _partitions(stream: Stream, database: Database, group: Group, batch: int) -> Partitions:
    def make(partition: int) -> Worker:
        return Worker(stream, database, Memories(keep_rows=True), partition=partition, batch_size=batch)

    return Partitions(stream, group, make)


def _work(
    address: KafkaAddress, store: URL, name: str, batch: int, stop: threading.Event, failed: list[Exception]
) -> None:
    try:
        with membership(address, store, name, batch) as partitions:
            while not stop.is_set():
                partitions.turn()
            partitions.close()
    except Exception as error:  # noqa: BLE001 the test that started the thread tells it
        failed.append(error)
