"""Who may: tokens by scope and organisation; on a laptop, whoever sits there and no page of another site."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from service.api import Gatekeeper, Wiring
from service.api.access import REMEMBERED_S
from service.feed import Feed
from service.store import tokens
from service.store.database import Database
from service.store.tokens import Scope
from tests.service.api.conftest import HERE, Bearer, app_of
from tests.service.feed.seeding import learn, seed

LIST = "/api/v1/incidents"


def ask(wiring: Wiring, host: str = "127.0.0.1:8600", client: str = "127.0.0.1", **headers: str) -> int:
    """Return the status of a request for the feed."""
    with TestClient(app_of(wiring), base_url=f"http://{host}", client=(client, 1)) as it:
        return it.get(LIST, headers={name.replace("_", "-"): value for name, value in headers.items()}).status_code


@pytest.mark.parametrize("host", ["127.0.0.1:8600", "localhost:8600", "[::1]:8600", "127.8.9.1"])
def test_laptop_needs_no_login(wiring: Wiring, host: str) -> None:
    """As long as no token exists, whoever asks this machine for itself is served."""
    assert ask(wiring, host) == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example:8600", "127.0.0.1.nip.io", "10.0.0.1"])
def test_foreign_name_is_refused(wiring: Wiring, host: str) -> None:
    """A name that somebody else points to this machine opens nothing: so no page can rebind its way in."""
    assert ask(wiring, host) == 401


def test_foreign_page_is_refused(wiring: Wiring) -> None:
    """A page of another site is not whoever sits here."""
    assert ask(wiring, origin="https://evil.example") == 401


def test_proxy_is_refused(wiring: Wiring) -> None:
    """What comes through a proxy or tunnel may come from anywhere."""
    assert ask(wiring, x_forwarded_for="203.0.113.9") == 401


def test_other_machine_is_refused(wiring: Wiring) -> None:
    """Another machine's address is not here, whatever it calls us."""
    assert ask(wiring, client="192.0.2.7") == 401


def test_open_service_needs_a_token(database: Database) -> None:
    """A service that other machines reach serves nobody without a token, not even this one."""
    assert ask(Wiring(Feed(database), Gatekeeper(database, is_loopback=False))) == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Origin": HERE, "Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": "http://127.0.0.1:3000"}, 403),
        ({"Origin": "http://localhost:8600"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null"}, 401),
        ({"Origin": "https://evil.example"}, 401),
    ],
)
def test_other_pages_change_nothing(
    client: TestClient, database: Database, headers: dict[str, str], status: int
) -> None:
    """A page of any other origin, on another port of this machine too, cannot make a browser change anything."""
    [name] = seed(database, 1)
    answer = client.post(f"{LIST}/{name}/comments", json={"text": "hi"}, headers=headers)
    assert answer.status_code == status


def test_first_token_closes_the_door(client: TestClient, database: Database, bearer: Bearer) -> None:
    """Once a token was made nobody is served without one; revoking it opens no door."""
    assert client.get(LIST).status_code == 200
    shown = bearer(Scope.READ)
    assert (client.get(LIST).status_code, client.get(LIST, headers=shown).status_code) == (401, 200)
    with database.transaction() as connection:
        tokens.revoke(connection, tokens.all_tokens(connection)[0].id, 1.0)
    assert (client.get(LIST).status_code, client.get(LIST, headers=shown).status_code) == (401, 401)


def test_refusals_say_what_to_do(client: TestClient, bearer: Bearer) -> None:
    """No token, a wrong one, and one that may not: three problems with their challenge."""
    shown = bearer(Scope.READ)
    answers = [
        client.get(LIST),
        client.get(LIST, headers={"Authorization": "Bearer unw_wrong"}),
        client.post("/api/v1/training-runs", headers=shown),
    ]
    assert [(one.status_code, one.headers["www-authenticate"]) for one in answers] == [
        (401, 'Bearer realm="unwonted"'),
        (401, 'Bearer realm="unwonted", error="invalid_token"'),
        (403, 'Bearer realm="unwonted", error="insufficient_scope", scope="admin"'),
    ]
    assert all("unwonted token" in one.json()["detail"] for one in answers)
    assert {one.headers["content-type"] for one in answers} == {"application/problem+json"}


