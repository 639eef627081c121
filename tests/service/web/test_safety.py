"""What every answer forbids, who may change something, and what hostile names come to."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from msgspec.structs import replace
from starlette.exceptions import HTTPException

from service.feed import Feed
from service.store import tokens
from service.store.database import Database
from service.store.tokens import Scope
from service.web import unknown_page
from service.web.assets import FOLDER, load_assets
from tests.service.feed.seeding import finding, incident_of, learn, store
from tests.service.web.document import parse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202egnp.exe\u200b\x1b[31m\x07{{7*7}}"
PAGES = ("/", "/?text=x", "/?after=bad", "/drills", "/models", "/sources", "/login", "/entities?type=a&name=b")


@pytest.fixture
def hostile(database: Database) -> str:
    """Store an incident whose every word was chosen by an attacker; return its id."""
    learn(database, [1.0, 2.0])
    made = finding("evil", actor=HOSTILE, entity=HOSTILE, links={"repo": HOSTILE, HOSTILE: HOSTILE})
    made = replace(made, event=replace(made.event, action=HOSTILE, ref=HOSTILE, facts={HOSTILE: [HOSTILE]}))
    made = replace(
        made, reasons=(replace(made.reasons[0], text=HOSTILE, value=HOSTILE, usual=HOSTILE, family=HOSTILE),)
    )
    incident = incident_of("inc_evil", [made], score=9.0)
    incident.title, incident.summary = HOSTILE, HOSTILE
    incident.reasons, incident.families = list(made.reasons), [HOSTILE]
    store(database, [made], [incident], position=1)
    return incident.id


def pages(client: TestClient, identity: str) -> list[str]:
    """Return every page on which a hostile incident is shown."""
    entity = f"/entities?type=user&name={quote(HOSTILE)}"
    addresses = ("/", f"/?text={quote(HOSTILE)}", f"/incidents/{identity}", f"/incidents/{identity}/close", entity)
    answers = [client.get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return [answer.text for answer in answers]


def test_hostile_names_are_text(client: TestClient, feed: Feed, hostile: str) -> None:
    """No name becomes an element, an attribute or a script."""
    feed.comment("default", hostile, HOSTILE, by=HOSTILE)
    feed.triage("default", hostile, assignee=HOSTILE, by=HOSTILE)
    for page in pages(client, hostile):
        document = parse(page)
        assert not document.all("img")
        assert all(one.attributes.get("src", "").startswith("/static/") for one in document.all("script"))
        assert not [name for one in document.elements for name in one.attributes if name.startswith("on")]


def test_hostile_characters_are_visible(client: TestClient, hostile: str) -> None:
    """What reorders, hides or steers is shown as what it is, or not at all."""
    for page in pages(client, hostile):
        assert not set("\u202e\u200b\x1b\x07") & set(page)
        assert "49" not in re.findall(r"exe\S*?(\d+)", page)


def test_nothing_is_inline(client: TestClient, ids: list[str]) -> None:
    """There is no script, style or event handler within a page: the policy may forbid them all."""
    for address in (*PAGES, f"/incidents/{ids[0]}", f"/incidents/{ids[0]}/close", "/entities?type=user&name=user1"):
        document = parse(client.get(address).text)
        assert not document.all("style")
        assert not [one for one in document.elements if "style" in one.attributes]
        assert all(not one.text.strip() and one.attributes["src"] for one in document.all("script"))


def test_nothing_is_fetched_from_elsewhere(client: TestClient, ids: list[str]) -> None:
    """Scripts, styles and images come from here."""
    document = parse(client.get(f"/incidents/{ids[0]}").text)
    fetched = [
        one.attributes.get("src", one.attributes.get("href", ""))
        for tag in ("script", "link")
        for one in document.all(tag)
    ]
    assert fetched
    assert all(address.startswith("/static/") for address in fetched)


@pytest.mark.parametrize("address", [*PAGES, "/incidents/none", "/static/page.css", "/static/none", "/live?seen=x"])
def test_policy_is_on_every_answer(client: TestClient, address: str) -> None:
    """Also errors, forms and files carry the policy."""
    headers = client.get(address).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_unknown_address_is_a_page() -> None:
    """What nobody serves is answered by a page under the same policy."""
    app = FastAPI()
    app.add_exception_handler(HTTPException, unknown_page())  # type: ignore[arg-type]  # registered for these
    answer = TestClient(app).get("/nowhere")
    assert (answer.status_code, answer.headers["content-security-policy"]) == (404, POLICY)
    assert "GET /nowhere is no address of this service" in parse(answer.text).text


def test_pages_are_not_kept(client: TestClient, ids: list[str]) -> None:
    """No cache keeps an incident; files are kept for ever under the digest of what they hold, and no other."""
    assert client.get(f"/incidents/{ids[0]}").headers["cache-control"] == "no-store"
    digest = load_assets()["page.css"].digest
    assert "immutable" in client.get(f"/static/page.css?{digest}").headers["cache-control"]
    assert client.get("/static/page.css?old").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:9000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["verdict", "triage", "comments"])
def test_other_sites_change_nothing(
    client: TestClient, feed: Feed, ids: list[str], path: str, headers: dict[str, str]
) -> None:
    """A form that another site's page sends is refused."""
    data = {"version": "0", "verdict": "benign", "status": "resolved", "text": "x"}
    answer = client.post(f"/incidents/{ids[0]}/{path}", data=data, headers=headers)
    assert answer.status_code in {401, 403}
    after = feed.incident("default", ids[0])
    assert after is not None
    assert (after.version, after.comments) == (0, [])


