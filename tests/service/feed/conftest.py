"""A store and the feed over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.feed import Feed
from service.store.database import Database
from tests.service.stand_ins import START


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Return an empty store."""
    opened = Database.embedded(tmp_path / "store.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def feed(database: Database) -> Feed:
    """Return a feed whose clock stands still."""
    return Feed(database, now=lambda: START)
