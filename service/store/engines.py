"""Engines: connections to the store as a service and as a scan need them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, OperationalError

from service.store.errors import DatabaseUrlError, UnreachableError

READ_ONLY = "unwonted_read_only"
"""The execution option of a connection that only reads: it takes no write lock."""
READING: dict[str, dict[str, Any]] = {
    "sqlite": {READ_ONLY: True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
"""By database, the execution options of a connection that reads one state of the store."""
_POSTGRES = "postgresql+psycopg"
_SCHEMES = {"postgres": _POSTGRES, "postgresql": _POSTGRES, _POSTGRES: _POSTGRES, "sqlite": "sqlite"}
"""What an address may begin with, as it is written and as it is understood."""
_SCAN_CACHE_KIB = 32 * 1024
_SERVICE_CACHE_KIB = 8 * 1024
"""Each of a service's connections has a cache of its own."""
_CONNECTIONS = 8
_BUSY_MS = 10_000
_TRIES, _TRY_AGAIN_S = 100, 0.05
_REACHED: dict[str, str | int] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that is gone is noticed within seconds, whether it answers or not."""
_LIMITS = {"lock_timeout": 10_000, "idle_in_transaction_session_timeout": 10_000, "statement_timeout": 60_000}
"""Milliseconds after which PostgreSQL ends what hangs: a worker that was frozen in a transaction keeps nobody out."""


def url_of(url: str | URL | Path) -> URL:
    """Return the address of a database; a path is a SQLite file.

    >>> url_of("postgres://ada@db.example/unwonted").drivername
    'postgresql+psycopg'
    """
    if isinstance(url, Path):
        return URL.create("sqlite", database=str(url))
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError(str(url)) from error
    if address.drivername not in _SCHEMES:
        raise DatabaseUrlError(address.render_as_string())
    return address.set(drivername=_SCHEMES[address.drivername])


def engine_of(url: str | URL | Path, *, is_patient: bool = False) -> Engine:
    """Return an engine as a service needs it: durable, and patient with other writers; or without any limit.

    Its errors show no values: they end in logs, and values are what people did.
    """
    address = url_of(url)
    if address.get_backend_name() != "sqlite":
        return _postgres_engine(address, {} if is_patient else _LIMITS)
    engine = create_engine(address, pool_size=_CONNECTIONS, hide_parameters=True)
    _tune(engine, ["journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {_BUSY_MS}"], _SERVICE_CACHE_KIB)
    _begin_with_the_lock(engine)
    return engine


def scan_engine(path: Path) -> Engine:
    """Return an engine of a file that never waits for a disk and that nobody else opens."""
    engine = create_engine(url_of(path))
    _tune(engine, ["journal_mode = MEMORY", "synchronous = OFF", "locking_mode = EXCLUSIVE"], _SCAN_CACHE_KIB)
    return engine


@contextmanager
def reached(engine: Engine) -> Iterator[Connection]:
    """Yield a first connection; raise UnreachableError where there is none to be had."""
    try:
        connection = engine.connect()
    except OperationalError as error:
        reason = " ".join(str(error.orig).split()).rstrip(".")
        raise UnreachableError(engine.url.render_as_string(hide_password=True), reason) from error
    with connection:
        yield connection


def _postgres_engine(address: URL, limits: dict[str, int]) -> Engine:
    """Return an engine whose connections are tried before they are used: a server may have been started anew."""
    options = " ".join(f"-c {name}={value}" for name, value in limits.items())
    if own := address.query.get("options"):
        options += f" {own if isinstance(own, str) else ' '.join(own)}"
    told = {"application_name": "unwonted", **_REACHED, **address.query, "options": options}
    return create_engine(
        address.set(query={}), pool_size=_CONNECTIONS, pool_pre_ping=True, connect_args=told, hide_parameters=True
    )


def _tune(engine: Engine, pragmas: Sequence[str], cache_kib: int) -> None:
    @event.listens_for(engine, "connect")
    def tune(connection: Any, _: Any) -> None:
        for pragma in [*pragmas, f"cache_size = -{cache_kib}", "temp_store = FILE"]:
            _set(connection, pragma)


def _set(connection: Any, pragma: str) -> None:
    """Set a pragma, the journal's mode again and again: SQLite refuses to wait while another process makes the file."""
    for _ in range(_TRIES):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            time.sleep(_TRY_AGAIN_S)
        else:
            return
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
