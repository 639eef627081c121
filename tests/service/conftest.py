"""Empty stores, in SQLite and in PostgreSQL: what holds for one holds for the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from service.store.database import Database
from service.store.schema import migrate
from service.store.tables import metadata
from tests.services.postgres import Server, crashable, postgres

__all__ = ["crashable", "postgres"]

POSTGRES = pytest.param("postgresql", marks=[pytest.mark.service, pytest.mark.postgres])
Address = Path | URL
AddressOf = Callable[[Path], Address]
"""Returns where the store of a folder is, of whichever kind: a file in it, or a database of its own."""


@pytest.fixture(scope="module", params=["sqlite", POSTGRES])
def kind(request: pytest.FixtureRequest) -> str:
    """Return the kind of database a test works on."""
    return str(request.param)


@pytest.fixture(scope="module")
def address_of(kind: str, request: pytest.FixtureRequest) -> AddressOf:
    """Return what tells where the store of a folder is."""
    made: dict[Path, URL] = {}

    def file(folder: Path) -> Address:
        return folder / "store.sqlite"

    def database(folder: Path) -> Address:
        server: Server = request.getfixturevalue("postgres")
        if folder not in made:
            made[folder] = server.new_database()
        return made[folder]

    return file if kind == "sqlite" else database


@pytest.fixture(scope="module")
def migrated(address_of: AddressOf, tmp_path_factory: pytest.TempPathFactory) -> Address:
    """Return where an empty store is."""
    address = address_of(tmp_path_factory.mktemp("migrated"))
    migrate(address)
    return address


@pytest.fixture
def database(migrated: Address, tmp_path: Path) -> Iterator[Database]:
    """Return an empty store: a copy of a file, or a database that is emptied when the test is over."""
    if isinstance(migrated, Path):
        with closing(Database.open(Path(shutil.copy(migrated, tmp_path / "store.sqlite")))) as opened:
            yield opened
        return
    with closing(Database.open(migrated)) as opened:
        yield opened
        _empty(opened)


def _empty(database: Database) -> None:
    with database.transaction() as connection:
        names = ", ".join(table.name for table in metadata.tables.values())
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))


@pytest.fixture
def postgres_database(postgres: Server) -> Iterator[Database]:
    """Return an empty store in PostgreSQL, for what only PostgreSQL does."""
    with closing(Database.embedded(postgres.new_database())) as opened:
        yield opened
