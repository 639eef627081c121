"""The schema's history: bringing a database up to date, and refusing one that is not."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, text

from service.store.engines import engine_of, reached
from service.store.errors import SchemaOutdatedError

_LOCK = 8_600_8600
"""Key of the advisory lock under which PostgreSQL lets one process migrate at a time."""


def migrate(url: str | URL | Path) -> str:
    """Bring a database's tables to this version, in one transaction; return the schema it now has.

    It may be called by several processes at once, and on a database that is up to date.
    """
    engine = engine_of(url, is_patient=True)  # others may be migrating, and a table may be large
    try:
        with reached(engine) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            command.upgrade(config_of(connection), "head")
            return _found(connection) or ""
    finally:
        engine.dispose()


def head() -> str:
    """Return the schema this version works with."""
    return ScriptDirectory.from_config(config_of()).get_current_head() or ""


def require_head(engine: Engine) -> None:
    """Raise unless a database has the schema this version works with."""
    with reached(engine) as connection:
        found = _found(connection)
    if found != head():
        raise SchemaOutdatedError(engine.url.render_as_string(hide_password=True), found, head())


def _found(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def config_of(connection: Connection | None = None) -> Config:
    """Return Alembic's settings; migrations run on the connection given."""
    config = Config()
    # named as a package, so that it is found in a wheel as in a checkout
    config.set_main_option("script_location", "service.store:migrations")
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