ROUTES = [
    ("GET", "/incidents", Scope.READ),
    ("GET", "/incidents/x", Scope.READ),
    ("PATCH", "/incidents/x", Scope.TRIAGE),
    ("POST", "/incidents/x/verdict", Scope.TRIAGE),
    ("POST", "/incidents/x/comments", Scope.TRIAGE),
    ("POST", "/incidents/bulk", Scope.TRIAGE),
    ("GET", "/incidents/x/events", Scope.READ),
    ("GET", "/events", Scope.READ),
    ("GET", "/entities?type=a&name=b", Scope.READ),
    ("GET", "/organisations", Scope.READ),
    ("GET", "/suppressions", Scope.READ),
    ("POST", "/suppressions", Scope.TRIAGE),
    ("DELETE", "/suppressions/x", Scope.TRIAGE),
    ("GET", "/models", Scope.READ),
    ("POST", "/models/promote", Scope.ADMIN),
    ("POST", "/models/rollback", Scope.ADMIN),
    ("GET", "/training-runs", Scope.READ),
    ("POST", "/training-runs", Scope.ADMIN),
    ("GET", "/drills", Scope.READ),
    ("POST", "/drills", Scope.ADMIN),
    ("GET", "/sources", Scope.READ),
    ("GET", "/coverage", Scope.READ),
    ("GET", "/deliveries", Scope.READ),
    ("GET", "/deliveries/x", Scope.READ),
    ("POST", "/deliveries/x/replay", Scope.ADMIN),
    ("GET", "/stream", Scope.READ),
    ("POST", "/gate", Scope.INGEST),
]
NOT_ENOUGH = {
    Scope.READ: (Scope.INGEST,),
    Scope.TRIAGE: (Scope.READ, Scope.INGEST),
    Scope.ADMIN: (Scope.TRIAGE, Scope.INGEST),
    Scope.INGEST: (),
}


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_every_route_asks_for_its_scope(
    client: TestClient, bearer: Bearer, method: str, path: str, scope: Scope
) -> None:
    """Without a token, and with all scopes but the right one, a route is closed, before it looks at the request."""
    less = bearer(*NOT_ENOUGH[scope])
    assert client.request(method, f"/api/v1{path}").status_code == 401
    assert client.request(method, f"/api/v1{path}", headers=less).status_code == 403


def test_every_route_is_tested(client: TestClient) -> None:
    """The list above is the API's own."""
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    there = {
        (method.upper(), path.removeprefix("/api/v1").replace("{identity}", "x"))
        for path, methods in paths.items()
        for method in methods
        if path.startswith("/api/v1")
    }
    assert {(method, path.partition("?")[0]) for method, path, _ in ROUTES} == there


def test_token_is_bound_to_its_organisation(client: TestClient, database: Database, bearer: Bearer) -> None:
    """A token sees its own organisation without naming it, scratch copies of it, and no other."""
    for organisation in ("acme", "acme~drill", "umbrella"):
        seed(database, 1, organisation=organisation)
        learn(database, [], organisation)
    shown = bearer(Scope.READ, organisation="acme")

    def seen(query: str) -> object:
        answer = client.get(f"{LIST}{query}", headers=shown)
        return [one["organisation"] for one in answer.json()["items"]] if answer.is_success else answer.status_code

    assert [seen(query) for query in ("", "?organisation=acme~drill", "?organisation=umbrella")] == [
        ["acme"],
        ["acme~drill"],
        403,
    ]
    names = [one["name"] for one in client.get("/api/v1/organisations", headers=shown).json()["items"]]
    assert names == ["acme", "acme~drill"]


def test_acts_are_signed_with_the_tokens_name(client: TestClient, database: Database, bearer: Bearer) -> None:
    """Who did something is who showed the token, never what a body says."""
    [name] = seed(database, 1)
    answer = client.post(f"{LIST}/{name}/comments", json={"text": "hi"}, headers=bearer(Scope.TRIAGE, name="slack-bot"))
    assert answer.json()["comments"][0]["author"] == "slack-bot"


def test_token_is_remembered_for_a_moment(database: Database, bearer: Bearer) -> None:
    """A token costs a look into the store every two seconds, and a revoked one opens nothing after that."""
    secret = bearer(Scope.INGEST, organisation="acme")["Authorization"].removeprefix("Bearer ")
    clock = [100.0]
    gatekeeper = Gatekeeper(database, is_loopback=True, now=lambda: clock[0])
    assert gatekeeper.authorise(secret, "ingest") == "acme"
    assert gatekeeper.authorise(secret, "admin") is None
    with database.transaction() as connection:
        tokens.revoke(connection, tokens.all_tokens(connection)[0].id, 1.0)
    assert gatekeeper.authorise(secret, "ingest") == "acme"
    clock[0] += REMEMBERED_S + 0.1
    assert gatekeeper.authorise(secret, "ingest") is None
