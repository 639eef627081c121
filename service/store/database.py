"""Opening the database, its transactions, and how far into the stream it has come."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.dialects import sqlite

from service.store.tables import metadata, positions

_CACHE_KIB = 32 * 1024


class Database:
    """A SQLite file with the store's tables; whatever one batch caused goes into one transaction."""

    def __init__(self, path: Path, *, is_temporary: bool = False) -> None:
        """Open or create the file; a temporary one never waits for a disk and is lost in a power cut."""
        self.engine = create_engine(f"sqlite:///{path}")
        _tune(self.engine, is_temporary=is_temporary)
        metadata.create_all(self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit what is done inside, or none of it."""
        with self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file."""
        self.engine.dispose()


def position_of(connection: Connection, partition: int) -> int:
    """Return the last position of a partition whose effects are stored; 0 at the start."""
    found = connection.scalar(select(positions.c.position).where(positions.c.partition == partition))
    return int(found or 0)


def advance(connection: Connection, partition: int, position: int) -> None:
    """Store that everything up to a position has had its effects."""
    insert = sqlite.insert(positions).values(partition=partition, position=position)
    connection.execute(insert.on_conflict_do_update(index_elements=["partition"], set_={"position": position}))


def _tune(engine: Engine, *, is_temporary: bool) -> None:
    pragmas = (
        ["journal_mode = MEMORY", "synchronous = OFF", "locking_mode = EXCLUSIVE"]
        if is_temporary
        else [
            "journal_mode = WAL",
            "synchronous = FULL",
        ]
    )

    @event.listens_for(engine, "connect")
    def tune(connection: Any, _: Any) -> None:
        for pragma in [*pragmas, f"cache_size = -{_CACHE_KIB}", "temp_store = FILE"]:
            connection.execute(f"PRAGMA {pragma}")
