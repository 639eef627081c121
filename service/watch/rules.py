"""Rules: when a source is silent, not proven any more, or wrong about the time. Each holds it against its own past."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from service.store.sources import Hour, Key, State
from service.watch.findings import CLOCK, SILENT, UNPROVEN, Finding
from service.watch.rhythm import Silence
from service.watch.slots import hour_of
from service.words import DAY_S, duration, minute

UNPROVEN_LEAST = 3
"""Requests that must fail within `UNPROVEN_HOURS` before it is told."""
UNPROVEN_SHARE = 0.5
"""Share of them that must fail."""
UNPROVEN_HOURS = 6
DRIFT_S = 120.0
"""Drift below which no clock is called wrong."""
DRIFT_SPREADS = 8.0
"""How many times its usual spread a lag must be off."""
_RECENT_HOURS = 6
_FEWEST_HOURS = 3
"""Hours with events that must agree."""
_FEWEST_AHEAD = 3


@dataclass(frozen=True)
class Past:
    """What is known of one source."""

    key: Key
    state: State
    hours: Mapping[int, Hour]
    """What came by the hour in the last days, in order."""


def silent(key: Key, state: State, silence: Silence) -> Finding | None:
    """Return that a source is silent for longer than its own history makes likely."""
    if not silence.is_unusual:
        return None
    learned = f"learned from {duration(silence.observed_s)} of its own history"
    longest = f", the longest silence in it was {duration(silence.longest_s)}" if silence.longest_s else ""
    text = (
        f"{key[1]} has been silent for {duration(silence.lasted_s)}, since {minute(state.last_at)} UTC; "
        f"{_usual(silence.usual_s)} ({learned}{longest})"
    )
    return Finding(key, SILENT, state.last_at, text, state.hook)


def _usual(seconds: float) -> str:
    if math.isinf(seconds) or seconds > DAY_S:
        return "usual before: something every now and then"
    return f"usual at this hour: something every {duration(max(seconds, 300.0))}"


def unproven(past: Past, now: float) -> Finding | None:
    """Return that requests in the name of a source that used to be let in are not proven to be its any more."""
    if not past.state.accepted_at:
        return None
    first = hour_of(now) - UNPROVEN_HOURS
    recent = [found for hour, found in past.hours.items() if hour > first]
    failed, let_in = sum(one.unproven for one in recent), sum(one.accepted for one in recent)
    if failed < UNPROVEN_LEAST or failed < UNPROVEN_SHARE * (failed + let_in):
        return None
    text = (
        f"{failed:,} of the last {failed + let_in:,} requests in the name of {past.key[1]} could not be proven to be "
        f"its; the last that was let in came at {minute(past.state.accepted_at)} UTC"
    )
    return Finding(past.key, UNPROVEN, now // DAY_S * DAY_S, text, past.state.hook)


def drifting(past: Past, now: float) -> Finding | None:
    """Return that the times a source tells are further from ours than they usually are."""
    first = hour_of(now) - _RECENT_HOURS
    recent = [found for hour, found in past.hours.items() if hour > first and found.lags]
    before = [found.lag_s for hour, found in past.hours.items() if hour <= first and found.lags]
    since = now // DAY_S * DAY_S
    ahead, events = sum(one.ahead for one in recent), sum(one.lags for one in recent)
    if ahead >= _FEWEST_AHEAD and 2 * ahead >= events and (not before or median(before) > -DRIFT_S):
        text = f"{past.key[1]} dates its events in the future: {ahead:,} of the last {events:,} by more than 5 minutes"
        return Finding(past.key, CLOCK, since, text, past.state.hook)
    if len(recent) < _FEWEST_HOURS or len(before) < 24:
        return None
    usual, lag = median(before), median([one.lag_s for one in recent])
    spread = median([abs(one - usual) for one in before])
    if abs(lag - usual) <= max(DRIFT_S, DRIFT_SPREADS * spread):
        return None
    text = (
        f"events of {past.key[1]} are dated {_apart(lag)} they are received, usual is {_apart(usual)}: its clock or "
        "ours drifts, or they wait somewhere on their way"
    )
    return Finding(past.key, CLOCK, since, text, past.state.hook)


def _apart(lag: float) -> str:
    return f"{duration(abs(lag))} {'before' if lag >= 0 else 'after'}"
