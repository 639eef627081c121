"""A service of several processes on Kafka and PostgreSQL, every part of which can be made to fail."""

from __future__ import annotations

import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import select

from collector.stream import Stream
from collector.stream.address import parse
from collector.stream.kafka import KafkaStream
from service.memory import Memories
from service.store import positions, tables
from service.store.database import Database
from service.store.schema import migrate
from service.worker import Worker
from tests.faults.deliveries import Batch
from tests.faults.rig import Account, Service, broken, examine, until
from tests.services.kafka import Broker, new_prefix
from tests.services.postgres import OwnServer

PARTITIONS = 6
DELAY_S = 1.0
"""How long feeding goes on at most before a fault."""
PACE_S = 0.25
"""Between two requests while a fault lasts."""
_FENCED = "another worker took over partition"

Fault = Callable[["Cluster", random.Random, threading.Event], None]


class Cluster:
    """A broker, a database, a receiver and two workers."""

    def __init__(self, folder: Path, broker: Broker, server: OwnServer, variants: Sequence[str] = ()) -> None:
        """Lay it out; the workers are broken in the ways that are named."""
        self.broker = broker
        self.server = server
        self.address = f"kafka://{broker.servers}/?topic_prefix={new_prefix()}&partitions={PARTITIONS}"
        url = server.new_database().render_as_string(hide_password=False)
        migrate(url)
        self.database = Database.open(url)
        where = ("--stream", self.address, "--database", url)
        receiving = (*broken("dies_when_told"), "--role", "receiver", *where)
        working = (*broken("freezes_when_told", *variants), "--role", "worker", *where)
        self.receiver = Service(folder / "receiver", receiving)
        self.workers = [Service(folder / f"worker-{number}", working) for number in range(2)]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run it."""
        processes = [self.receiver, *self.workers]
        try:
            for process in processes:
                process.start()
            yield
        finally:
            for process in processes:
                process.kill()
            self.database.close()

    @property
    def fenced(self) -> int:
        """Return how often a worker found that another had taken its place."""
        return sum(worker.log.read_text().count(_FENCED) for worker in self.workers)

    def is_shared(self) -> bool:
        """Return whether each worker has partitions: a fault that comes earlier finds nothing to disturb."""
        return all(map(self.owns, self.workers))

    def owns(self, worker: Service) -> bool:
        """Return whether any partition is still a worker's in the store."""
        with self.database.reading() as connection:
            return any(f":{worker.pid}:" in owner for owner in connection.scalars(select(tables.positions.c.owner)))

    def finish(self) -> None:
        """Wait until everything is worked off, end all processes, and store what is known where it stands."""
        with closing(KafkaStream(parse(self.address))) as stream:
            until(lambda: self._is_done(stream))
            for process in (self.receiver, *self.workers):
                process.stop()
            for partition in range(stream.partitions):
                Worker(stream, self.database, Memories(keep_rows=True), partition=partition).snapshot()

    def _is_done(self, stream: Stream) -> bool:
        with self.database.reading() as connection:
            reached = positions.all_positions(connection)
        return all(reached.get(partition, 0) >= stream.end(partition) for partition in range(stream.partitions))


def kill_worker(cluster: Cluster, rng: random.Random, _: threading.Event) -> None:
    """End a worker as a power cut would, and start it again."""
    worker = rng.choice(cluster.workers)
    worker.kill()
    worker.start()


def freeze_worker(cluster: Cluster, rng: random.Random, is_fed: threading.Event) -> None:
    """Freeze a worker between taking a batch in and storing it, until another has taken over; then have it go on."""
    worker = rng.choice(cluster.workers)
    worker.signal(signal.SIGUSR1)
    until(lambda: worker.is_frozen() or is_fed.is_set())
    worker.signal(signal.SIGSTOP)  # where no batch came, it is frozen idle
    until(lambda: not cluster.owns(worker))
    worker.signal(signal.SIGCONT)


def kill_receiver(cluster: Cluster, _: random.Random, is_fed: threading.Event) -> None:
    """End the receiver between storing a delivery and answering; who feeds it starts it again."""
    before = cluster.receiver.starts
    cluster.receiver.signal(signal.SIGUSR1)
    until(lambda: cluster.receiver.starts > before or is_fed.is_set())


def kill_broker(cluster: Cluster, _: random.Random, __: threading.Event) -> None:
    """End the broker as a power cut would, and start it again."""
    cluster.broker.kill()
    cluster.broker.start()


def crash_store(cluster: Cluster, _: random.Random, __: threading.Event) -> None:
    """End the database's server at once, and start it again: it recovers."""
    cluster.server.crash()
    cluster.server.start()


FAULTS: tuple[Fault, ...] = (kill_worker, freeze_worker, kill_receiver, kill_broker, crash_store)


def schedule(count: int, seed: int) -> list[Fault]:
    """Return so many faults, each kind as often as any other, in any order."""
    rng = random.Random(seed)
    drawn = [fault for _ in range(0, count, len(FAULTS)) for fault in rng.sample(FAULTS, len(FAULTS))]
    return drawn[:count]


def run_cluster(cluster: Cluster, batches: Sequence[Batch], faults: Sequence[Fault], seed: int) -> Account:
    """Feed a cluster while one fault after another happens to it; return the account once everything was worked off."""
    rng, account = random.Random(seed), Account()
    share = len(batches) // (len(faults) + 1)
    with cluster.running(), ThreadPoolExecutor(1) as aside:
        for number, fault in enumerate(faults):
            until(cluster.is_shared)
            is_fed = threading.Event()
            future = aside.submit(_strike, cluster, fault, rng, is_fed)
            _feed(cluster.receiver, batches[number * share : (number + 1) * share], account, future)
            is_fed.set()
            future.result()
            cluster.receiver.revive()
        _feed(cluster.receiver, batches[len(faults) * share :], account)
        cluster.finish()
        account.faults = Counter(fault.__name__ for fault in faults)
        return examine(account, cluster.database)


def _strike(cluster: Cluster, fault: Fault, rng: random.Random, is_fed: threading.Event) -> None:
    is_fed.wait(rng.uniform(0.0, DELAY_S))
    fault(cluster, rng, is_fed)


def _feed(receiver: Service, batches: Sequence[Batch], account: Account, fault: Future[None] | None = None) -> None:
    """Send deliveries, spread over the time that a fault takes."""
    for batch in batches:
        account.add(batch, receiver.send(batch))
        if fault is not None:
            wait([fault], PACE_S)
