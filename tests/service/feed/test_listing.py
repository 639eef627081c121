"""The feed lists incidents in order, ranked among all, filtered, and page by page while others arrive."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.stream.entry import Verdict
from service.feed import BadCursorError, Feed, Filter, Sort
from service.incident import Incident, Status
from service.shapes import IncidentShape
from service.store.database import Database
from service.words import moment
from tests.service.feed.seeding import finding, incident_of, learn, seed, store
from tests.service.stand_ins import START

ALIKE = st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["mona", "otto"]), st.booleans())
"""Score, minute, actor and whether it was taken up: few values, so that many are equal."""


def every(feed: Feed, wanted: Filter, limit: int) -> list[IncidentShape]:
    """Return all pages of a list."""
    page = feed.incidents("default", wanted, limit=limit)
    found = page.items
    while page.next_cursor:
        page = feed.incidents("default", wanted, after=page.next_cursor, limit=limit)
        found += page.items
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(made=st.lists(ALIKE, max_size=25), limit=st.integers(1, 7), sort=st.sampled_from(Sort), data=st.data())
def test_pages_hold_what_is_asked_for_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    made: list[tuple[int, int, str, bool]],
    limit: int,
    sort: Sort,
    data: st.DataObject,
) -> None:
    """Whatever the filter, the order and the size of pages: they hold what a walk over all incidents finds."""
    statuses = data.draw(st.frozensets(st.sampled_from([Status.NEW, Status.IN_PROGRESS])))
    actor = data.draw(st.sampled_from(["", "user:mona", "user:nobody"]))
    since = data.draw(st.sampled_from([None, moment(START + 120.0)]))
    with closing(Database.embedded(tmp_path_factory.mktemp("store") / "store.sqlite")) as database:
        feed, incidents = Feed(database), alike(database, made)
        wanted = Filter(statuses=statuses, actor=actor, since=since, sort=sort)
        found = every(feed, wanted, limit)
        total = feed.incidents("default", wanted).total
    ranked = sorted(incidents, key=lambda one: (-one.score, one.first_at, one.id))
    kept = [
        one
        for one in (ranked if sort is Sort.RISK else sorted(incidents, key=lambda one: (-one.first_at, one.id)))
        if (not statuses or one.status in statuses)
        and (not actor or actor in one.actors)
        and (since is None or one.last_at >= since.timestamp())
    ]
    assert [one.id for one in found] == [one.id for one in kept]
    assert [one.rank for one in found] == [ranked.index(one) + 1 for one in kept]
    assert total == len(kept)


def alike(database: Database, made: list[tuple[int, int, str, bool]]) -> list[Incident]:
    """Store incidents, some of which somebody took up, and return them as they stand."""
    feed, found = Feed(database), []
    for n, (score, minute, actor, is_taken) in enumerate(made):
        item = finding(f"e{n}", at=START + minute * 60.0, actor=actor)
        incident = incident_of(f"inc_{n:02}", [item], score=float(score))
        store(database, [item], [incident], position=n + 1)
        if is_taken:
            feed.triage("default", incident.id, status=Status.IN_PROGRESS, by="ada")
            incident.status = Status.IN_PROGRESS
        found.append(incident)
    return found


def test_new_incidents_move_no_page(feed: Feed, database: Database) -> None:
    """Who pages while incidents arrive meets each that was there once, and none twice."""
    there = seed(database, 20)
    first = feed.incidents("default", limit=8)
    seed(database, 40, position=20)
    seen, cursor = [one.id for one in first.items], first.next_cursor
    while cursor:
        page = feed.incidents("default", after=cursor, limit=8)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
    assert len(seen) == len(set(seen))
    assert [name for name in seen if name in there] == there[::-1]


def test_cursor_of_another_order_is_refused(feed: Feed, database: Database) -> None:
    """A cursor says where it stands in its own order only."""
    seed(database, 3)
    cursor = feed.incidents("default", limit=1).next_cursor
    with pytest.raises(BadCursorError, match="keep filters and sort"):
        feed.incidents("default", Filter(sort=Sort.NEWEST), after=cursor)


def test_organisations_are_apart(feed: Feed, database: Database) -> None:
    """Nobody sees, or is ranked among, another organisation's incidents."""
    seed(database, 2)
    seed(database, 3, organisation="umbrella")
    assert [(one.organisation, one.rank) for one in feed.incidents("default").items] == [("default", 1), ("default", 2)]


def test_status_is_the_analysts_where_one_decided(feed: Feed, database: Database) -> None:
    """Triage covers what the worker says, also when the worker stores the incident again."""
    seed(database, 2)
    feed.triage("default", "inc_default-0-0", status=Status.RESOLVED, by="ada")
    seed(database, 2)
    assert {one.id: one.status for one in feed.incidents("default").items} == {
        "inc_default-0-0": Status.RESOLVED,
        "inc_default-0-1": Status.NEW,
    }


