"""The API over a real store, asked as a browser on this machine asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import count

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from collector.stream.entry import Entry
from models.errors import UnknownVersionError
from models.version import Gate as Judgement
from models.version import Manifest, Quality
from service.api import OPENAPI_URL, Gatekeeper, Metric, Wiring, build, install_problems
from service.feed import Feed
from service.store import outbox, tokens
from service.store.database import Database
from service.store.tokens import Scope
from tests.service.stand_ins import START

HERE = "http://127.0.0.1:8600"


class Kept:
    """Versions as a folder keeps them: two of `default`, one of another organisation."""

    def __init__(self) -> None:
        self._by_name = {
            name: _manifest(name, organisation)
            for name, organisation in (
                ("2026-11-25T1300-1a2b", "default"),
                ("2026-11-24T1300-1a2b", "default"),
                ("2026-11-23T1300-1a2b", "umbrella"),
            )
        }

    def list(self) -> list[Manifest]:
        """Return all manifests, newest first."""
        return list(self._by_name.values())

    def show(self, version: str) -> Manifest:
        """Return a manifest."""
        if version not in self._by_name:
            raise UnknownVersionError(f"there is no model version {version}")
        return self._by_name[version]

    def digest(self, version: str) -> str:
        """Return what names a version."""
        return f"digest of {version}"


def _manifest(name: str, organisation: str) -> Manifest:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    return Manifest(
        version=name,
        organisation=organisation,
        created_at=at,
        parent="own",
        first_at=at,
        last_at=at,
        partition=0,
        position=1,
        events={},
        rows={},
        removed={},
        labels={},
        dataset="",
        seed=1,
        features=(),
        layout="",
        libraries={},
        quality=Quality(gate=Judgement(passed=True)),
    )


@pytest.fixture
def problems() -> dict[str, str]:
    """Return what is wrong with the parts of the service; a test may add to it."""
    return {}


@pytest.fixture
def wiring(database: Database, problems: dict[str, str]) -> Wiring:
    """Return a service's parts."""
    return Wiring(
        Feed(database, now=lambda: START),
        Gatekeeper(database, is_loopback=True, now=partial(next, count(0.0, 10.0))),
        versions=Kept(),
        checks={"worker": lambda: problems.get("worker")},
        metrics=[lambda: [Metric("unwonted_lag", "gauge", "Records to go.", [({"partition": "0"}, 3.0)])]],
        caught_up=lambda _, timeout_s: timeout_s > 1.0,
    )


@pytest.fixture
def client(wiring: Wiring) -> Iterator[TestClient]:
    """Return who asks from this machine."""
    with TestClient(app_of(wiring), base_url=HERE, client=("127.0.0.1", 50_000), raise_server_exceptions=False) as it:
        yield it


def app_of(wiring: Wiring) -> FastAPI:
    """Return an application of these parts."""
    app = FastAPI(openapi_url=OPENAPI_URL, docs_url=None, redoc_url=None)
    app.include_router(build(wiring))
    install_problems(app)
    return app


Bearer = Callable[..., dict[str, str]]


@pytest.fixture
def bearer(database: Database) -> Bearer:
    """Return what makes the header of a new token with these scopes."""

    def make(*scopes: Scope, organisation: str = "default", name: str = "ada") -> dict[str, str]:
        with database.transaction() as connection:
            _, secret = tokens.create(connection, name=name, scopes=scopes, organisation=organisation, at=0.0)
        return {"Authorization": f"Bearer {secret}"}

    return make


@pytest.fixture
def waiting(database: Database) -> Callable[[], list[Entry]]:
    """Return what tells which entries wait for the stream."""

    def look() -> list[Entry]:
        with database.reading() as connection:
            return [entry for _, entry in outbox.waiting(connection, 100)]

    return look
