"""The other routes: look-ups, suppressions, models, trainings, drills, the gate; and errors of no route at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from collector.stream.entry import Entry, Promoted
from service.store import drills, promotions
from service.store.database import Database
from tests.service.feed.seeding import finding, incident_of, learn, seed, store

API = "/api/v1"


def test_events(client: TestClient, database: Database) -> None:
    """Events are searched and paged, last scored first."""
    store(database, [finding("a"), finding("b", actor="otto"), finding("c")], [], position=3)
    first = client.get(f"{API}/events?limit=2&kind=change").json()
    rest = client.get(f"{API}/events?limit=2&kind=change&cursor={first['next_cursor']}").json()
    assert [one["id"] for one in first["items"] + rest["items"]] == ["c", "b", "a"]
    assert [one["id"] for one in client.get(f"{API}/events?actor=user:otto").json()["items"]] == ["b"]


def test_entity(client: TestClient, database: Database) -> None:
    """An entity is asked for by type and name, which may hold slashes."""
    store(database, [finding("a", entity="acme/pay/x")], [], position=1)
    answer = client.get(f"{API}/entities", params={"type": "repo", "name": "acme/pay/x"})
    assert (answer.status_code, answer.json()["events"], answer.json()["peers"]) == (200, 1, {"user:mona": 1})


def test_unknown_entity_is_not_found(client: TestClient) -> None:
    """What nothing names is a problem that says so."""
    answer = client.get(f"{API}/entities", params={"type": "repo", "name": "acme/none"})
    assert (answer.status_code, answer.json()["detail"]) == (404, "nothing in default names repo:acme/none")


def test_suppressions(client: TestClient) -> None:
    """A suppression is made, listed and lifted; lifting it twice is not found."""
    body = {"actor": "bot:renovate", "until": "2026-02-01T00:00:00Z", "why": "weekly"}
    made = client.post(f"{API}/suppressions", json=body)
    assert (made.status_code, made.json()["created_by"]) == (201, "local")
    assert client.get(f"{API}/suppressions").json()["items"] == [made.json()]
    url = f"{API}/suppressions/{made.json()['id']}"
    assert [client.delete(url).status_code for _ in range(2)] == [204, 404]


@pytest.mark.parametrize(
    "body",
    [
        {"until": "2026-02-01T00:00:00Z", "why": "all of it"},
        {"actor": "user:mona", "until": "2026-02-01", "why": "no zone"},
        {"actor": "user:mona", "until": "2026-02-01T00:00:00Z"},
    ],
)
def test_suppression_must_say_what_until_when_and_why(client: TestClient, body: object) -> None:
    """What would hide everything, for nobody knows how long or why, is refused."""
    assert client.post(f"{API}/suppressions", json=body).status_code == 422


def test_versions_are_listed(client: TestClient, database: Database) -> None:
    """An organisation's versions are listed, and which serves."""
    with database.transaction() as connection:
        promotions.save(connection, 0, [(7, promoted("2026-11-24T1300-1a2b"))])
    found = client.get(f"{API}/models").json()["items"]
    assert [(one["version"], one["is_serving"]) for one in found] == [
        ("2026-11-25T1300-1a2b", False),
        ("2026-11-24T1300-1a2b", True),
    ]


def promoted(version: str) -> Promoted:
    """Return a promotion as the stream carries it."""
    return Promoted(organisation="default", id=version, version=version)


def test_promotion_waits_for_its_place(client: TestClient, waiting: Callable[[], list[Entry]]) -> None:
    """A promotion is accepted, with the digest that a replay must meet."""
    answer = client.post(f"{API}/models/promote", json={"version": "2026-11-25T1300-1a2b"})
    assert (answer.status_code, answer.json()["version"]) == (202, "2026-11-25T1300-1a2b")
    [entry] = waiting()
    assert isinstance(entry, Promoted)
    assert (entry.version, entry.digest) == ("2026-11-25T1300-1a2b", "digest of 2026-11-25T1300-1a2b")


@pytest.mark.parametrize("version", ["2026-11-23T1300-1a2b", "2026-01-01T1300-1a2b", "../../etc"])
def test_version_of_nobody_or_another_is_not_promoted(
    client: TestClient, waiting: Callable[[], list[Entry]], version: str
) -> None:
    """Only the organisation's own versions serve it."""
    assert client.post(f"{API}/models/promote", json={"version": version}).status_code == 404
    assert waiting() == []


