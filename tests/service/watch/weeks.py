"""Weeks of a source's deliveries, as a watch would have counted them; and a clock that is told the time."""

from __future__ import annotations

import random
from collections.abc import Iterator

from service.watch.slots import HOUR_S, PER_HOUR, SLOT_S, bit_of, hour_of

MONDAY = 1_767_571_200.0
"""Monday 5 January 2026, midnight UTC."""
DAY = 86_400.0
ALWAYS = (1 << PER_HOUR) - 1


def office_hours(weeks: int, *, seed: int = 1, holidays: frozenset[int] = frozenset()) -> Iterator[float]:
    """Yield when a team's webhooks come: often from 8 to 18 on weekdays, seldom otherwise."""
    drawn = random.Random(seed)
    for slot in range(int(weeks * 7 * DAY // SLOT_S)):
        at = MONDAY + slot * SLOT_S
        day, hour = int((at - MONDAY) // DAY), int((at - MONDAY) % DAY // HOUR_S)
        is_work = day % 7 < 5 and 8 <= hour < 18 and day not in holidays
        if drawn.random() < (0.6 if is_work else 0.003):
            yield at


def every(seconds: float, until: float, since: float = MONDAY) -> Iterator[float]:
    """Yield times at equal distances."""
    at = since
    while at < until:
        yield at
        at += seconds


def by_hour(times: Iterator[float]) -> dict[int, int]:
    """Return times as bits by the hour."""
    hours: dict[int, int] = {}
    for at in times:
        hours[hour_of(at)] = hours.get(hour_of(at), 0) | bit_of(at)
    return hours


def up(since: float, until: float) -> dict[int, int]:
    """Return that we ran from the hour of one time to that of another."""
    return dict.fromkeys(range(hour_of(since), hour_of(until) + 1), ALWAYS)


class Clock:
    """Tells the time it was set to."""

    def __init__(self, at: float = MONDAY) -> None:
        self.at = at

    def __call__(self) -> float:
        """Return it."""
        return self.at