def test_filters_by_source_entity_and_time(feed: Feed, database: Database) -> None:
    """Each filter excludes what it does not name."""
    items = [
        finding("a", source="github.audit", entity="acme/pay"),
        finding("b", source="gitlab.audit", entity="acme/pay", at=START + 86_400.0),
        finding("c", source="gitlab.audit", entity="acme/web"),
    ]
    store(database, items, [incident_of(item.event.id, [item], score=5.0) for item in items], position=1)
    day = moment(START) + timedelta(hours=12)
    found = {
        name: [one.id for one in feed.incidents("default", wanted).items]
        for name, wanted in {
            "source": Filter(source="gitlab.audit"),
            "entity": Filter(entity="repo:acme/pay"),
            "since": Filter(since=day),
            "until": Filter(until=day),
        }.items()
    }
    assert found == {"source": ["c", "b"], "entity": ["a", "b"], "since": ["b"], "until": ["a", "c"]}


@pytest.mark.parametrize(
    ("text", "is_found"), [("MONA", True), ("acme/PAY", True), ("audit", True), ("%", False), ("m_na", False)]
)
def test_text_is_found_as_it_is_written(feed: Feed, database: Database, text: str, *, is_found: bool) -> None:
    """Upper and lower case are alike, and no character stands for others."""
    item = finding("a")
    store(database, [item], [incident_of("inc", [item], score=5.0)], position=1)
    assert bool(feed.incidents("default", Filter(text=text)).items) == is_found


def test_minimum_risk_excludes_the_common(feed: Feed, database: Database) -> None:
    """Exactly the incidents whose shown risk is high enough are listed."""
    seed(database, 30)
    learn(database, [float(n) for n in range(1, 31)], days=60.0)
    shown = feed.incidents("default").items
    assert len({one.risk for one in shown}) > 10
    for least in (10.0, 40.0, 60.0):
        kept = feed.incidents("default", Filter(minimum_risk=least)).items
        assert [one.id for one in kept] == [one.id for one in shown if one.risk >= least]


def test_risk_is_rated_when_read(feed: Feed, database: Database) -> None:
    """The same incident is less rare once many like it were seen."""
    seed(database, 1)
    before = feed.incidents("default").items[0].risk
    learn(database, [1.0] * 50)
    between = feed.incidents("default").items[0].risk
    learn(database, [0.5] * 2)
    assert between < feed.incidents("default").items[0].risk
    assert before == 1.0


def test_incident_is_whole(feed: Feed, database: Database) -> None:
    """One incident comes with its events in order of time, each with why, links, and the version that scored it."""
    items = [finding("late", at=START + 60.0), finding("early", score=12.0)]
    store(database, items, [incident_of("inc", items, score=7.0)], position=2)
    found = feed.incident("default", "inc")
    assert found is not None
    assert [(event.id, event.model_version, event.links["repo"]) for event in found.events] == [
        ("early", "own", "acme/pay"),
        ("late", "own", "acme/pay"),
    ]
    assert found.events[0].reasons[0].text == "first workflow by mona"
    assert (found.rank, found.event_count, found.version) == (1, 2, 0)


def test_incident_of_another_organisation_is_none(feed: Feed, database: Database) -> None:
    """An id alone opens nothing."""
    seed(database, 1)
    assert feed.incident("umbrella", "inc_default-0-0") is None


def test_incident_outlives_its_events(feed: Feed, database: Database) -> None:
    """Where the scored events were removed, the incident still lists what happened."""
    item = finding("gone")
    store(database, [], [incident_of("inc", [item], score=7.0)], position=1)
    found = feed.incident("default", "inc")
    assert found is not None
    assert [(event.id, event.source, event.links) for event in found.events] == [("gone", "github.audit", {})]


def test_events_of_an_incident_are_paged(feed: Feed, database: Database) -> None:
    """Page by page all events come in order of time."""
    items = [finding(f"e{n}", at=START + n % 3) for n in range(7)]
    store(database, items, [incident_of("inc", items, score=7.0)], position=7)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = feed.incident_events("default", "inc", after=cursor, limit=2)
        seen += [event.id for event in page.items]
        cursor = page.next_cursor
    assert seen == ["e0", "e3", "e6", "e1", "e4", "e2", "e5"]


def test_verdict_shows_in_the_list(feed: Feed, database: Database) -> None:
    """A list tells who has it and what was said."""
    [name] = seed(database, 1)
    feed.triage("default", name, assignee="ada", by="ada")
    feed.verdict("default", name, Verdict.BENIGN, by="ada")
    [shown] = feed.incidents("default").items
    assert (shown.assignee, shown.verdict, shown.status) == ("ada", Verdict.BENIGN, Status.RESOLVED)


def test_unknown_organisation_has_an_empty_feed(tmp_path: Path) -> None:
    """Where nothing was ever seen, nothing is listed and nothing is wrong."""
    with closing(Database.embedded(tmp_path / "store.sqlite")) as database:
        page = Feed(database).incidents("nobody")
    assert (page.items, page.next_cursor, page.total) == ([], None, 0)


def test_total_follows_every_change(feed: Feed, database: Database) -> None:
    """A total is right after the worker's changes and after people's, however often it was asked for."""
    waits = Filter(statuses=frozenset({Status.NEW}))
    seen = []
    names = seed(database, 3)
    seen.append(feed.incidents("default", waits).total)
    feed.triage("default", names[0], status=Status.RESOLVED, by="ada")
    seen += [feed.incidents("default", waits).total for _ in range(2)]
    seed(database, 2, position=3)
    seen.append(feed.incidents("default", waits).total)
    assert seen == [3, 2, 2, 4]
