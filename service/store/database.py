"""Opening the database, and its transactions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from service.store.engines import READING, engine_of, scan_engine
from service.store.tables import ONLINE, metadata


class Database:
    """The store's tables, in SQLite or PostgreSQL; whatever one batch caused goes into one transaction."""

    def __init__(self, engine: Engine) -> None:
        """Use an engine as it is; the class methods below are how to get one."""
        self.engine = engine

    @classmethod
    def temporary(cls, path: Path) -> Self:
        """Make a SQLite file that never waits for a disk and is lost in a power cut, for a scan.

        It has the tables of today and not the indexes that only a running service needs.
        """
        engine = scan_engine(path)
        _create_for_scan(engine)
        return cls(engine)

    @classmethod
    def embedded(cls, url: str | URL | Path) -> Self:
        """Open the database of a service that is one process: made, or brought up to date, first."""
        from service.store.schema import migrate  # noqa: PLC0415 a scan does not load Alembic

        migrate(url)
        return cls.open(url)

    @classmethod
    def open(cls, url: str | URL | Path) -> Self:
        """Open a service's database; its schema must be the one this version expects."""
        from service.store.schema import require_head  # noqa: PLC0415 a scan does not load Alembic

        engine = engine_of(url)
        try:
            require_head(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Commit what is done inside, or none of it; of several writers each waits for its turn."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read one state of the store, whatever is committed meanwhile; no writer waits for it."""
        options = READING[self.engine.dialect.name]
        with self.engine.connect() as connection, connection.execution_options(**options).begin():
            yield connection

    def close(self) -> None:
        """Let go of the file or the server."""
        self.engine.dispose()


def insert_into(connection: Connection, table: Any) -> Any:
    """Return an insertion that can be told what to do where the key is there already."""
    return _INSERTS[connection.dialect.name](table)


def upsert(connection: Connection, table: Any, key: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows, each in the place of what its key already has."""
    if rows:
        inserted = insert_into(connection, table)
        rest = {name: inserted.excluded[name] for name in rows[0] if name != key}
        connection.execute(inserted.on_conflict_do_update(index_elements=[key], set_=rest), list(rows))


def take_turn(connection: Connection, what: str) -> None:
    """Wait until no other transaction that took this turn is open, so that numbers become visible in their order.

    SQLite lets one transaction write at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"unwonted {what}"))))


_INSERTS: dict[str, Callable[[Any], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def _create_for_scan(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(CreateTable(table))
            for index in table.indexes:
                if index.info != ONLINE:
                    index.create(connection)
