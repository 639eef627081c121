"""Polling GitHub's audit log: everything arrives, each entry once, oldest first."""

from __future__ import annotations

import random

import pytest

from collector.pollers.client import Client
from collector.pollers.github_audit import GitHubAudit
from collector.pollers.poller import Poller
from collector.pollers.reading import Fetcher
from tests.collector.pollers.github import AuditLog, entry, ids
from tests.collector.pollers.stand import Stand
from tests.collector.pollers.vendor import Vendor, misbehaving, raw, status
from tests.collector.samples import AT


def make(client: Client, fetcher: Fetcher) -> Poller:
    """Return the poller of an organisation."""
    return GitHubAudit("acme", client, fetcher)


@pytest.fixture
def log(vendor: Vendor) -> AuditLog:
    """Return an audit log in pages of ten."""
    return AuditLog(vendor, page=10)


@pytest.fixture
def stand(vendor: Vendor, log: AuditLog) -> Stand:
    """Return a poller that begins ten minutes after the first entry."""
    del log
    made = Stand(make, vendor)
    made.hand.at = AT + 600
    vendor.tells_time = False
    return made


def test_all_pages_arrive_in_order(log: AuditLog, stand: Stand) -> None:
    """The first time everything of the last days is fetched, oldest first, and the end is known."""
    log.entries = [entry(number) for number in range(35)]
    ended = stand.run()
    assert stand.ids == ids(range(35))
    assert stand.stream.events[0].organisation == "acme"
    assert (ended.reached_at, ended.next_at) == (stand.hand.at, stand.hand.at + 60)
    assert sum(turn.delivered for turn in stand.ledger.turns) == 35


def test_first_time_goes_back_some_days(log: AuditLog, stand: Stand) -> None:
    """What is older than the back-fill is left."""
    log.entries = [entry(1, at=AT - 8 * 86_400), entry(2, at=AT - 6 * 86_400)]
    stand.run()
    assert stand.ids == ids([2])


def test_event_is_the_one_that_a_stream_sends(log: AuditLog, stand: Stand, vendor: Vendor) -> None:
    """The id is the document's, and an enterprise's log is asked for at its own address."""
    log.entries = [entry(3)]
    stand.run()
    other = AuditLog(vendor, "/enterprises/big/audit-log")
    other.entries = [entry(3)]
    enterprise = Stand(lambda client, fetcher: GitHubAudit("enterprise:big", client, fetcher), vendor)
    enterprise.hand.at = AT + 600
    enterprise.run()
    assert stand.ids == enterprise.ids == ids([3])
    assert enterprise.ledger.turns[-1].name == "github.audit/enterprise:big"


def test_late_entries_arrive(log: AuditLog, stand: Stand) -> None:
    """An entry that is listed minutes after newer ones is fetched, and nothing else twice."""
    log.entries = [entry(number) for number in range(0, 600, 20)]
    stand.run()
    late = entry(1_000, at=AT + 590 - 290)
    log.entries.append(late)
    log.entries.append(entry(601))
    stand.hand.at += 60
    stand.run()
    assert stand.ids[30:] == ids([1_000, 601])
    assert len(set(stand.ids)) == len(stand.ids)


def test_late_entry_behind_a_long_look_arrives(log: AuditLog, stand: Stand) -> None:
    """An entry that is listed late on a page which was read already, while the others take long, is fetched too."""
    log.entries = [entry(number) for number in range(21)]
    stand.hand.at = AT + 20
    stand.step()
    log.entries.append(entry(1_000, at=AT + 5))
    stand.hand.at = AT + 620
    log.entries.append(entry(610))
    stand.run()
    stand.hand.at += 60
    stand.run()
    assert set(stand.ids) == set(ids([*range(21), 610, 1_000]))


