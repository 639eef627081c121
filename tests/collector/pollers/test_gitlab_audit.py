"""Polling GitLab's audit events: stretch by stretch, oldest first, nothing lost and nothing twice."""

from __future__ import annotations

import pytest

from collector.pollers.client import Client
from collector.pollers.gitlab_audit import GitLabAudit, Place
from collector.pollers.places import written
from collector.pollers.poller import Poller
from collector.pollers.reading import Fetcher
from tests.collector.pollers.gitlab import AuditEvents, audit_event, ids
from tests.collector.pollers.stand import Stand
from tests.collector.pollers.vendor import Vendor, misbehaving, status
from tests.collector.samples import AT

DAY_S = 86_400.0


def make(client: Client, fetcher: Fetcher) -> Poller:
    """Return the poller of a group."""
    return GitLabAudit("group:acme/shop", client, fetcher)


@pytest.fixture
def events(vendor: Vendor) -> AuditEvents:
    """Return the audit events of a group, in pages of ten."""
    return AuditEvents(vendor, page=10)


@pytest.fixture
def stand(vendor: Vendor, events: AuditEvents) -> Stand:
    """Return a poller that begins ten minutes after the first event."""
    del events
    made = Stand(make, vendor)
    made.hand.at = AT + 600
    vendor.tells_time = False
    return made


def test_everything_arrives_oldest_first(events: AuditEvents, stand: Stand) -> None:
    """A week is fetched the first time, in the order in which it happened though pages come the other way round."""
    events.events = [audit_event(number, AT - 8 * DAY_S + 8_000 * number) for number in range(85)]
    ended = stand.run()
    assert stand.ids == ids(range(11, 85))
    assert (ended.error, ended.next_at, ended.reached_at) == ("", stand.hand.at + 60, stand.hand.at)


def test_late_events_arrive(events: AuditEvents, stand: Stand) -> None:
    """An event that is listed minutes after newer ones is fetched, and nothing else again."""
    events.events = [audit_event(number) for number in range(0, 600, 20)]
    stand.run()
    events.events += [audit_event(1_000, AT + 300), audit_event(605)]
    stand.hand.at += 60
    stand.run()
    assert stand.ids[30:] == ids([1_000, 605])


def test_late_event_of_a_busy_time_arrives(events: AuditEvents, stand: Stand) -> None:
    """However short stretches are, the last minutes are read again."""
    stand.ledger.cursors[""] = written(Place(AT, span=60.0))
    stand.hand.at = AT + 100
    events.events = [audit_event(10), audit_event(90)]
    stand.run()
    events.events.append(audit_event(1_000, AT + 30))
    stand.hand.at += 60
    stand.run()
    assert stand.ids == ids([10, 90, 1_000])


def test_busy_time_is_cut_into_shorter_stretches(events: AuditEvents, stand: Stand) -> None:
    """More events than are held at once are fetched stretch by stretch, none left out, in order."""
    events.events = [audit_event(number, AT - 4_000 + 2 * number) for number in range(2_000)]
    stand.run()
    assert stand.ids == ids(range(2_000))
    assert max(turn.delivered for turn in stand.ledger.turns) <= 210


def test_crowded_minute_is_fetched_whole(events: AuditEvents, stand: Stand) -> None:
    """A stretch that cannot be cut any more is read to its end."""
    events.events = [audit_event(number, AT) for number in range(400)]
    stand.run()
    assert sorted(stand.ids) == sorted(ids(range(400)))


def test_quiet_years_cost_few_requests(events: AuditEvents, vendor: Vendor) -> None:
    """Stretches grow where little happened, to what GitLab answers at once."""
    del events
    vendor.tells_time = False
    stand = Stand(lambda client, fetcher: GitLabAudit("group:acme/shop", client, fetcher, backfill_days=180), vendor)
    stand.hand.at = AT
    stand.run()
    assert len(vendor.asked) < 15
    spans = [asked.query for asked in vendor.asked]
    assert "created_before" not in spans[-1]


def test_broken_answers_cost_nothing(events: AuditEvents, stand: Stand, vendor: Vendor) -> None:
    """Every second answer is broken."""
    events.events = [audit_event(number) for number in range(55)]
    vendor.faults.extend([misbehaving("truncated"), None, status(500), None] * 8)
    stand.run()
    assert stand.ids == ids(range(55))


def test_killed_process_goes_on(events: AuditEvents, stand: Stand) -> None:
    """A process that begins anew before each step fetches the same."""
    events.events = [audit_event(number, AT - 5 * DAY_S + 5_000 * number) for number in range(80)]
    for _ in range(30):
        stand.restart()
        stand.step()
    assert list(dict.fromkeys(stand.ids)) == ids(range(80))


def test_projects_and_instances(vendor: Vendor) -> None:
    """Each has an address of its own; anything else is refused."""
    for of, path in (("project:acme/pay", "/projects/acme%2Fpay/audit_events"), ("instance", "/audit_events")):
        AuditEvents(vendor, path).events = [audit_event(1)]
        stand = Stand(lambda client, fetcher, of=of: GitLabAudit(of, client, fetcher), vendor)  # type: ignore[misc]
        stand.hand.at = AT + 600
        stand.run()
        assert stand.ids == ids([1])
    with pytest.raises(ValueError, match="write group:PATH, project:PATH or instance"):
        GitLabAudit("acme", stand.client, stand.fetcher)


def test_missing_right_is_told(stand: Stand, vendor: Vendor) -> None:
    """A token that may not read them is told what it lacks."""
    vendor.faults.append(status(403, {}, "403 Forbidden"))
    assert "scope read_api" in stand.run().error
