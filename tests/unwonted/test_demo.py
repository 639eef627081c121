"""The demonstration: a month that ends now, an attack while somebody looks, and what to do next."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.delivery import parse_time
from collector.simulator import stage
from service.feed import Feed, Filter
from unwonted.demo import LIVE, Demonstration, Plan, Screen, month, pauses
from unwonted.drills import SIMULATED
from unwonted.serving.labour import worker_loop
from unwonted.serving.loop import Loop
from unwonted.serving.parts import Parts, opened
from unwonted.settings import Settings

NOW = 1_795_613_000.0
DAY = 86_400.0
SHORT = Plan(days=8, wait_s=0, lasts_s=0.5, attacks=(), is_brief=True)
PATIENCE_S = 240.0


class Answering:
    """A page that answers."""

    url = "http://127.0.0.1:1/"
    is_started = True


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """Yield the parts of a service on an empty folder, with its worker at work."""
    with opened(Settings.load({"data": tmp_path})) as parts:
        worker = worker_loop(parts)
        worker.start()
        try:
            yield parts
        finally:
            finish(worker)


def finish(loop: Loop) -> None:
    """End a thread."""
    loop.stop()
    assert loop.join(PATIENCE_S)


def shown(parts: Parts, plan: Plan = SHORT) -> str:
    """Return what the terminal was told of a demonstration."""
    out, stopping = io.StringIO(), threading.Event()
    loop = Demonstration(parts, Answering(), Screen(out), stopping, plan).loop()
    loop.start()
    assert stopping.wait(PATIENCE_S)
    finish(loop)
    return out.getvalue()


@settings(max_examples=3, deadline=None)
@given(now=st.floats(1_700_000_000, 2_000_000_000))
def test_month_ends_now(now: float) -> None:
    """The month ends shortly before now, so that the feed is alive, and reaches back as far as was planned."""
    received = [parse_time(delivery["received_at"]) or 0.0 for delivery in month(Plan(days=4, attacks=()), now)]
    assert now - 1.5 * DAY < max(received) < now
    assert now - 5.1 * DAY < min(received) < now - 3 * DAY


def test_pauses_take_the_time_given() -> None:
    """The attack is spread over the seconds it is to last."""
    staged = stage(LIVE, seed=1, now=NOW)
    waits = pauses(staged, 10.0)
    assert len(waits) == len(staged.deliveries)
    assert sum(waits) == pytest.approx(10.0)


def test_lines_are_replaced_on_a_terminal_only() -> None:
    """What is told of progress never fills a file."""
    out = io.StringIO()
    screen = Screen(out)
    screen.hint("Learning: day 1 of 31")
    screen.say("Done.")
    assert out.getvalue() == "Done.\n"


@pytest.mark.service
def test_attack_arrives_while_somebody_looks(parts: Parts) -> None:
    """The feed has the attack among its first, the terminal links to it, and says how to go on."""
    told = shown(parts)
    top = Feed(parts.database).incidents(SIMULATED, Filter(), limit=3).items
    assert "simulated" in told
    assert any(f"/incidents/{incident.id}?organisation={SIMULATED}" in told for incident in top)
    assert "Now yours:" in told
    heard = {one.name: one for one in Feed(parts.database).sources.all(SIMULATED)}
    assert heard["github.webhook"].state == "live"
    assert sum(count > 0 for count in heard["github.webhook"].per_day) > 1


@pytest.mark.service
def test_fresh_month_is_kept(parts: Parts) -> None:
    """Started again within a day, the demonstration shows the same month and another attack."""
    shown(parts)
    end = parts.stream.end(0)
    shown(parts)
    assert parts.stream.end(0) - end == pytest.approx(50, abs=15)
