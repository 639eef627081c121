"""How sources are, as it is told: when something came last, what was wrong, how often something comes."""

from __future__ import annotations

import pytest

from service.feed import Feed
from service.store import deliveries, pollers, sources
from service.store.database import Database
from service.store.deliveries import Kept
from service.store.errors import NotFoundError
from service.store.pollers import PollerState
from service.store.sources import Hour, State, Told
from service.watch.slots import HOUR_S, hour_of
from tests.service.watch.weeks import DAY, MONDAY, by_hour, every, up

NOW = MONDAY + 28 * DAY + 30 * 60.0
KEY = ("default", "github.webhook")


def know(database: Database, state: State | None = None, hours: dict[int, Hour] | None = None) -> None:
    """Store what a source delivered."""
    with database.transaction() as connection:
        sources.put_states(connection, {KEY: state or State(door="receiver", first_at=MONDAY, last_at=NOW)})
        sources.add_hours(connection, {(KEY, hour): found for hour, found in (hours or {}).items()})


def feed(database: Database) -> Feed:
    """Return what is told, at a time."""
    return Feed(database, now=lambda: NOW)


def test_a_live_source_tells_its_day(database: Database) -> None:
    """Sums of the last 24 hours, and a series by the hour and by the day that ends now."""
    hours = {
        hour_of(NOW): Hour(events=5, accepted=4, refused=2, unproven=1, lags=1, lag_s=10.0),
        hour_of(NOW) - 23: Hour(events=7, lags=3, lag_s=2.0),
        hour_of(NOW) - 24: Hour(events=100),
    }
    know(database, hours=hours)
    (told,) = feed(database).sources.all("default")
    assert (told.state, told.events, told.accepted, told.refused, told.unproven) == ("live", 12, 4, 2, 1)
    assert (told.per_hour[0], told.per_hour[-1], len(told.per_hour)) == (7, 5, 24)
    assert (told.per_day[-2:], len(told.per_day)) == ((100, 12), 14)
    assert told.lag_s == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("state", "told", "expected"),
    [
        (State(), None, "waiting"),
        (State(last_at=NOW - 3 * DAY), None, "quiet"),
        (State(last_at=NOW - 3 * DAY), Told("silent", NOW - 3 * DAY, NOW, 0.0, "silent for 3 days"), "silent"),
        (State(last_at=NOW), Told("silent", NOW - 3 * DAY, NOW, NOW, "delivers again"), "live"),
    ],
)
def test_a_source_is_what_the_watch_says(database: Database, state: State, told: Told | None, expected: str) -> None:
    """Quiet is usual, silent is not."""
    know(database, state)
    if told:
        with database.transaction() as connection:
            sources.tell(connection, [(KEY, told)])
    (shape,) = feed(database).sources.all("default")
    assert shape.state == expected
    assert [one.text for one in shape.findings] == ([told.text] if told else [])


def test_how_often_something_usually_comes_is_told(database: Database) -> None:
    """At this hour of the week, once it is known."""
    active = by_hour(every(600.0, NOW))
    know(database, hours={hour: Hour(slots=bits, events=1) for hour, bits in active.items()})
    with database.transaction() as connection:
        sources.add_uptime(connection, {("receiver", hour): bits for hour, bits in up(MONDAY, NOW).items()})
    (told,) = feed(database).sources.all("default")
    assert told.usual_every_s == pytest.approx(600.0, rel=0.05)


def test_a_source_that_is_fetched_is_told_with_its_poller(database: Database) -> None:
    """Before it delivered anything, too; and how far it is behind."""
    poller = PollerState("github.audit/acme", "default", "github.audit", NOW, reached_at=NOW - HOUR_S, delivered=7)
    with database.transaction() as connection:
        pollers.put(connection, poller)
        pollers.put(connection, poller._replace(name="github.audit/other", organisation="other"))
        sources.tell(connection, [(("default", poller.name), Told("failing", 1.0, NOW, 0.0, "401"))])
    (told,) = feed(database).sources.all("default")
    assert (told.name, told.state) == ("github.audit", "failing")
    assert [(one.name, one.lag_s, one.delivered) for one in told.pollers] == [("github.audit/acme", HOUR_S, 7)]


def test_coverage_counts_what_delivered_within_a_week(database: Database) -> None:
    """A feed that delivered last eight days ago shows nothing any more."""
    know(database)
    with database.transaction() as connection:
        sources.put_states(connection, {("default", "joblog"): State(last_at=NOW - 8 * DAY)})
    coverage = feed(database).sources.coverage("default")
    live = {one.id: one.is_live for one in coverage.feeds}
    assert live["webhooks"]
    assert not live["joblogs"]
    assert "A04" in next(one.adds for one in coverage.feeds if one.id == "joblogs")
    states = {one.id: one.state for one in coverage.incidents}
    assert (states["A34"], states["A35"], states["A04"], states["A01"]) == ("shown", "partly", "unseen", "beyond")


def test_deliveries_are_paged_and_shown_one_by_one(database: Database) -> None:
    """A list holds no bodies; what another organisation was sent is not there."""
    kept = Kept(
        organisation="default", source="github.webhook", sender="github", received_at=NOW, status=401,
        reason="signature", detail="does not match", size=2, events=0, ids=[], letters=[], headers={}, body="{}",
        is_whole=True,
    )  # fmt: skip
    with database.transaction() as connection:
        deliveries.add(connection, [kept] * 5)
    told = feed(database).sources
    first = told.deliveries("default", limit=3)
    rest = told.deliveries("default", after=first.next_cursor, limit=3)
    assert [one.id for one in [*first.items, *rest.items]] == [5, 4, 3, 2, 1]
    assert rest.next_cursor is None
    assert first.items[0].can_be_replayed
    assert told.delivery("default", 5).body == "{}"
    with pytest.raises(NotFoundError, match="no delivery 5 in other"):
        told.delivery("other", 5)