def test_repeats_over_page_borders_are_left_out(log: AuditLog, stand: Stand) -> None:
    """Pages that begin with the end of the page before, in any order, change nothing."""
    log.entries = [entry(number, at=AT + number // 7) for number in range(64)]
    random.Random(5).shuffle(log.entries)
    log.repeats = 4
    stand.run()
    assert sorted(stand.ids) == sorted(ids(range(64)))


def test_restart_goes_on_where_it_stopped(log: AuditLog, stand: Stand, vendor: Vendor) -> None:
    """A process that begins anew asks for the next page, not for the first."""
    log.entries = [entry(number) for number in range(35)]
    stand.step()
    stand.step()
    stand.restart()
    stand.run()
    assert stand.ids == ids(range(35))
    assert [("after" in asked.query) for asked in vendor.asked] == [False, True, True, True]


def test_forgotten_cursor_begins_again(log: AuditLog, stand: Stand) -> None:
    """A cursor that the server knows no more costs a few pages, and no entry."""
    log.entries = [entry(number, at=AT + 20 * number) for number in range(28)]
    stand.step()
    stand.step()
    log.forgets = True
    ended = stand.run()
    assert not ended.error
    assert ended.next_at == stand.hand.at + 60
    log.forgets = False
    stand.hand.at += 60
    stand.run()
    assert stand.ids == ids(range(28))


def test_future_entry_leaves_nothing_out(log: AuditLog, stand: Stand) -> None:
    """An entry dated next year does not keep those of today from being fetched."""
    log.entries = [entry(1), entry(2, at=AT + 365 * 86_400)]
    stand.run()
    log.entries.append(entry(3, at=AT + 620))
    stand.hand.at += 60
    stand.run()
    assert set(stand.ids) == set(ids([1, 2, 3]))


def test_entry_that_cannot_be_read_costs_no_other(log: AuditLog, stand: Stand) -> None:
    """What no source can read is a dead letter, the same one when it is fetched again."""
    log.entries = [entry(1), entry(2), entry(3)]
    log.entries[1]["action"] = {"no": "text"}
    log.entries[1]["@timestamp"] = int((AT + 2) * 1000)
    stand.run()
    stand.restart()
    stand.run()
    assert set(ids([1, 3])) <= set(stand.ids)
    assert len({letter.id for letter in stand.stream.letters} | set(stand.ids)) == 3


@pytest.mark.parametrize(
    "fault",
    [misbehaving("truncated"), misbehaving("reset"), raw(b'[{"action": "git.clone"'), status(502)],
    ids=["truncated", "reset", "half a page", "502"],
)
def test_broken_answers_cost_nothing(log: AuditLog, stand: Stand, vendor: Vendor, fault: object) -> None:
    """Every second answer is broken: everything arrives all the same, once."""
    log.entries = [entry(number) for number in range(35)]
    vendor.faults.extend([fault, None] * 4)  # type: ignore[list-item]
    stand.run()
    assert stand.ids == ids(range(35))


def test_what_is_no_list_is_told(stand: Stand, vendor: Vendor) -> None:
    """An answer of another shape is an error, and is asked for again later."""
    vendor.faults.append(raw(b'{"message": "maintenance"}'))
    ended = stand.run()
    assert "no list of entries" in ended.error
    assert ended.next_at > stand.hand.at


def test_limit_is_waited_for(log: AuditLog, stand: Stand, vendor: Vendor) -> None:
    """A server that asks us to wait is no failure, and everything arrives when the time is over."""
    log.entries = [entry(number) for number in range(15)]
    vendor.faults.extend([None, status(403, {"Retry-After": "90"}, "secondary rate limit")])
    ended = stand.run()
    assert (ended.is_waiting, ended.error) == (True, "")
    assert ended.next_at == pytest.approx(stand.hand.at + 90)
    assert not stand.turns.turn()
    stand.hand.at += 91
    assert stand.turns.turn()
    assert stand.ids == ids(range(15))


def test_missing_right_is_told(stand: Stand, vendor: Vendor) -> None:
    """A token that may not read the log is told in GitHub's words."""
    vendor.faults.append(status(403, {}, "Must have admin rights"))
    assert "answered 403, Must have admin rights" in stand.run().error
