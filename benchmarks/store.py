"""What storing a batch costs on SQLite and on PostgreSQL, beside the bare driver and the plain query builder.

The batch is one of 5,000 simulated events as a worker stores it, feature rows and all, with the incidents that it
changed. The bare driver is handed the same rows, made beforehand, in the fastest way it has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from sqlalchemy import Connection, Table, delete, insert

from benchmarks.tables import tell
from collector.delivery import read_delivery
from collector.event import Event
from collector.simulator import simulate
from collector.sources import Context, source_named
from collector.stream import Record
from collector.stream.entry import Observed
from models.warm import warm
from service.memory import Memories, Outcome
from service.store import incidents, scored, tables
from service.store.bulk import names_of
from service.store.database import Database
from service.store.tables import scored_events
from tests.services.postgres import own_server

BATCH = 5_000
REPEATS = 7
_NAMES = tuple(name for name in names_of(scored_events) if name != "seq")

Rows = dict[Table, tuple[tuple[str, ...], list[tuple[object, ...]]]]
Row = dict[str, object]


def main() -> None:
    """Store a batch again and again, in each way, and tell."""
    warm()
    outcome = _outcome()
    told: list[Row] = []
    for name, database in _databases():
        told += _measured(name, database, outcome)
    tell("store", told)


def _outcome() -> Outcome:
    """Return what a batch comes to, after one that went before it."""
    memories = Memories(keep_rows=True)
    records = (Record(number, Observed(event=event)) for number, event in enumerate(_events(), 1))
    memories.take(list(islice(records, BATCH)))
    return memories.take(list(islice(records, BATCH)))


def _events() -> Iterator[Event]:
    for body in simulate(seed=11, days=30):
        delivery = read_delivery(msgspec.json.encode(body))
        yield from source_named(delivery.source).parse(delivery, Context())


def _databases() -> Iterator[tuple[str, Database]]:
    with (
        TemporaryDirectory(prefix="unwonted-bench-") as folder,
        closing(Database.embedded(Path(folder) / "store.sqlite")) as database,
    ):
        yield "SQLite", database
    for server in own_server(is_durable=True):
        with closing(Database.embedded(server.new_database())) as database:
            yield "PostgreSQL", database


def _measured(name: str, database: Database, outcome: Outcome) -> list[Row]:
    changed = list(outcome.incidents.values())
    rows = _rows(outcome)

    def ours(connection: Connection) -> None:
        scored.add(connection, 0, outcome.scored)
        incidents.save(connection, changed, BATCH)

    def builder(connection: Connection) -> None:
        _clear(connection, rows)
        for table, (names, values) in rows.items():
            connection.execute(insert(table), [dict(zip(names, value, strict=True)) for value in values])

    def bare(connection: Connection) -> None:
        _clear(connection, rows)
        _by_driver(connection, rows)

    ways: dict[str, Callable[[Connection], None]] = {
        "the store: rows made and stored": ours,
        "query builder, rows made beforehand": builder,
        "bare driver, rows made beforehand": bare,
    }
    spent = {way: _best(database, act) for way, act in ways.items()}
    floor = spent["bare driver, rows made beforehand"]
    events = len(outcome.scored)
    return [
        {
            "database": name,
            "way": way,
            "µs of CPU an event": cpu / events * 1e6,
            "µs an event": wall / events * 1e6,
            "CPU to bare": cpu / floor[0],
            "time to bare": wall / floor[1],
        }
        for way, (cpu, wall) in spent.items()
    ]


def _rows(outcome: Outcome) -> Rows:
    """Return the rows of a batch by table, as the store makes them."""
    changed = outcome.incidents.values()
    rows: Rows = {scored_events: (_NAMES, [scored.row_of(item, 0, at) for at, item in outcome.scored])}
    rows[tables.incidents] = (names_of(tables.incidents), [incidents.row_of(one, BATCH) for one in changed])
    for table, rows_of in incidents.PARTS.items():
        rows[table] = (names_of(table), [row for incident in changed for row in rows_of(incident)])
    return {table: found for table, found in rows.items() if found[1]}


def _clear(connection: Connection, rows: Rows) -> None:
    """Make room for the incidents, which were stored before."""
    for table in rows:
        if table is not scored_events:
            connection.execute(delete(table))


def _by_driver(connection: Connection, rows: Rows) -> None:
    cursor: Any = connection.connection.cursor()
    for table, (names, values) in rows.items():
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(names))
            cursor.executemany(f"INSERT INTO {table.name} ({_list(names)}) VALUES ({marks})", values)  # noqa: S608
        else:
            kinds = [table.c[name].type.compile(connection.dialect).split(" COLLATE")[0].lower() for name in names]
            with cursor.copy(f"COPY {table.name} ({_list(names)}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(kinds)
                for value in values:
                    copy.write_row(value)


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _best(database: Database, act: Callable[[Connection], None]) -> tuple[float, float]:
    """Return the least processor time of this process, and the least time, of several transactions."""
    found = []
    for _ in range(REPEATS):
        with _timed() as spent, database.transaction() as connection:
            act(connection)
        found.append(spent)
    return min(cpu for cpu, _ in found), min(wall for _, wall in found)


@contextmanager
def _timed() -> Iterator[list[float]]:
    spent: list[float] = []
    cpu, wall = time.process_time(), time.perf_counter()
    yield spent
    spent += [time.process_time() - cpu, time.perf_counter() - wall]


if __name__ == "__main__":
    main()
