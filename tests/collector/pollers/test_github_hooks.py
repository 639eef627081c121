"""Webhooks that did not arrive are asked for again: each a few times at most, and never many at once."""

from __future__ import annotations

from collections import Counter

import pytest

from collector.pollers.client import Client
from collector.pollers.github_hooks import MOST_A_ROUND, GitHubHooks
from collector.pollers.poller import Poller
from collector.pollers.reading import Fetcher
from collector.pollers.redelivery import MAX_FAILED, WAITS_S
from tests.collector.pollers.github import Hooks
from tests.collector.pollers.stand import Stand
from tests.collector.pollers.vendor import Reply, Vendor, status
from tests.collector.samples import AT

DAY_S = 86_400.0


def make(client: Client, fetcher: Fetcher) -> Poller:
    """Return the poller of an organisation's hooks."""
    return GitHubHooks("acme", client, fetcher)


@pytest.fixture
def hooks(vendor: Vendor) -> Hooks:
    """Return the hooks of an organisation."""
    vendor.tells_time = False
    return Hooks(vendor)


@pytest.fixture
def stand(vendor: Vendor, hooks: Hooks) -> Stand:
    """Return their poller."""
    del hooks
    made = Stand(make, vendor)
    made.hand.at = AT
    return made


def go_on(stand: Stand, hooks: Hooks, seconds: float) -> None:
    """Let the poller take its turns for so long."""
    until = stand.hand.at + seconds
    while stand.hand.at < until:
        hooks.now = stand.hand.at
        stand.turns.turn()
        stand.hand.at = max(stand.ledger.turns[-1].next_at, stand.hand.at)


def test_what_failed_is_asked_for_again(hooks: Hooks, stand: Stand) -> None:
    """Failed deliveries of three days arrive, the oldest first; what is older, arrived or is a ping is left."""
    hooks.deliver("old", 502, at=AT - 4 * DAY_S)
    hooks.deliver("one", 502, at=AT - 2 * DAY_S)
    hooks.deliver("well", at=AT - DAY_S)
    hooks.deliver("two", 0, at=AT - 7_200)
    hooks.deliver("pinged", 502, at=AT - 7_000)
    hooks.delivered[-1]["event"] = "ping"
    hooks.deliver("last", at=AT - 60)
    go_on(stand, hooks, 600)
    assert hooks.again == ["one", "two"]
    assert not stand.ledger.turns[-1].error


def test_hooks_of_others_are_left_alone(hooks: Hooks, stand: Stand, vendor: Vendor) -> None:
    """Only hooks that send to a receiver of ours are looked at."""
    del hooks
    stand.run()
    assert not any("/hooks/8/" in path for path in vendor.paths())
    assert any("/hooks/7/" in path for path in vendor.paths())


def test_what_arrived_at_another_attempt_is_not_asked_for(hooks: Hooks, stand: Stand) -> None:
    """Somebody else may have asked before us."""
    hooks.deliver("one", 502, at=AT - 7_200)
    hooks.deliver("one", 202, at=AT - 3_600, again=True)
    go_on(stand, hooks, 600)
    assert hooks.again == []


def test_each_is_asked_for_a_few_times_at_most(hooks: Hooks, vendor: Vendor) -> None:
    """What never arrives is asked for at growing intervals, then given up and counted as missed."""
    stand = Stand(lambda client, fetcher: GitHubHooks("acme", client, fetcher, every_s=1_800.0), vendor)
    stand.hand.at = AT
    hooks.arrives = False
    hooks.deliver("one", 502)
    go_on(stand, hooks, 3.2 * DAY_S)
    assert Counter(hooks.again) == {"one": len(WAITS_S)}
    assert sum(turn.missed for turn in stand.ledger.turns) == 1


