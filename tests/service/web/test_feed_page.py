"""The feed's page: ranked, explained in a row, filtered, paged."""

from __future__ import annotations

from fastapi.testclient import TestClient
from msgspec.structs import replace

from service.feed import Feed
from service.incident import Status
from service.store.database import Database
from tests.service.feed.seeding import REASON, finding, incident_of, learn, seed, store
from tests.service.web.conftest import client_of
from tests.service.web.document import Document, parse


def page(client: TestClient, address: str = "/") -> Document:
    """Return a page that answers well."""
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return parse(answer.text)


def rows(document: Document) -> list[str]:
    """Return the ids of the incidents listed, in order."""
    return [row.attributes["data-id"] for row in document.all("li", class_="row")]


def test_riskiest_is_first(client: TestClient, ids: list[str]) -> None:
    """Incidents stand in the order of their risk."""
    assert rows(page(client)) == ids[::-1]


def test_budget_is_on_top(client: TestClient, ids: list[str]) -> None:
    """The budget of a day stands apart, and says of how many it is the best."""
    document = page(client)
    assert len(ids) == 8
    assert "the 5 riskiest of 8 open incidents" in document.text
    assert "Everything else that is open 3 incidents" in document.text


def test_row_says_risk_in_words(client: TestClient, ids: list[str]) -> None:
    """A risk is a number, a word and how often its like is seen: never a colour alone."""
    meters = page(client).all("div", class_="risk")
    assert len(meters) == len(ids)
    assert all({"severe", "high", "medium", "low"} & set(meter.text.split()) for meter in meters)
    assert all("about" in meter.text or "once a day" in meter.text for meter in meters)


def test_row_says_who_where_when_and_why(client: TestClient, ids: list[str]) -> None:
    """A row names actor, entity, time, reason and kind of evidence."""
    row = page(client).one("li", id=f"row-{ids[-1]}").text
    assert all(
        word in row for word in ("user1", "acme/pay", "minutes ago", "first workflow by mona", "who did it", "1 event")
    )


def test_row_tells_reasons_of_different_kinds(database: Database, client: TestClient) -> None:
    """The two reasons of a row are the strongest of two families."""
    made = finding("many")
    incident = incident_of("inc_kinds", [made], score=30.0)
    told = [("identity", "first"), ("identity", "second"), ("network", "third"), ("time", "fourth")]
    incident.reasons = [replace(REASON, family=family, text=text) for family, text in told]
    store(database, [made], [incident], position=100)
    because = page(client).one("ul", class_="because").text
    assert because.split() == ["first", "third"]


def test_times_are_machine_readable(client: TestClient, ids: list[str]) -> None:
    """Each time has its moment in UTC beside the words."""
    times = page(client).all("time")
    assert len(times) >= len(ids)
    assert all(time.attributes["datetime"].endswith("Z") for time in times)


def test_closed_ones_are_left_out(client: TestClient, feed: Feed, ids: list[str]) -> None:
    """What was closed is not listed until it is asked for."""
    feed.triage("default", ids[0], status=Status.RESOLVED, by="ann")
    assert ids[0] not in rows(page(client))
    assert rows(page(client, "/?status=resolved")) == [ids[0]]
    assert len(rows(page(client, "/?status=all"))) == 8


def test_filters_narrow(client: TestClient, ids: list[str]) -> None:
    """Text, actor, source and risk each leave out what does not match."""
    assert set(rows(page(client, "/?actor=user:user0"))) == {ids[0], ids[3], ids[6]}
    assert rows(page(client, "/?text=USER0")) == rows(page(client, "/?actor=user:user0"))
    assert rows(page(client, "/?source=nobody")) == []
    assert len(rows(page(client, "/?minimum_risk=90"))) < 8


def test_filters_stay_in_the_form(client: TestClient, ids: list[str]) -> None:
    """What was asked for stands in the form again."""
    document = page(client, "/?text=pay&status=new&actor=user:user0")
    assert document.one("input", id="text").attributes["value"] == "pay"
    assert document.one("input", id="actor").attributes["value"] == "user:user0"
    assert [option.text for option in document.all("option", value="new") if "selected" in option.attributes]
    assert rows(document) == [ids[6], ids[3], ids[0]]


def test_nonsense_filters_say_nothing(client: TestClient, ids: list[str]) -> None:
    """An address that says nonsense shows the feed as it opens."""
    assert rows(page(client, "/?status=maybe&since=x&minimum_risk=lots&sort=odd")) == ids[::-1]


def test_pages_follow_each_other(database: Database, client: TestClient) -> None:
    """A long list comes in pages that together hold every incident once."""
    learn(database, [1.0, 2.0])
    made = seed(database, 100)
    seen, address = [], "/"
    while address:
        document = page(client, address)
        seen += rows(document)
        address = next((link.attributes["href"] for link in document.all("a", rel="next")), "")
    assert seen == made[::-1]


def test_foreign_cursor_is_explained(client: TestClient) -> None:
    """A cursor that no page gave is refused in words."""
    answer = client.get("/?after=nonsense")
    assert answer.status_code == 400
    assert "start again without one" in parse(answer.text).text


def test_nothing_matches_is_said(client: TestClient, ids: list[str]) -> None:
    """An empty result says so, and how to get out of it."""
    assert ids
    assert "Nothing matches these filters" in page(client, "/?text=zzz").text


def test_newcomer_is_told_what_to_do(client: TestClient) -> None:
    """Before the first event the page names the webhook to paste, and what else to do."""
    text = page(client).text
    assert "Nothing has arrived yet" in text
    assert "http://127.0.0.1:8600/hooks/github" in text
    assert "unwonted scan" in text


def test_quiet_organisation_is_told_so(database: Database, client: TestClient) -> None:
    """An organisation with events and no incident is told what was read."""
    learn(database, [])
    assert "Nothing stood out among 1,000 events" in page(client).text


def test_invented_organisations_are_labelled(database: Database, client: TestClient) -> None:
    """The demonstration says that it is simulated, and a drill that it is one; a real organisation has no label."""
    for name in ("default", "simulated", "default~drill-1"):
        learn(database, [1.0], name)
    assert "SIMULATED" in page(client, "/?organisation=simulated").text
    assert "DRILL" in page(client, "/?organisation=default~drill-1").text
    assert "SIMULATED" not in page(client, "/?organisation=default").text


def test_organisations_can_be_switched(database: Database, client: TestClient) -> None:
    """Where there is more than one, all can be chosen, and the chosen one stays in every link."""
    learn(database, [1.0], "acme")
    assert not page(client).all("select", id="organisation")
    learn(database, [1.0], "other")
    document = page(client, "/?organisation=other")
    assert {"acme", "other"} <= {option.attributes["value"] for option in document.all("option")}
    assert all(
        "organisation=other" in link.attributes["href"] for link in document.all("a") if "?" in link.attributes["href"]
    )


def test_only_organisation_is_shown_unasked(database: Database, client: TestClient) -> None:
    """Where nothing is under the default name, the page opens with the organisation that has events."""
    learn(database, [1.0], "acme")
    made = seed(database, 1, organisation="acme")
    assert rows(page(client)) == made


def test_budget_is_a_setting(database: Database, feed: Feed, ids: list[str]) -> None:
    """The number on top is the budget that the page was given."""
    with client_of(database, feed, budget=2) as client:
        assert len(ids) - 2 == 6
        assert "Everything else that is open 6 incidents" in page(client).text
