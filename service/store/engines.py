"""Engines: connections to the store as a service and as a scan need them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from service.store.errors import DatabaseUrlError

READ_ONLY = "unwonted_read_only"
"""The execution option of a connection that only reads: it takes no write lock."""
_SCAN_CACHE_KIB = 32 * 1024
_SERVICE_CACHE_KIB = 8 * 1024
"""Each of a service's connections has a cache of its own."""
_CONNECTIONS = 8
_BUSY_MS = 10_000


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


def scan_engine(path: Path) -> Engine:
    """Return an engine of a file that never waits for a disk and that nobody else opens."""
    engine = create_engine(url_of(path))
    _tune(engine, ["journal_mode = MEMORY", "synchronous = OFF", "locking_mode = EXCLUSIVE"], _SCAN_CACHE_KIB)
    return engine


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
        is_read = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if is_read else "BEGIN IMMEDIATE")
