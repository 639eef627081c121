"""Rebuild what a worker stored from the stream alone: to check it, or to replace it after an upgrade.

Nothing people said is touched: triage, comments and tokens are the API's rows, and incidents keep their ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Column, Connection, Row, Table, delete, func, insert, select, update

from collector.stream import Stream
from models.errors import ModelsError
from service.memory import Memories, Memory, NoVersions, Versions
from service.states import LAYOUT
from service.store import positions, snapshots, tables
from service.store.database import Database
from service.store.errors import StoreError
from service.worker import Worker

_ROWS = 5_000
_COMPARED = {
    "events": (tables.scored_events, ("organisation", "seq")),
    "incidents": (tables.incidents, ("id",)),
    "incident_events": (tables.incident_events, ("incident_id", "event_id")),
    "dead_letters": (tables.dead_letters, ("id",)),
    "promotions": (tables.promotions, ("organisation", "seq")),
}
_REPLACED = (
    tables.scored_events,
    tables.incidents,
    tables.incident_events,
    tables.incident_names,
    tables.incident_words,
    tables.organisations,
    tables.snapshots,
    tables.promotions,
)
_PEOPLES = "dead_letters"
"""People replay and remove these: the live store's stay as they are."""
_NOT_COMPARED = frozenset({"seq", "partition", "position", "changed", "received_at"})
"""What depends on how the stream was cut into partitions and batches, on repeats in it, and on the clock on the wall.

So each organisation is compared in its own order: how those of several interleave says nothing.
"""


class RebuildError(StoreError):
    """It cannot be rebuilt from what is left of the stream."""


class Difference(NamedTuple):
    """A part of the store that is not what the stream makes of it."""

    part: str
    live: str
    rebuilt: str


def build(
    stream: Stream,
    path: Path,
    make: Callable[[], Memories],
    *,
    live: Database | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Database:
    """Return a new store in a file, made from the whole stream; raise RebuildError where its beginning is gone.

    What the live store's workers rejected is left out again.
    """
    _require_beginning(stream)
    database = Database.temporary(path)
    if live is not None:
        _copy((tables.rejections,), live, database)
    for partition in range(stream.partitions):
        worker = Worker(stream, database, make(), partition=partition)
        worker.run(progress)
        worker.snapshot()
    return database


def _require_beginning(stream: Stream) -> None:
    for partition in range(stream.partitions):
        if (start := stream.start(partition)) > 0:
            raise RebuildError(
                f"the stream keeps partition {partition} from position {start + 1:,} on: what was learned from the "
                "entries before is in the snapshots alone, so profiles, scores and incidents cannot be rebuilt. The "
                "store itself is whole; restore it from a backup if it is damaged, and set UNWONTED_RETENTION_DAYS "
                "higher where a rebuild must stay possible for longer"
            )


def differences(live: Database, rebuilt: Database, versions: Versions | None = None) -> list[Difference]:
    """Return the parts in which two stores differ; both must stand at the same positions of one stream."""
    one, other = digests(live, versions), digests(rebuilt, versions)
    return [Difference(part, one[part], other[part]) for part in one if one[part] != other[part] and part != _PEOPLES]


def digests(database: Database, versions: Versions | None = None) -> dict[str, str]:
    """Return a digest of each part of what the workers stored, the profiles of their last snapshots included."""
    with database.reading() as connection:
        found = {part: _digest(connection, table, order) for part, (table, order) in _COMPARED.items()}
        found["profiles"] = _profiles(connection, versions or NoVersions())
    return found


def replace(live: Database, rebuilt: Database) -> None:
    """Put what was rebuilt in the place of what the workers had stored, at once; they are fenced off."""
    with live.transaction() as connection, rebuilt.reading() as source:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")  # a table may be large
        for table in _REPLACED:
            connection.execute(delete(table))
            for rows in _batches(source, table):
                connection.execute(insert(table), rows)
        _number_on(connection, tables.scored_events.c.seq)
        _number_on(connection, tables.promotions.c.seq)
        for partition, position in positions.all_positions(source).items():
            positions.claim(connection, partition, "rebuild")
            at = tables.positions.c.partition == partition
            connection.execute(update(tables.positions).where(at).values(position=position))


def _number_on(connection: Connection, column: Column[int]) -> None:
    """Have PostgreSQL go on after the numbers that rows brought with them; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        last = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        sequence = func.pg_get_serial_sequence(column.table.name, column.name)
        connection.execute(select(func.setval(sequence, last, False)))


def _copy(wanted: Sequence[Table], source: Database, target: Database) -> None:
    with source.reading() as reading, target.transaction() as connection:
        for table in wanted:
            for rows in _batches(reading, table):
                connection.execute(insert(table), rows)


def _digest(connection: Connection, table: Table, order: tuple[str, ...]) -> str:
    columns = [column for column in table.c if column.name not in _NOT_COMPARED]
    digest = hashlib.sha256()
    for row in connection.execute(select(*columns).order_by(*(table.c[name] for name in order))):
        digest.update(repr(tuple(row)).encode(errors="surrogatepass"))
    return digest.hexdigest()


def _profiles(connection: Connection, versions: Versions) -> str:
    """Return a digest of what the snapshots know, whatever order their rows lie in."""
    known: dict[str, bytes] = {}
    for partition in positions.all_positions(connection):
        if snapshots.position_of(connection, partition, LAYOUT):
            for organisation, body in snapshots.load(connection, partition).items():
                known[organisation] = _known(body, organisation, versions)
    return hashlib.sha256(b"".join(known[organisation] for organisation in sorted(known))).hexdigest()


def _known(body: bytes, organisation: str, versions: Versions) -> bytes:
    """Return what a snapshot knows of one organisation, for comparing."""
    try:
        memory = Memory.from_bytes(body, organisation, versions, keep_rows=True)
    except ModelsError as error:
        raise RebuildError(f"what is known of {organisation} cannot be read: {error}") from error
    others = (memory.book.to_bytes(), memory.states.to_bytes())
    return b"".join(
        (f"{organisation} {memory.scorer.digest()}".encode(), *(hashlib.sha256(o).digest() for o in others))
    )


def _batches(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    result = source.execution_options(yield_per=_ROWS).execute(select(table))
    for rows in result.partitions():
        yield [_values(row) for row in rows]


def _values(row: Row[Any]) -> dict[str, Any]:
    return dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
