"""The page over a store with a few incidents, as a laptop serves it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.api.access import Gatekeeper
from service.feed import Feed
from service.store.database import Database
from service.web import page_router
from tests.service.feed.seeding import learn, seed
from tests.service.stand_ins import START

NOW = START + 7_200.0


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of an empty store: making its tables takes longer than a test."""
    path = tmp_path_factory.mktemp("store") / "empty.sqlite"
    Database.embedded(path).close()
    return path


@pytest.fixture
def database(empty_store: Path, tmp_path: Path) -> Iterator[Database]:
    """Return an empty store."""
    opened = Database.open(Path(shutil.copy(empty_store, tmp_path / "store.sqlite")))
    yield opened
    opened.close()


@pytest.fixture
def feed(database: Database) -> Feed:
    """Return the feed over it; its clock stands still."""
    return Feed(database, now=lambda: NOW)


@pytest.fixture
def client(database: Database, feed: Feed) -> Iterator[TestClient]:
    """Return a browser without scripts on this machine; it stays where it is sent on to."""
    with client_of(database, feed) as opened:
        yield opened


@pytest.fixture
def ids(database: Database) -> list[str]:
    """Return the ids of eight incidents, the riskiest last."""
    learn(database, [1.0, 2.0, 3.0, 5.0, 8.0])
    return seed(database, 8)


def client_of(database: Database, feed: Feed, **ports: object) -> TestClient:
    """Return a browser without scripts before a page wired to a store."""
    app = FastAPI()
    gatekeeper = Gatekeeper(database, is_loopback=True)
    told = {"version": "1.2.3", "now": lambda: datetime.fromtimestamp(NOW, UTC)} | ports
    app.include_router(page_router(feed, gatekeeper, **told))  # type: ignore[arg-type]  # tests name ports by keyword
    return TestClient(app, base_url="http://127.0.0.1:8600", client=("127.0.0.1", 50_000), follow_redirects=False)
