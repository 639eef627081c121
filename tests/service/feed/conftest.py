"""A store and the feed over it."""

from __future__ import annotations

import pytest

from service.feed import Feed
from service.store.database import Database
from tests.service.stand_ins import START


@pytest.fixture
def feed(database: Database) -> Feed:
    """Return a feed whose clock stands still."""
    return Feed(database, now=lambda: START)
