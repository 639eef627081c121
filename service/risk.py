"""Risk: how rarely this organisation sees an incident at least as strange."""

from __future__ import annotations

import bisect
import math
from array import array
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from service.incident import Incident

DAY_S = 86400.0
ANCHORS = ((7.0, 50.0), (30.0, 75.0), (365.0, 90.0))
"""Return periods in days and the risk they mean."""
TAIL_SHARE = 0.1
PRIOR_EXCESS = 4.0
"""Excess over the start of the tail, in bits, of one incident assumed beside the seen ones."""
MAX_EXPONENT = 12.0
"""No history of months vouches for e to the twelfth times the tail."""
YOUTH_S = 3 * DAY_S
"""Age of a history at which half of its surprise is believed."""


class _Kept(msgspec.Struct, array_like=True):
    scores: bytes
    first: float | None
    last: float


class RiskScale:
    """Scores of an organisation's incidents so far, as a return period."""

    def __init__(self) -> None:
        self._scores: list[float] = []
        self._tail: tuple[float, int, float] | None = None
        self._first: float | None = None
        self._last = 0.0

    def see_time(self, at: float) -> None:
        """Let event time pass."""
        self._first = at if self._first is None else min(self._first, at)
        self._last = max(self._last, at)

    def confidence(self, at: float) -> float:
        """Return how far surprise can be believed at this age of the history, 0 to 1.

        In the first days everything is new, and newness says little.
        """
        age = max(0.0, at - (at if self._first is None else self._first))
        return 1.0 - math.exp2(-age / YOUTH_S)

    def learn(self, incident: Incident) -> None:
        """Count a closed incident among the organisation's own."""
        bisect.insort(self._scores, incident.score)
        self._tail = None

    def rate(self, incident: Incident) -> None:
        """Set an incident's return period and risk, judged by the other incidents."""
        incident.return_period_s = self.return_period_s(incident.score, itself=not incident.is_open)
        incident.risk = risk_of(incident.return_period_s / DAY_S)

    @property
    def scores(self) -> Sequence[float]:
        """Return the scores of the closed incidents, lowest first."""
        return self._scores

    def to_bytes(self) -> bytes:
        """Return the scale as the store keeps it."""
        return msgspec.msgpack.encode(_Kept(array("d", self._scores).tobytes(), self._first, self._last))

    @classmethod
    def from_bytes(cls, data: bytes) -> RiskScale:
        """Return the scale that `to_bytes` described."""
        kept = msgspec.msgpack.decode(data, type=_Kept)
        scale = cls()
        scale._scores = array("d", kept.scores).tolist()
        scale._first, scale._last = kept.first, kept.last
        return scale

    def return_period_s(self, score: float, *, itself: bool = False) -> float:
        """Return the mean time between incidents of at least this score.

        Counted among past incidents; beyond their top tenth an exponential tail is assumed. `itself`
        says that the score is one of them, which must not vouch for its own normality.
        """
        observed = max(DAY_S, self._last - (self._last if self._first is None else self._first))
        at_least = max(0, len(self._scores) - bisect.bisect_left(self._scores, score) - itself)
        if self._tail is None:
            self._tail = _tail(self._scores)
        start, top, total = self._tail
        if score <= start or top < 2:
            return observed / (1.0 + at_least)
        others = total - itself * (score - start)
        excess = (others + PRIOR_EXCESS) / (top - itself + 1.0)
        return observed / (1.0 + top - itself) * math.exp(min((score - start) / excess, MAX_EXPONENT))


def _tail(scores: list[float]) -> tuple[float, int, float]:
    """Return where the tail starts, how many scores lie in it, and their summed excess."""
    top = min(len(scores), max(5, math.ceil(len(scores) * TAIL_SHARE)))
    start = scores[len(scores) - top] if scores else math.inf
    return start, top, sum(score - start for score in scores[len(scores) - top :])


def risk_of(days: float) -> float:
    """Return the risk 0-100 of a return period in days; strictly increasing.

    >>> [round(risk_of(d)) for d in (7, 30, 365)]
    [50, 75, 90]
    """
    x = math.log2(1.0 + days)
    points = [(0.0, 0.0)] + [(math.log2(1.0 + d), r) for d, r in ANCHORS]
    for (x0, r0), (x1, r1) in pairwise(points):
        if x <= x1:
            return r0 + (r1 - r0) * (x - x0) / (x1 - x0)
    x0, r0 = points[-1]
    return 100.0 - (100.0 - r0) * math.exp2(-(x - x0) / 6.0)
