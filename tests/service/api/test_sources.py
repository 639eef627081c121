"""Sources, deliveries and coverage over HTTP."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from service.api import Gatekeeper, Wiring, build, install_problems
from service.feed import Feed
from service.source_shapes import ReplayShape
from service.store import deliveries, sources, tokens
from service.store.database import Database
from service.store.deliveries import Kept
from service.store.sources import State
from service.store.tokens import Scope
from tests.service.api.conftest import HERE
from tests.service.stand_ins import START

KEPT = Kept(
    organisation="default", source="github.webhook", sender="github", received_at=START, status=202, reason="",
    detail="", size=2, events=1, ids=["github.webhook:1"], letters=[], headers={"X-GitHub-Event": "push"},
)  # fmt: skip


class Replays:
    """Reads every delivery again, and notes whose."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def replay(self, organisation: str, identity: int) -> ReplayShape:
        """Note it."""
        self.asked.append((organisation, identity))
        return ReplayShape(delivery=identity, entries=1, known=0, unreadable=0)


def client(database: Database, redelivery: Replays | None = None) -> TestClient:
    """Return a client of an API that can read deliveries again, or cannot."""
    app = FastAPI()
    gatekeeper = Gatekeeper(database, is_loopback=True)
    app.include_router(build(Wiring(Feed(database, now=lambda: START), gatekeeper, redelivery=redelivery)))
    install_problems(app)
    return TestClient(app, base_url=HERE, client=("127.0.0.1", 50_000))


def test_sources_are_listed(database: Database) -> None:
    """With when they delivered last."""
    with database.transaction() as connection:
        sources.put_states(connection, {("default", "github.webhook"): State(last_at=START, error="401: no")})
    (told,) = client(database).get("/api/v1/sources").json()["items"]
    assert (told["name"], told["last_at"], told["last_error"]) == ("github.webhook", "2026-01-01T00:00:00Z", "401: no")


def test_coverage_is_told(database: Database) -> None:
    """In numbers, in a sentence, and incident by incident."""
    told = client(database).get("/api/v1/coverage").json()
    assert (told["known"], told["shown"]) == (55, 0)
    assert "the audit log would add" in told["sentence"]


def test_deliveries_are_listed_by_source_and_outcome(database: Database) -> None:
    """What is no outcome is refused."""
    refused = KEPT._replace(status=401, reason="signature", source="gitlab.webhook")
    with database.transaction() as connection:
        deliveries.add(connection, [KEPT, refused])
    api = client(database)
    assert [one["id"] for one in api.get("/api/v1/deliveries?outcome=refused").json()["items"]] == [2]
    assert [one["id"] for one in api.get("/api/v1/deliveries?source=github.webhook").json()["items"]] == [1]
    assert api.get("/api/v1/deliveries/2").json()["reason"] == "signature"
    assert api.get("/api/v1/deliveries/3").status_code == 404
    assert api.get("/api/v1/deliveries?outcome=odd").status_code == 422


@pytest.mark.parametrize(("scope", "status"), [(Scope.READ, 403), (Scope.INGEST, 403), (Scope.ADMIN, 202)])
def test_only_who_governs_reads_a_delivery_again(database: Database, scope: Scope, status: int) -> None:
    """What nobody proved may enter by it."""
    with database.transaction() as connection:
        _, secret = tokens.create(connection, name="t", scopes=[scope], organisation="default", at=START)
    redelivery = Replays()
    answer = client(database, redelivery).post(
        "/api/v1/deliveries/7/replay", headers={"Authorization": f"Bearer {secret}"}
    )
    assert answer.status_code == status
    assert redelivery.asked == ([("default", 7)] if status == 202 else [])


def test_a_process_that_reads_nothing_again_says_so(database: Database) -> None:
    """It names who does."""
    answer = client(database).post("/api/v1/deliveries/7/replay")
    assert answer.status_code == 404
    assert "--role api" in answer.json()["detail"]
