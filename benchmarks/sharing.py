"""Four workers on a topic of 24 partitions and 30 organisations of very unequal size: who works, how far behind.

Then the same with one organisation: one works, the others stand by, and the one is killed again and again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Event as Told
from typing import NamedTuple

from sqlalchemy import URL, select

from benchmarks.tables import tell
from collector.stream import partition_of
from collector.stream.address import KafkaAddress
from collector.stream.entry import Entry
from collector.stream.kafka import KafkaStream
from models.warm import warm
from service.store.database import Database
from service.store.tables import positions
from tests.service.everywhere import entries_of, membership, name_of
from tests.services.kafka import new_prefix, own_broker
from tests.services.postgres import own_server

WORKERS = 4
RATE = 200
"""Entries a second that are offered: what two busy cores take without ever being idle long."""
SECONDS = 60
WINDOW_S = 5
BATCH = 500
KILLS = 3
ALLOWED_S = 15.0
PATIENCE_S = 90.0

Row = dict[str, object]
Processes = list[multiprocessing.process.BaseProcess]


class Seen(NamedTuple):
    """How a topic stood at a moment."""

    lag: int
    largest: int
    """Lag of the partition that is furthest behind."""
    done: Counter[int]
    """Entries worked off by each process."""


class Watch:
    """Looks at a topic and at the store's positions; whose each step was is told by the positions' owners."""

    def __init__(self, stream: KafkaStream, database: Database) -> None:
        self._stream = stream
        self._database = database
        self._before: dict[int, int] = {}
        self._done: Counter[int] = Counter()

    def look(self) -> Seen:
        """Return how it stands."""
        ends, reached = self._stream.ends(range(self._stream.partitions)), self.reached()
        for partition, (position, process) in reached.items():
            self._done[process] += position - self._before.get(partition, 0)
            self._before[partition] = position
        lags = [end - self._before.get(partition, 0) for partition, end in ends.items()]
        return Seen(sum(lags), max(lags), self._done.copy())

    def reached(self) -> dict[int, tuple[int, int]]:
        """Return the position of each partition and the process that works on it."""
        query = select(positions.c.partition, positions.c.position, positions.c.owner)
        with self._database.reading() as connection:
            return {row[0]: (row[1], int(row[2].split(":")[1])) for row in connection.execute(query)}


def main() -> None:
    """Start a broker and a server, and tell."""
    warm()
    entries = entries_of(RATE * SECONDS)
    large = [entry for entry in entries_of(RATE * SECONDS) if entry.organisation == name_of(0)]
    with own_broker() as broker:
        for server in own_server():
            address = KafkaAddress((broker.servers,), topic_prefix=new_prefix())
            tell("sharing", list(_shared(address, server.new_database(), entries)))
            address = KafkaAddress((broker.servers,), topic_prefix=new_prefix())
            tell("sharing_takeover", list(_killed(address, server.new_database(), large)))


def _shared(address: KafkaAddress, store: URL, entries: Sequence[Entry]) -> Iterator[Row]:
    """Offer entries evenly over the time; yield each window of it."""
    with _watched(address, store) as (stream, watch), _working(address, store) as processes:
        _await_all(watch, processes)
        began, sent, before = time.monotonic(), 0, Counter[int]()
        for window in range(1, SECONDS // WINDOW_S + 1):
            seen = watch.look()
            largest = seen.lag
            while (passed := time.monotonic() - began) < window * WINDOW_S:
                due = int(passed * RATE)
                stream.append(entries[sent:due])
                sent = due
                largest = max(largest, watch.look().lag)
                _pause(0.25)
            seen = watch.look()
            yield _window(window * WINDOW_S, seen, largest, seen.done - before, processes)
            before = seen.done


def _window(at: int, seen: Seen, largest: int, done: Counter[int], processes: Processes) -> Row:
    each = {f"worker {number}": done[process.pid or 0] for number, process in enumerate(processes, 1)}
    return {
        "s": at,
        "offered": WINDOW_S * RATE,
        **each,
        "lag": seen.lag,
        "largest lag within": largest,
        "of one partition": seen.largest,
        "plot": "#" * round(20 * largest / (WINDOW_S * RATE)),
    }


def _killed(address: KafkaAddress, store: URL, entries: Sequence[Entry]) -> Iterator[Row]:
    """Feed one organisation; kill whoever works on it, and yield how long nobody did."""
    partition = partition_of(name_of(0), address.partitions)
    with _watched(address, store) as (stream, watch), _working(address, store) as processes:
        _await_all(watch, processes)
        with _feeding(stream, entries):
            for number in range(1, KILLS + 1):
                position, owner = _moved(watch, partition, watch.reached()[partition][0])
                idle = [process for process in processes if process.is_alive() and process.pid != owner]
                os.kill(owner, signal.SIGKILL)
                began = time.monotonic()
                _moved(watch, partition, position, other_than=owner)
                yield {
                    "kill": number,
                    "on stand-by": len(idle),
                    "taken over after s": round(time.monotonic() - began, 1),
                    "allowed s": ALLOWED_S,
                }


def _moved(watch: Watch, partition: int, position: int, other_than: int = 0) -> tuple[int, int]:
    """Return position and process once a partition has gone on, worked on by another process than one."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        at, owner = watch.reached()[partition]
        if at > position and owner != other_than:
            return at, owner
        _pause(0.05)
    raise RuntimeError(f"nobody worked on partition {partition} for {PATIENCE_S:.0f} seconds")


def _await_all(watch: Watch, processes: Processes) -> None:
    """Return when each process has partitions, and none of them more than its part."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        held = Counter(process for _, process in watch.reached().values())
        if len(held) == len(processes) and sum(held.values()) == 24:
            return
        _pause(0.2)
    raise RuntimeError(f"the partitions were not shared in {PATIENCE_S:.0f} seconds: {held}")


@contextmanager
def _watched(address: KafkaAddress, store: URL) -> Iterator[tuple[KafkaStream, Watch]]:
    with closing(KafkaStream(address)) as stream, closing(Database.embedded(store)) as database:
        yield stream, Watch(stream, database)


@contextmanager
def _working(address: KafkaAddress, store: URL) -> Iterator[Processes]:
    """Yield the processes of a group's members; those still alive leave in the end."""
    spawn = multiprocessing.get_context("spawn")
    stop = spawn.Event()
    members = [spawn.Process(target=_member, args=(address, store, f"w{n}", stop)) for n in range(WORKERS)]
    for member in members:
        member.start()
    try:
        yield list(members)
    finally:
        stop.set()
        for member in members:
            member.join(30)
            if member.is_alive():
                member.kill()
                member.join()


def _member(address: KafkaAddress, store: URL, name: str, stop: Told) -> None:
    with membership(address, store, name, BATCH) as partitions:
        while not stop.is_set():
            partitions.turn()
        partitions.close()


@contextmanager
def _feeding(stream: KafkaStream, entries: Sequence[Entry]) -> Iterator[None]:
    """Append twenty entries a second meanwhile."""
    over = threading.Event()

    def feed() -> None:
        for entry in entries:
            if over.wait(0.05):
                return
            stream.append([entry])

    thread = threading.Thread(target=feed)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _pause(seconds: float) -> None:
    time.sleep(seconds)


if __name__ == "__main__":
    main()
