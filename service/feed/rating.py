"""Risk as it is now: it is rated when read, because every incident since has changed what is rare."""

from __future__ import annotations

import math
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
        period = self.scale.return_period_s(incident.score, itself=not incident.is_open)
        return risk_of(period / DAY_S), period

    def least_score(self, risk: float, *, is_open: bool) -> float:
        """Return the least score that is rated so high; infinite where none is.

        Risk grows with score, so what it asks of scores is found by halving.
        """
        if risk <= 0.0 or self.scale is None:
            return 0.0
        low, high = -1.0, _HIGHEST
        if self._risk(high, is_open) < risk:
            return math.inf
        while low < (middle := (low + high) / 2.0) < high:
            if self._risk(middle, is_open) >= risk:
                high = middle
            else:
                low = middle
        return max(high, 0.0)

    def _risk(self, score: float, is_open: bool) -> float:  # noqa: FBT001  # named by its only callers
        assert self.scale is not None  # noqa: S101  # asked before
        return risk_of(self.scale.return_period_s(score, itself=not is_open) / DAY_S)


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
