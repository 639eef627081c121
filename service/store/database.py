"""Opening the database, and its transactions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, Executable, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError
from sqlalchemy.schema import CreateTable

from service.store.errors import DatabaseUrlError
from service.store.tables import ONLINE, metadata

_SCAN_CACHE_KIB = 32 * 1024
_SERVICE_CACHE_KIB = 8 * 1024
"""Each of a service's connections has a cache of its own."""
_CONNECTIONS = 8
_BUSY_MS = 10_000
_READ_ONLY = "unwonted_read_only"


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
        engine = create_engine(url_of(path))
        _tune(engine, ["journal_mode = MEMORY", "synchronous = OFF", "locking_mode = EXCLUSIVE"], _SCAN_CACHE_KIB)
        _create_for_scan(engine)
        return cls(engine)

    @classmethod
    def embedded(cls, path: Path) -> Self:
        """Open the SQLite file of a service, made or brought up to date first."""
        from service.store.schema import migrate  # noqa: PLC0415 a scan does not load Alembic

        migrate(path)
        return cls.open(path)

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
        with self.engine.connect().execution_options(**{_READ_ONLY: True}) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Let go of the file or the server."""
        self.engine.dispose()


def url_of(url: str | URL | Path) -> URL:
    """Return the address of a database; a path is a SQLite file."""
    if isinstance(url, Path):
        return URL.create("sqlite", database=str(url))
    try:
        return make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError(str(url)) from error


def engine_of(url: str | URL | Path) -> Engine:
    """Return an engine as a service needs it: durable, and patient with other writers."""
    address = url_of(url)
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_size=_CONNECTIONS, pool_pre_ping=True)
    engine = create_engine(address, pool_size=_CONNECTIONS)
    _tune(engine, ["journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {_BUSY_MS}"], _SERVICE_CACHE_KIB)
    _begin_with_the_lock(engine)
    return engine


def upsert(connection: Connection, table: Any, key: Sequence[str], values: dict[str, Any]) -> Executable:
    """Return the statement that inserts a row, or replaces what its key already has."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    inserted = dialect.insert(table).values(values)
    rest = {name: inserted.excluded[name] for name in values if name not in key}
    statement: Executable = inserted.on_conflict_do_update(index_elements=list(key), set_=rest)
    return statement


def _create_for_scan(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(CreateTable(table))
            for index in table.indexes:
                if index.info != ONLINE:
                    index.create(connection)


def _tune(engine: Engine, pragmas: Sequence[str], cache_kib: int) -> None:
    @event.listens_for(engine, "connect")
    def tune(connection: Any, _: Any) -> None:
        for pragma in [*pragmas, f"cache_size = -{cache_kib}", "temp_store = FILE"]:
            connection.execute(f"PRAGMA {pragma}")


def _begin_with_the_lock(engine: Engine) -> None:
    """Begin writing transactions with SQLite's write lock.

    One that reads first and asks for the lock later is refused at once, without waiting, where another wrote meanwhile.
    """

    @event.listens_for(engine, "connect")
    def leave_beginning_to_us(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_read = connection.get_execution_options().get(_READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if is_read else "BEGIN IMMEDIATE")
