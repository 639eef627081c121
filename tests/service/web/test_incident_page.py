"""An incident's page: reasons as bars, evidence, timeline, forms."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from msgspec.structs import replace

from collector.stream.entry import Verdict
from models.finding import Reason
from service.feed import Feed
from service.store.database import Database
from tests.service.feed.seeding import REASON, finding, incident_of, store
from tests.service.stand_ins import START
from tests.service.web.document import Document, parse


@pytest.fixture
def document(client: TestClient, ids: list[str]) -> Document:
    """Return the page of the riskiest incident."""
    return show(client, ids[-1])


def show(client: TestClient, identity: str, rest: str = "") -> Document:
    """Return an incident's page."""
    answer = client.get(f"/incidents/{identity}{rest}")
    assert answer.status_code == 200
    return parse(answer.text)


def test_reason_is_a_bar(document: Document) -> None:
    """A reason shows its bits as a bar, what was seen, what is usual, and against what it is held."""
    why = document.one("ol", class_="whys").text
    assert all(word in why for word in ("first workflow by mona", "release.yml", "ci.yml", "9.0 bits", "1 in 510"))
    assert "40 earlier observations" in why
    bar = next(one for one in document.all("rect", class_="fill") if "ol" in one.inside)
    assert bar.attributes["width"] == "56"


def test_alike_reasons_share_a_bar(database: Database, client: TestClient, ids: list[str]) -> None:
    """Of reasons of one feature the strongest has the bar; the others stand below it."""
    assert ids
    made = finding("many")
    incident = incident_of("inc_alike", [made], score=30.0)
    incident.reasons = [replace(REASON, value=f"w{n}.yml", text=f"w{n}.yml is new", weight=9.0 - n) for n in range(4)]
    store(database, [made], [incident], position=100)
    document = show(client, "inc_alike")
    assert len([one for one in document.all("li") if one.inside[-1] == "ol" and "compared with" in one.text]) == 1
    assert all(
        word in document.one("details", class_="likewise").text for word in ("3 more like it", "w3.yml", "6.0 bits")
    )


def test_risk_is_explained(document: Document) -> None:
    """The page says what the risk means."""
    assert "This organisation sees an incident at least as strange" in document.text


def test_evidence_lists_events(document: Document) -> None:
    """Each event has its time, actor, action, entity, score and reference, and its facts to unfold."""
    table = document.one("table", class_="evidence")
    assert all(word in table.text for word in ("user1", "push", "acme/pay", "9.0", "ref-default-0-7"))
    assert [one for one in document.all("details") if "table" in one.inside]


def test_timeline_has_a_mark_for_each_event(database: Database, client: TestClient, ids: list[str]) -> None:
    """Events stand on the strip of who did them, in words for those who do not see it."""
    assert ids
    made = [finding(f"m{n}", at=START + n * 60.0, actor=f"actor{n % 2}") for n in range(6)]
    store(database, made, [incident_of("inc_many", made, score=30.0)], position=100)
    document = show(client, "inc_many")
    strips = [one for one in document.all("svg", role="img") if "6 event" in one.attributes["aria-label"]]
    strips += [one for one in document.all("svg", role="img") if "3 events" in one.attributes["aria-label"]]
    assert len(strips) == 2
    assert len([one for one in document.all("title") if "svg" in one.inside and "bits" in one.text]) == 6


def test_long_incident_comes_in_pages(database: Database, client: TestClient, ids: list[str]) -> None:
    """Of many events the strangest are shown, and all can be walked through in order."""
    assert ids
    made = [finding(f"m{n:03}", at=START + n, score=1.0 + n % 7) for n in range(250)]
    store(database, made, [incident_of("inc_long", made, score=30.0)], position=100)
    document = show(client, "inc_long")
    assert "the 20 strangest of 250 events" in document.text
    seen: list[str] = []
    address = document.one("a", rel="next").attributes["href"]
    while address:
        document = parse(client.get(address).text)
        seen += [cell.text for cell in document.all("td", data_name="Reference") if "ref-" in cell.text]
        address = next((one.attributes["href"] for one in document.all("a", rel="next")), "")
    assert len(seen) == 250


def test_names_lead_to_their_pages(document: Document) -> None:
    """Actors and entities are links to what is known of them."""
    links = {link.attributes["href"] for link in document.all("a", class_="name")}
    assert "/entities?type=user&name=user1&organisation=default" in links
    assert "/entities?type=repo&name=acme%2Fpay&organisation=default" in links


def test_every_verdict_says_what_it_teaches(document: Document) -> None:
    """The form offers every verdict, each with a line on what the system learns from it."""
    values = {one.attributes["value"] for one in document.all("input", type="radio")}
    assert values == {verdict.value for verdict in Verdict}
    assert all(len(one.text.split()) > 5 for one in document.all("label", class_="choice"))


def test_fields_have_labels(document: Document) -> None:
    """Every field that is seen has a label."""
    named = {one.attributes.get("for") for one in document.all("label")}
    fields = [one for tag in ("input", "select", "textarea") for one in document.all(tag)]
    loose = [one for one in fields if one.attributes.get("type") != "hidden" and "label" not in one.inside]
    assert [one for one in loose if one.attributes.get("id") not in named] == []


def test_comments_and_acts_are_shown(client: TestClient, feed: Feed, ids: list[str]) -> None:
    """What people wrote and did is told with who and when, lines kept."""
    feed.comment("default", ids[0], "first line\nsecond line", by="ann")
    document = show(client, ids[0])
    assert document.one("p", class_="written").text.strip() == "first line\nsecond line"
    assert "ann commented" in " ".join(document.one("details", class_="history").text.split())


def test_unknown_incident_is_explained(client: TestClient) -> None:
    """An address of no incident says so."""
    answer = client.get("/incidents/inc_none")
    assert answer.status_code == 404
    assert "There is no incident inc_none" in parse(answer.text).text


def test_growth_is_told(client: TestClient, feed: Feed, ids: list[str]) -> None:
    """A reader is told what changed since, and nothing when nothing did."""
    assert client.get(f"/incidents/{ids[0]}/changed?seen=1.0.0").status_code == 204
    feed.comment("default", ids[0], "look", by="ann")
    answer = client.get(f"/incidents/{ids[0]}/changed?seen=0.0.0")
    assert "1 new event, 1 new comment" in answer.text
    assert client.get(f"/incidents/{ids[0]}/changed?seen=nonsense").status_code == 204


def test_a_rule_is_held_against_nothing(database: Database, client: TestClient, ids: list[str]) -> None:
    """A signal's sentence says all: there is no usual value beside it."""
    assert ids
    made = finding("silent")
    incident = incident_of("inc_silent", [made], score=30.0)
    incident.reasons = [Reason("source_silent", "coverage", "silent for 9 hours", "silent for 9 hours", "", 8.0, 0.0)]
    store(database, [made], [incident], position=100)
    why = show(client, "inc_silent").one("ol", class_="whys").text
    assert "silent for 9 hours" in why
    assert "what can be seen at all" in why
    assert "compared with" not in why