def test_own_forms_are_welcome(client: TestClient, ids: list[str]) -> None:
    """A browser's own form says where it comes from."""
    headers = {"Origin": "http://127.0.0.1:8600", "Sec-Fetch-Site": "same-origin"}
    answer = client.post(f"/incidents/{ids[0]}/comments", data={"text": "x"}, headers=headers)
    assert answer.status_code == 303


def make_token(database: Database, *scopes: Scope, organisation: str = "default") -> str:
    """Store a token and return its secret."""
    with database.transaction() as connection:
        return tokens.create(connection, name="ann", scopes=scopes, organisation=organisation, at=0.0)[1]


def sign_in(client: TestClient, token: str) -> None:
    """Sign in as a browser does."""
    answer = client.post("/login", data={"token": token, "next": "/?text=x"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?text=x")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_token_is_asked_for(client: TestClient, database: Database, ids: list[str]) -> None:
    """Once there are tokens, who shows none is sent to sign in, and comes back to what they wanted."""
    make_token(database, Scope.READ)
    answer = client.get(f"/incidents/{ids[0]}?organisation=default")
    assert answer.status_code == 303
    login = parse(client.get(answer.headers["location"]).text)
    assert login.one("input", name="next").attributes["value"] == f"/incidents/{ids[0]}?organisation=default"


def test_reader_may_not_judge(client: TestClient, database: Database, ids: list[str]) -> None:
    """A token that may only read changes nothing."""
    sign_in(client, make_token(database, Scope.READ))
    assert client.get(f"/incidents/{ids[0]}").status_code == 200
    assert client.post(f"/incidents/{ids[0]}/comments", data={"text": "x"}).status_code == 403


def test_acts_are_signed_with_the_token(client: TestClient, database: Database, feed: Feed, ids: list[str]) -> None:
    """Who signed in is who is named."""
    sign_in(client, make_token(database, Scope.TRIAGE))
    client.post(f"/incidents/{ids[0]}/comments", data={"text": "x"})
    after = feed.incident("default", ids[0])
    assert after is not None
    assert after.comments[0].author == "ann"


def test_token_is_bound_to_its_organisation(client: TestClient, database: Database, ids: list[str]) -> None:
    """Nobody sees another organisation, nor that there is one."""
    learn(database, [1.0], "secret")
    assert ids
    sign_in(client, make_token(database, Scope.ADMIN))
    assert client.get("/?organisation=secret").status_code == 404
    assert "secret" not in client.get("/").text


def test_wrong_token_is_refused(client: TestClient, database: Database) -> None:
    """A token that is none of ours opens nothing."""
    make_token(database, Scope.READ)
    answer = client.post("/login", data={"token": "unw_wrong"})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_signing_out_forgets(client: TestClient, database: Database) -> None:
    """Who signs out must show a token again."""
    sign_in(client, make_token(database, Scope.READ))
    assert client.get("/").status_code == 200
    client.post("/logout")
    assert client.get("/").status_code == 303


def test_scripts_of_others_are_what_they_say() -> None:
    """The table of third-party scripts holds their digests."""
    table = (FOLDER / "THIRD_PARTY.md").read_text(encoding="utf-8")
    assert hashlib.sha256((FOLDER / "htmx.min.js").read_bytes()).hexdigest() in table