@pytest.mark.parametrize(
    ("history", "back_to"),
    [
        (["2026-11-24T1300-1a2b"], "own"),
        (["2026-11-24T1300-1a2b", "2026-11-25T1300-1a2b"], "2026-11-24T1300-1a2b"),
        (["2026-11-24T1300-1a2b", "2026-11-25T1300-1a2b", "2026-11-25T1300-1a2b"], "2026-11-24T1300-1a2b"),
    ],
)
def test_rollback_lets_the_version_before_serve(
    client: TestClient, database: Database, history: list[str], back_to: str
) -> None:
    """What served before the last change serves again."""
    with database.transaction() as connection:
        promotions.save(connection, 0, [(n, promoted(version)) for n, version in enumerate(history)])
    answer = client.post(f"{API}/models/rollback")
    assert (answer.status_code, answer.json()["version"]) == (202, back_to)


def test_rollback_of_nothing_is_not_found(client: TestClient) -> None:
    """Where nothing was promoted there is no way back."""
    assert client.post(f"{API}/models/rollback").status_code == 404


def test_training_is_asked_for(client: TestClient) -> None:
    """A training waits for whoever trains, and is listed."""
    made = client.post(f"{API}/training-runs")
    assert (made.status_code, made.json()["state"], made.json()["asked_by"]) == (202, "waiting", "local")
    assert client.get(f"{API}/training-runs").json()["items"] == [made.json()]


def test_drills_are_listed(client: TestClient, database: Database) -> None:
    """A drill is listed while it runs, and with its result afterwards."""
    with database.transaction() as connection:
        drills.begin(connection, "d1", "default", "token_mass_clone", 1.0)
        drills.begin(connection, "d2", "default", "visibility_flip", 2.0)
        drills.finish(connection, "d1", 3.0, b'{"rank": 1}')
    found = client.get(f"{API}/drills").json()["items"]
    assert [(one["id"], one["result"]) for one in found] == [("d2", {}), ("d1", {"rank": 1})]


def test_gate_holds(client: TestClient, database: Database) -> None:
    """A step is held by an incident about its repository, and is told which."""
    item = finding("e1")
    store(database, [item], [incident_of("inc", [item], score=30.0)], position=1)
    learn(database, [1.0] * 40 + [2.0] * 5 + [30.0])
    answer = client.post(f"{API}/gate", json={"repo": "acme/pay", "maximum_risk": 50}).json()
    assert (answer["verdict"], answer["is_complete"]) == ("hold", True)
    assert [one["id"] for one in answer["incidents"]] == ["inc"]


def test_gate_says_what_it_did_not_wait_for(client: TestClient) -> None:
    """An answer before all was scored says so."""
    answer = client.post(f"{API}/gate", json={"repo": "acme/pay", "wait_s": 0}).json()
    assert (answer["verdict"], answer["is_complete"]) == ("pass", False)


@pytest.mark.parametrize("body", [{}, {"repo": ""}, {"repo": "a", "wait_s": 60}, {"repo": "a", "maximum_risk": 0}])
def test_gate_asks_for_a_step(client: TestClient, body: object) -> None:
    """A question without a step, or with no bounds, is refused."""
    assert client.post(f"{API}/gate", json=body).status_code == 422


def test_organisations(client: TestClient, database: Database) -> None:
    """Each organisation is listed with its counts."""
    learn(database, [], "acme")
    seed(database, 2, organisation="acme")
    [one] = client.get(f"{API}/organisations").json()["items"]
    assert (one["name"], one["incidents"], one["open_incidents"]) == ("acme", 2, 2)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/v1/nothing", 404), ("DELETE", "/api/v1/incidents", 405), ("GET", "/", 404)],
)
def test_no_route_is_a_problem(client: TestClient, method: str, path: str, status: int) -> None:
    """What is not there, and what is not answered, are problems as all others."""
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status
    assert "openapi.json" in answer.json()["detail"]


def test_broken_json_is_a_problem(client: TestClient) -> None:
    """A body that is no JSON is the sender's mistake."""
    answer = client.post(f"{API}/gate", content=b"{", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_failure_of_ours_tells_no_secrets(client: TestClient, database: Database) -> None:
    """When something breaks here, the answer is a problem without a traceback."""
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE incidents RENAME TO gone")
    answer = client.get(f"{API}/incidents")
    with database.transaction() as connection:
        connection.exec_driver_sql("ALTER TABLE gone RENAME TO incidents")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert "sql" not in answer.text.lower()


def test_api_describes_itself(client: TestClient) -> None:
    """The description is OpenAPI 3.1, and every route of it tells which problems it answers."""
    told = client.get(f"{API}/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    for path, methods in told["paths"].items():
        for method, route in methods.items():
            assert route["summary"], (method, path)
            if path.startswith(API):
                assert {"401", "403"} <= set(route["responses"]), (method, path)
