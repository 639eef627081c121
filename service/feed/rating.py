"""Risk as it is now: it is rated when read, because every incident since has changed what is rare."""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass

from service.risk import DAY_S, RiskScale, risk_of
from service.store.listing import Listed

_HIGHEST = 1_000_000.0
"""No incident has as many bits."""


@dataclass(frozen=True)
class Rater:
    """Rates incidents by their organisation's scale; without one, as they were rated when they last changed."""

    scale: RiskScale | None

    def rate(self, listed: Listed) -> tuple[float, float]:
        """Return an incident's risk and its return period in seconds."""
        incident = listed.incident
        if self.scale is None:
            return listed.stored_risk, incident.return_period_s
        scores = self.scale.scores
        found = bisect.bisect_left(scores, incident.score)
        is_counted = found < len(scores) and scores[found] == incident.score
        period = self.scale.return_period_s(incident.score, itself=is_counted and not incident.is_open)
        return risk_of(period / DAY_S), period

    def least_score(self, risk: float, *, is_open: bool) -> float:
        """Return the least score that is rated so high; infinite where none is.

        Risk grows with score, so what it asks of scores is found by halving.
        """
        if risk <= 0.0 or self.scale is None:
            return 0.0
        scale = self.scale
        if is_open:
            return _least(lambda score: risk_of(scale.return_period_s(score) / DAY_S) >= risk)
        # a closed incident is judged by the others, so the question makes sense for the scores there are
        found = bisect.bisect_left(
            scale.scores, x=True, key=lambda score: risk_of(scale.return_period_s(score, itself=True) / DAY_S) >= risk
        )
        return scale.scores[found] if found < len(scale.scores) else math.inf


def _least(is_enough: Callable[[float], bool]) -> float:
    """Return the least number, not below 0, that is enough, where all greater ones are; infinite where none is."""
    low, high = -1.0, _HIGHEST
    if not is_enough(high):
        return math.inf
    while low < (middle := (low + high) / 2.0) < high:
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return max(high, 0.0)


class Raters:
    """The raters of organisations: a scale is read anew only once it changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, Rater]] = {}

    def of(self, organisation: str, stored: bytes) -> Rater:
        """Return what rates by the scale that the store holds."""
        known = self._known.get(organisation)
        if known is None or known[0] != stored:
            known = stored, Rater(RiskScale.from_bytes(stored) if stored else None)
            self._known[organisation] = known
        return known[1]
