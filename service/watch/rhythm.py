"""Rhythm: when a source usually delivers, learned from itself, and how unlikely a silence of it is.

Time is cut into slots of five minutes. For each hour of the week it is learned in which share of the slots something
came; a silence adds up, slot by slot, how unlikely it made itself, and is held against the longest silences the
source has had before on the same scale. So a weekend counts for little where weekends are quiet, and a lunch for
little where lunches are. Only time in which we ran ourselves counts, on both sides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.watch.slots import PER_HOUR, SLOT_S, Flags, flags, hour_of, slot_of

KEPT_HOURS = 56 * 24
"""How far a rhythm is learned back: eight weeks."""
LEAST_S = 1_800.0
"""No silence is shorter."""
LEAST_DAYS = 3.0
"""Observed time below which nothing is called unusual."""
LEAST_ACTIVE = 20
"""Slots with a delivery below which nothing is called unusual."""
UNLIKELY = 1e-6
"""Chance of a silence, by the shares of its slots, below which it may be told."""
LONGER = 2.0
"""How many times as long as any silence before, on the scale of chances, one must be that is told."""
MUCH_LONGER = 4.0
"""The same of one that is told although its chance is not small: a nightly delivery that did not come four times."""
SETTLED_GAPS = 20
"""Silences that ended, without which none is told for being much longer than they."""
FORGIVEN_S = 28 * 86_400.0
"""One silence in so much observed time is left out when the longest is looked for: a holiday, or one that was told."""
_NEIGHBOURS = (-1, 0, 1)
_BORROWED = 6.0
"""Slots that a wider history counts for where an hour of the week has few of its own."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Silence(NamedTuple):
    """How long a source has been silent, and how likely its own history makes that."""

    lasted_s: float
    """Since the last delivery, times in which we did not run ourselves left out."""
    chance: float
    """How likely so long a silence is, were slots independent; 1 where nothing is known."""
    times_longest: float
    """How many times as long as the longest silence before, on the scale of chances."""
    usual_s: float
    """Usual time between slots with a delivery at this hour of the week; infinite where there usually is none."""
    longest_s: float
    """The longest silence before."""
    observed_s: float
    """Time it was learned from."""
    is_unusual: bool


@dataclass(frozen=True)
class Rhythm:
    """What is usual for one source."""

    hazard: Floats
    """For each hour of the week, -ln of the chance that nothing comes in a slot; 0 where it was never observed."""
    share: Floats
    """For each hour of the week, the share of its slots in which something came."""
    longest: float
    """The longest silence before, as the sum of hazards over its slots; one in four weeks is forgiven."""
    longest_s: float
    gaps: int
    observed_s: float
    active: int

    @classmethod
    def learn(cls, active: Mapping[int, int], up: Mapping[int, int], until: float) -> Rhythm:
        """Learn from bits by hour: when something came, and when we ran; up to a time, the last delivery's."""
        last = hour_of(until)
        first = max(min(active, default=last), last - KEPT_HOURS)
        came = flags(active, first, last)
        ran = flags(up, first, last) | came
        share, hazard = _learned(came, ran, first)
        over = hazard[_hours_of_week(first * PER_HOUR, len(came))]
        return cls(hazard, share, *_gaps(came, ran, over), active=int(came.sum()))

    def silence(self, since: float, now: float, up: Mapping[int, int]) -> Silence:
        """Return how unusual it is that nothing came since a time."""
        start, end = slot_of(since) + 1, slot_of(now)
        first = hour_of(since)
        ran = flags(up, first, hour_of(now))[start - first * PER_HOUR : max(end, start) - first * PER_HOUR]
        weight = float(self.hazard[_hours_of_week(start, len(ran))][ran].sum())
        lasted = min(now - since, (float(ran.sum()) + 1.0) * SLOT_S)
        share = float(self.share[_hours_of_week(end, 1)[0]])
        times = weight / self.longest if self.longest > 0.0 else (math.inf if weight > 0.0 else 0.0)
        return Silence(
            lasted_s=lasted,
            chance=math.exp(-weight),
            times_longest=times,
            usual_s=SLOT_S / share if share > 0.0 else math.inf,
            longest_s=self.longest_s,
            observed_s=self.observed_s,
            is_unusual=lasted >= LEAST_S and self._is_known() and self._is_told(weight, times),
        )

    def _is_known(self) -> bool:
        return self.observed_s >= LEAST_DAYS * 86_400.0 and self.active >= LEAST_ACTIVE

    def _is_told(self, weight: float, times: float) -> bool:
        if weight >= -math.log(UNLIKELY) and times >= LONGER:
            return True
        return self.gaps >= SETTLED_GAPS and weight >= 1.0 and times >= MUCH_LONGER


_THURSDAY = 3 * 24
"""1 January 1970 was one; weeks begin on Monday."""
_HOURS = 7 * 24


def _hours_of_week(first: int, count: int) -> Ints:
    """Return the hour of the week of so many slots, from a first on."""
    return (np.arange(first, first + count) // PER_HOUR + _THURSDAY) % _HOURS


def _learned(came: Flags, ran: Flags, first: int) -> tuple[Floats, Floats]:
    """Return share and hazard for each hour of the week."""
    hours = _hours_of_week(first * PER_HOUR, len(came))
    seen = np.bincount(hours[ran], minlength=_HOURS).astype(np.float64)
    hits = np.bincount(hours[came], minlength=_HOURS).astype(np.float64)
    near_seen, near_hits = (sum(np.roll(counts, by) for by in _NEIGHBOURS) for counts in (seen, hits))
    like_seen, like_hits = _alike(np.asarray(near_seen)), _alike(np.asarray(near_hits))
    wide = (like_hits + 0.5) / (like_seen + 1.0)
    share = (near_hits + _BORROWED * wide) / (near_seen + _BORROWED)
    is_known = _alike(seen) > 0.0
    # the chance of an empty slot is never taken for smaller than what was observed can show
    silent = np.maximum(1.0 - share, 0.5 / (like_seen + 1.0))
    return np.where(is_known, share, 0.0), np.where(is_known, -np.log(silent), 0.0)


def _alike(counts: Floats) -> Floats:
    """Return for each hour of the week the sum over the same hour of all weekdays, or of the weekend."""
    by_day = counts.reshape(7, 24)
    alike = np.empty_like(by_day)
    alike[:5], alike[5:] = by_day[:5].sum(axis=0), by_day[5:].sum(axis=0)
    return alike.ravel()


def _gaps(came: Flags, ran: Flags, hazard: Floats) -> tuple[float, float, int, float]:
    """Return the longest silence that ended, on both scales, how many there were, and the time observed."""
    at = np.flatnonzero(came)
    observed = float(ran[at[0] :].sum()) * SLOT_S if len(at) else 0.0
    if len(at) < 2:
        return 0.0, 0.0, 0, observed
    weight = np.concatenate(([0.0], np.cumsum(np.where(ran & ~came, hazard, 0.0))))
    slots = np.concatenate(([0], np.cumsum(ran & ~came)))
    weights, lengths = weight[at[1:]] - weight[at[:-1]], slots[at[1:]] - slots[at[:-1]]
    ended = lengths > 0
    order = np.argsort(-weights[ended], kind="stable")
    if not len(order):
        return 0.0, 0.0, 0, observed
    forgiven = min(int(observed // FORGIVEN_S), len(order) - 1)
    longest = order[forgiven]
    return float(weights[ended][longest]), float(lengths[ended][longest]) * SLOT_S, len(order), observed
