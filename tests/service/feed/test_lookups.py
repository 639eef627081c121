"""Events, entities and organisations are looked up; listeners hear of every change once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from service.feed import BadCursorError, EventFilter, Feed
from service.feed.totals import Marker
from service.incident import Status
from service.store.database import Database
from service.words import moment
from tests.service.feed.seeding import finding, incident_of, learn, seed, store
from tests.service.stand_ins import DAY, START


def test_events_come_last_scored_first(feed: Feed, database: Database) -> None:
    """Page by page, each event once, with the incident it stands in."""
    items = [finding(f"e{n}", is_finding=n % 2 == 0) for n in range(5)]
    store(database, items, [incident_of("inc", items[:1], score=5.0)], position=5)
    first = feed.events("default", limit=3)
    rest = feed.events("default", after=first.next_cursor, limit=3)
    assert [(one.id, one.incident) for one in [*first.items, *rest.items]] == [
        ("e4", None),
        ("e3", None),
        ("e2", None),
        ("e1", None),
        ("e0", "inc"),
    ]
    assert rest.next_cursor is None


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (EventFilter(actor="user:otto"), ["b"]),
        (EventFilter(entity="repo:acme/web"), ["c"]),
        (EventFilter(source="gitlab.audit"), ["b"]),
        (EventFilter(kind="run"), []),
        (EventFilter(action="push", minimum_score=10.0), ["c"]),
        (EventFilter(findings_only=True), ["c", "b"]),
        (EventFilter(since=moment(START) + timedelta(hours=1)), ["b"]),
        (EventFilter(until=moment(START) + timedelta(hours=1)), ["c", "a"]),
    ],
)
def test_events_are_filtered(feed: Feed, database: Database, wanted: EventFilter, ids: list[str]) -> None:
    """Each filter excludes what it does not name."""
    items = [
        finding("a", is_finding=False),
        finding("b", actor="otto", source="gitlab.audit", at=START + DAY),
        finding("c", entity="acme/web", score=11.0),
        finding("elsewhere", organisation="umbrella"),
    ]
    store(database, items, [], position=4)
    assert [one.id for one in feed.events("default", wanted).items] == ids


def test_cursor_of_incidents_pages_no_events(feed: Feed, database: Database) -> None:
    """A cursor is good for its own list."""
    seed(database, 3)
    with pytest.raises(BadCursorError):
        feed.events("default", after=feed.incidents("default", limit=1).next_cursor)


def test_actor_has_habits(feed: Feed, database: Database) -> None:
    """An actor is shown with what it did, when, to what, and what stood out."""
    items = [finding(f"e{n}", at=START + n * DAY, entity=f"acme/{n % 2}", score=float(n)) for n in range(3)]
    store(database, [*items, finding("other", actor="otto")], [incident_of("inc", items[:1], score=5.0)], position=4)
    found = feed.entity("default", "user", "mona")
    assert found is not None
    assert (found.events, found.first_at, found.last_at) == (3, moment(START), moment(START + 2 * DAY))
    assert (found.actions, found.peers) == ({"push": 3}, {"repo:acme/0": 2, "repo:acme/1": 1})
    assert (found.hours[0], sum(found.hours), found.days[-3:], len(found.days)) == (3, 3, [1, 1, 1], 30)
    assert [one.id for one in found.incidents] == ["inc"]
    assert [one.id for one in found.strangest] == ["e2", "e1", "e0"]


def test_entity_meets_actors(feed: Feed, database: Database) -> None:
    """A repository is shown with who touches it."""
    store(database, [finding("a"), finding("b", actor="otto"), finding("c")], [], position=3)
    found = feed.entity("default", "repo", "acme/pay")
    assert found is not None
    assert found.peers == {"user:mona": 2, "user:otto": 1}


def test_unknown_entity_is_none(feed: Feed, database: Database) -> None:
    """What nothing names is not there, in this organisation."""
    store(database, [finding("a")], [], position=1)
    assert feed.entity("default", "user", "nobody") is None
    assert feed.entity("umbrella", "user", "mona") is None


def test_organisations_are_counted(feed: Feed, database: Database) -> None:
    """Each organisation tells how much it has, and what waits; a scratch copy says that it was invented."""
    for organisation in ("acme", "acme~drill"):
        learn(database, [], organisation)
    names = seed(database, 3, organisation="acme")
    feed.triage("acme", names[0], status=Status.RESOLVED, by="ada")
    one, scratch = feed.organisations()
    assert (one.name, one.events, one.incidents, one.open_incidents, one.is_simulated) == ("acme", 1_000, 3, 2, False)
    assert (one.first_at, one.summary["version"]) == (moment(START), "stub")
    assert (scratch.incidents, scratch.is_simulated) == (0, True)


def test_revision_grows_with_every_change(feed: Feed, database: Database) -> None:
    """What the worker stores and what people do both raise it; another organisation's changes do not."""
    seen = [feed.revision("default")]
    [name] = seed(database, 1)
    seen.append(feed.revision("default"))
    feed.triage("default", name, assignee="ada", by="ada")
    seen.append(feed.revision("default"))
    feed.comment("default", name, "hm", by="ada")
    seen.append(feed.revision("default"))
    assert seen == sorted(set(seen))
    seed(database, 1, organisation="umbrella")
    assert feed.revision("default") == seen[-1]


def test_listener_hears_each_change_once(feed: Feed, database: Database) -> None:
    """From a marker on: what changed, as it is now, and a marker from which nothing is heard again."""
    seed(database, 2)
    heard = feed.marker("default")
    seed(database, 1, position=2)
    feed.triage("default", "inc_default-0-0", status=Status.RESOLVED, by="ada")
    marker, changed = feed.changes("default", heard)
    assert [(one.id, one.status) for one in changed] == [
        ("inc_default-2-0", Status.NEW),
        ("inc_default-0-0", Status.RESOLVED),
    ]
    assert feed.changes("default", marker) == (marker, [])


def test_listener_catches_up_in_turns(feed: Feed, database: Database) -> None:
    """However few are told at once, incidents that changed together are not lost between two turns."""
    seed(database, 7)
    seed(database, 3, position=7)
    heard, told = Marker(0, 0), list[str]()
    while True:
        marker, changed = feed.changes("default", heard, most=2)
        if marker == heard:
            break
        heard, told = marker, [*told, *(one.id for one in changed)]
    assert len(told) == len(set(told)) == 10
