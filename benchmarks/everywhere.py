"""Whether 60,000 deliveries of 30 organisations come to the same on every stream and database, worked off in any way.

Poison, repeats, late ones and such out of order are among them. What is compared is every score, incident, finding,
dead letter and profile; the first row is what the others are compared with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.tables import tell
from collector.stream.address import KafkaAddress
from models.warm import warm
from tests.service.everywhere import Digests, embedded, entries_of, fill, spread
from tests.services.kafka import new_prefix, own_broker
from tests.services.postgres import own_server

DELIVERIES = 60_000
BATCHES = (5_000, 100, 1)
WORKERS = ((1, 5_000), (2, 100), (4, 5_000))

Row = dict[str, object]
Way = tuple[str, int, int, Callable[[], Digests]]


def main() -> None:
    """Work the recording off in every way, and tell which parts differ."""
    warm()
    told: list[Row] = []
    reference: Digests = {}
    for where, workers, batch, work in _ways():
        began = time.perf_counter()
        found = work()
        reference = reference or found
        differing = [part for part in reference if found[part] != reference[part]]
        told.append(
            {
                "where": where,
                "workers": workers,
                "batch": batch,
                "the same": "no: " + ", ".join(differing) if differing else "yes",
                "s": round(time.perf_counter() - began),
            }
        )
    tell("everywhere", told)
    if any(row["the same"] != "yes" for row in told):
        raise SystemExit(1)


def _ways() -> Iterator[Way]:
    entries = entries_of(DELIVERIES)
    with TemporaryDirectory(prefix="unwonted-bench-") as name, own_broker() as broker:
        folder = Path(name)
        for batch in BATCHES:
            store = folder / f"store-{batch}.sqlite"
            yield "SQLite, embedded log", 1, batch, partial(embedded, entries, folder, store, batch)
        address = KafkaAddress((broker.servers,), topic_prefix=new_prefix())
        fill(address, entries)
        for server in own_server():
            (folder / "postgres").mkdir()
            work = partial(embedded, entries, folder / "postgres", server.new_database(), BATCHES[0])
            yield "PostgreSQL, embedded log", 1, BATCHES[0], work
            for workers, batch in WORKERS:
                work = partial(spread, address, server.new_database(), workers, batch)
                yield "PostgreSQL, Kafka", workers, batch, work


if __name__ == "__main__":
    main()
