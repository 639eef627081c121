"""The schema: what migrations make is what the tables say, and a database of another version is refused."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, inspect, select, text

from service.store import schema
from service.store.database import Database
from service.store.engines import engine_of, url_of
from service.store.errors import DatabaseUrlError, SchemaOutdatedError, UnreachableError
from service.store.tables import ONLINE, metadata, outbox
from tests.service.conftest import AddressOf


def test_migrations_make_the_tables(database: Database) -> None:
    """After all migrations nothing differs from the tables; otherwise write one: see service.store.migrations."""
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(address_of: AddressOf, tmp_path: Path) -> None:
    """A database that is up to date stays as it is, with its rows."""
    with closing(Database.embedded(address_of(tmp_path))) as database, database.transaction() as connection:
        connection.execute(outbox.insert().values(body=b"kept"))
    assert schema.migrate(address_of(tmp_path)) == schema.head()
    with closing(Database.open(address_of(tmp_path))) as database, database.reading() as connection:
        assert list(connection.scalars(select(outbox.c.body))) == [b"kept"]


def test_several_processes_may_migrate_at_once(address_of: AddressOf, tmp_path: Path) -> None:
    """Of several that migrate one new database, all end well."""
    code = "import sys; from service.store.schema import migrate; migrate(sys.argv[1])"
    url = url_of(address_of(tmp_path)).render_as_string(hide_password=False)
    started = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]


def test_database_without_tables_is_refused(address_of: AddressOf, tmp_path: Path) -> None:
    """Opening what was never migrated says what to run."""
    with pytest.raises(SchemaOutdatedError, match=r"has no tables yet.*unwonted migrate"):
        Database.open(address_of(tmp_path))


def test_database_of_another_version_is_refused(address_of: AddressOf, tmp_path: Path) -> None:
    """A schema this version does not know is named beside the one it needs."""
    schema.migrate(address_of(tmp_path))
    engine = engine_of(address_of(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'other'"))
    engine.dispose()
    with pytest.raises(SchemaOutdatedError, match=rf"has schema other.*needs {schema.head()}"):
        Database.open(address_of(tmp_path))


def test_password_is_not_told() -> None:
    """An error about a database never shows its password."""
    url = engine_of("sqlite://").url.set(username="unwonted", password="hush")
    assert "hush" not in str(SchemaOutdatedError(url.render_as_string(hide_password=True), None, "0001"))


def test_unreadable_address_is_an_error() -> None:
    """An address that is none is refused with examples of good ones."""
    with pytest.raises(DatabaseUrlError, match=r"postgresql\+psycopg"):
        Database.open("store.sqlite")


def test_scan_has_no_online_indexes(tmp_path: Path) -> None:
    """A temporary store has all tables, and only the indexes a scan needs."""
    with closing(Database.temporary(tmp_path / "store.sqlite")) as database:
        inspected = inspect(database.engine)
        made = {index["name"] for table in metadata.tables for index in inspected.get_indexes(table)}
        assert set(inspected.get_table_names()) == set(metadata.tables)
    wanted = {index.name for table in metadata.tables.values() for index in table.indexes if index.info != ONLINE}
    assert made == wanted


def test_writers_wait_for_each_other(tmp_path: Path) -> None:
    """On SQLite, transactions that read before they write never fail for having been overtaken."""
    with closing(Database.embedded(tmp_path / "store.sqlite")) as database:

        def count_up() -> None:
            for _ in range(20):
                with database.transaction() as connection:
                    last = connection.scalar(select(outbox.c.seq).order_by(outbox.c.seq.desc()).limit(1)) or 0
                    connection.execute(outbox.insert().values(seq=last + 1, body=b""))

        threads = [threading.Thread(target=count_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.reading() as connection:
            assert len(list(connection.scalars(select(outbox.c.seq)))) == 80


def test_reading_sees_one_state(database: Database) -> None:
    """What is committed while somebody reads is seen by the next reader."""
    with database.reading() as before:
        assert before.scalar(select(outbox.c.seq)) is None
        with database.transaction() as connection:
            connection.execute(outbox.insert().values(seq=1, body=b""))
        assert before.scalar(select(outbox.c.seq)) is None
    with database.reading() as after:
        assert after.scalar(select(outbox.c.seq)) == 1


def test_readers_connection_is_lent_to_writers(database: Database) -> None:
    """What was read with can be written with next."""
    for number in range(3):
        with database.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(outbox)) == number
        with database.transaction() as connection:
            connection.execute(outbox.insert().values(body=b""))


def test_server_that_does_not_answer_is_told() -> None:
    """An address where nothing listens is named without its password, with what to look at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening
        url = f"postgresql://ada:hush@127.0.0.1:{taken.getsockname()[1]}/unwonted"
        with pytest.raises(UnreachableError, match=r"ada:\*\*\*@127.*refused.*--database"):
            Database.open(url)
