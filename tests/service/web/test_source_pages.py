"""Sources, deliveries and coverage, as a browser without scripts shows them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from service.feed import Feed
from service.store import deliveries, sources, tokens
from service.store.database import Database
from service.store.deliveries import Kept
from service.store.sources import Hour, State, Told
from service.store.tokens import Scope
from service.watch.slots import hour_of
from service.web.desk import COOKIE
from tests.service.web.conftest import NOW, client_of
from tests.service.web.document import Document, parse
from tests.service.web.test_other_pages import Ports, show

HOOK = ("default", "github.webhook")
HOSTILE = "<script>alert(1)</script>\u202e"


def know(database: Database) -> None:
    """Store that GitHub's webhooks delivered, fell silent, and were refused; and their last deliveries."""
    hours = {hour_of(NOW) - 1: Hour(slots=1, events=1_200, accepted=40, refused=3, unproven=2, lags=1, lag_s=90.0)}
    state = State(
        door="receiver", first_at=1.0, last_at=NOW - 3_600.0, error_at=NOW, error=f"401: {HOSTILE}", accepted_at=NOW
    )
    kept = Kept(
        organisation="default", source="github.webhook", sender="github", received_at=NOW, status=401,
        reason="signature", detail=f"The header does not match {HOSTILE}", size=17, events=0, ids=[], letters=[],
        headers={"X-GitHub-Event": HOSTILE}, body=json.dumps({"odd": HOSTILE}), is_whole=True,
    )  # fmt: skip
    with database.transaction() as connection:
        sources.add_hours(connection, {(HOOK, hour): found for hour, found in hours.items()})
        sources.put_states(connection, {HOOK: state})
        sources.tell(connection, [(HOOK, Told("silent", 1.0, NOW, 0.0, "silent for an hour"))])
        good = kept._replace(status=202, reason="", detail="", events=1, ids=["github.webhook:1"], body="")
        deliveries.add(connection, [kept, good, kept._replace(body="x" * 100, is_whole=False)])


@pytest.fixture
def ports() -> Ports:
    """Return what pages are wired to."""
    return Ports()


@pytest.fixture
def connected(database: Database, feed: Feed, ports: Ports) -> Iterator[TestClient]:
    """Return a browser before the page of a service that heard of one source."""
    know(database)
    with client_of(database, feed, sources=ports, redelivery=ports) as client:
        yield client


def test_a_source_says_how_it_is(connected: TestClient) -> None:
    """When it delivered last, what is wrong with it, how much came, and what else can be connected."""
    document = show(connected, "/sources")
    for words in (
        "GitHub of default",
        "silent for an hour",
        "last event 60 minutes ago",
        "1,200 events",
        "3, 2 not proven",
        "90 seconds",
        "your feeds can show 10 of 55 known incidents",
        "What else can be connected",
        "http://127.0.0.1:8600/hooks/joblog",
    ):
        assert words in document.text, words
    assert "http://127.0.0.1:8600/hooks/github" not in document.text
    drawings = [one.attributes["aria-label"] for one in document.all("svg", role="img")]
    assert "GitHub of default: 1,200 events in 24 hours" in drawings


def test_nothing_received_says_what_to_do(client: TestClient) -> None:
    """A process that knows no guides still names a first step."""
    text = show(client, "/sources").text
    assert "Nothing was received yet" in text
    assert "http://127.0.0.1:8600/hooks/event" in text


def test_deliveries_are_listed_and_filtered(connected: TestClient) -> None:
    """Each leads to its own page; a filter keeps what was asked."""
    document = show(connected, "/deliveries?source=github.webhook")
    assert len(document.all("tr")) == 4
    assert "/deliveries/1?organisation=default" in {one.attributes["href"] for one in document.all("a")}
    assert len(show(connected, "/deliveries?outcome=accepted").all("tr")) == 2
    assert "No request like that" in show(connected, "/deliveries?source=joblog").text
    assert connected.get("/deliveries?outcome=odd").status_code == 422


def test_a_delivery_shows_what_was_kept(connected: TestClient) -> None:
    """Its reason, headers and masked body; where that was not kept, how to have it kept."""
    text = show(connected, "/deliveries/1").text
    assert "The header does not match" in text
    assert "Nobody proved who sent it" in text
    assert "UNWONTED_DELIVERIES_BODIES=all" in show(connected, "/deliveries/2").text
    assert "This is its beginning" in show(connected, "/deliveries/3").text
    assert connected.get("/deliveries/4").status_code == 404


@pytest.mark.parametrize("address", ["/sources", "/deliveries", "/deliveries/1"])
def test_what_strangers_sent_is_text(connected: TestClient, address: str) -> None:
    """Nothing of it is markup, and nothing turns what follows it."""
    answer = connected.get(address)
    assert "<script>alert" not in answer.text
    assert "\u202e" not in answer.text


def test_a_delivery_is_read_again(connected: TestClient, ports: Ports) -> None:
    """The page says what it came to."""
    document = parse(connected.post("/deliveries/1/replay").text)
    assert "Read again: 2 events entered the stream; 1 event had been accepted before." in document.text
    assert ports.asked == [("default", "1")]
    assert connected.get("/deliveries/1/replay").headers["location"].startswith("/deliveries/1")


def test_only_who_governs_reads_again(connected: TestClient, database: Database, ports: Ports) -> None:
    """A reader sees no button, and its request is refused; so is one from another site."""
    assert _buttons(show(connected, "/deliveries/1")) == ["Read it again"]
    assert _buttons(show(connected, "/deliveries/3")) == []
    assert connected.post("/deliveries/1/replay", headers={"Origin": "https://evil.example"}).status_code == 403
    with database.transaction() as connection:
        _, secret = tokens.create(connection, name="r", scopes=[Scope.TRIAGE], organisation="default", at=NOW)
    connected.cookies.set(COOKIE, secret)
    assert _buttons(show(connected, "/deliveries/1")) == []
    assert connected.post("/deliveries/1/replay").status_code == 403
    assert ports.asked == []


def test_coverage_says_what_is_seen_and_what_would_be(connected: TestClient) -> None:
    """Every known incident, which of them are seen, what the next feed adds, and what no feed shows."""
    document = show(connected, "/coverage")
    assert "Your feeds can show 10 of 55 known incidents" in document.text
    assert "It would add 8" in document.text
    assert len(document.all("tr")) == 56
    assert "no feed shows it" in document.text
    assert [one.attributes["id"] for one in document.all("tr") if "id" in one.attributes][:2] == ["A01", "A02"]


def _buttons(document: Document) -> list[str]:
    return [one.text for one in document.all("button") if one.text == "Read it again"]


@pytest.mark.parametrize("address", [f"/deliveries/{10**30}", "/deliveries/-1", "/deliveries/x", "/deliveries?after=x"])
def test_addresses_that_lead_nowhere_are_explained(connected: TestClient, address: str) -> None:
    """A number that no store can hold is no fault of ours."""
    assert connected.get(address).status_code in {400, 422}
