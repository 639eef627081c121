"""A store for each test: a copy of one that was migrated once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.store.database import Database
from service.store.schema import migrate


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an empty store."""
    path = tmp_path_factory.mktemp("migrated") / "store.sqlite"
    migrate(path)
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    """Return an empty store."""
    with closing(Database.open(Path(shutil.copy(migrated, tmp_path / "store.sqlite")))) as opened:
        yield opened