def test_receiver_that_is_down_is_not_stormed(hooks: Hooks, vendor: Vendor) -> None:
    """While the newest delivery fails, one a round is tried; once one arrives, the rest follow a second apart."""
    stand = Stand(lambda client, fetcher: GitHubHooks("acme", client, fetcher, every_s=300.0), vendor)
    stand.hand.at = AT
    hooks.arrives = False
    for number in range(100):
        hooks.deliver(f"guid-{number}", 502, at=AT - 1_000 + number)
    go_on(stand, hooks, 3_000)
    assert 8 <= len(hooks.again) <= 11
    hooks.arrives = True
    before = len(hooks.again)
    go_on(stand, hooks, 600)
    assert MOST_A_ROUND < len(hooks.again) - before <= 2 * MOST_A_ROUND + 1
    go_on(stand, hooks, 3_600)
    assert {one["guid"] for one in hooks.delivered if one["status_code"] == 202} == {f"guid-{n}" for n in range(100)}


def test_killed_process_asks_no_more_often(hooks: Hooks, stand: Stand) -> None:
    """What is asked for is kept before it is asked: a process that dies at every step still asks a few times only."""
    hooks.arrives = False
    hooks.deliver("one", 502)
    until = AT + 3 * DAY_S
    while stand.hand.at < until:
        stand.restart()
        hooks.now = stand.hand.at
        stand.run()
        stand.hand.at += 3_000
    assert len(hooks.again) <= len(WAITS_S)


def test_look_goes_over_pages_and_restarts(hooks: Hooks, stand: Stand) -> None:
    """Deliveries over several pages are all looked at, each only once, also by a process that begins anew."""
    hooks.page = 10
    for number in range(95):
        hooks.deliver(f"guid-{number}", 502 if number in {3, 55} else 202, at=AT - 5_000 + number)
    for _ in range(6):
        stand.step()
        stand.restart()
    go_on(stand, hooks, 300)
    assert hooks.again == ["guid-3", "guid-55"]


def test_next_look_ends_where_the_last_began(hooks: Hooks, stand: Stand, vendor: Vendor) -> None:
    """Once everything was looked at, a page a round is enough."""
    hooks.page = 10
    for number in range(95):
        hooks.deliver(f"guid-{number}", at=AT - 50_000 + 500 * number)
    stand.run()
    vendor.asked.clear()
    stand.hand.at += 60
    stand.run()
    assert len(vendor.asked) == 2


def test_memory_of_failures_is_bounded(hooks: Hooks, stand: Stand) -> None:
    """Beyond so many failures those for which there is no room are counted as missed."""
    for number in range(MAX_FAILED + 20):
        hooks.deliver(f"guid-{number}", 502, at=AT - 5_000 + number)
    go_on(stand, hooks, 30)
    assert sum(turn.missed for turn in stand.ledger.turns) == 20


def test_refusal_to_send_again_is_told(hooks: Hooks, stand: Stand, vendor: Vendor) -> None:
    """An attempt that GitHub refuses is told, and does not stop the others."""
    hooks.deliver("one", 502, at=AT - 50)
    hooks.deliver("two", 502, at=AT - 40)
    hooks.deliver("well", at=AT - 30)
    vendor.faults.extend([None, None, status(422, {}, "Delivery not found")])
    ended = stand.run()
    while not ended.error:
        stand.hand.at += 1
        ended = stand.run()
    assert "answered 422, Delivery not found" in ended.error
    go_on(stand, hooks, 400)
    assert "two" in hooks.again


def test_hook_of_the_app(vendor: Vendor) -> None:
    """An App's own hook is mended too."""
    hooks = Hooks(vendor, "/unused")
    vendor.tells_time = False
    vendor.routes["/app/hook/config"] = lambda _: Reply(value={"url": "https://unwonted.example/hooks/github"})
    vendor.routes["/app/hook/deliveries*"] = hooks.answer
    hooks.deliver("one", 502, at=AT - 100)
    hooks.deliver("well", at=AT - 50)
    stand = Stand(lambda client, fetcher: GitHubHooks("app", client, fetcher), vendor)
    stand.hand.at = AT
    go_on(stand, hooks, 90)
    assert hooks.again == ["one"]


def test_missing_right_is_told(stand: Stand, vendor: Vendor) -> None:
    """A token that may not see the hooks is told what it lacks."""
    vendor.faults.append(status(404, {}, "Not Found"))
    assert "admin:org_hook" in stand.run().error
