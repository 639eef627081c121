"""Risk is a return period of the organisation's own incidents."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.incident import Incident
from service.risk import DAY_S, RiskScale, risk_of


def _incident(score: float, name: str = "inc_1") -> Incident:
    return Incident(id=name, organisation="acme", first_at=0.0, last_at=0.0, score=score)


def _scale(scores: Sequence[float], days: float = 100.0) -> RiskScale:
    scale = RiskScale()
    scale.see_time(0.0)
    scale.see_time(days * DAY_S)
    for i, score in enumerate(scores):
        scale.learn(_incident(score, f"inc_{i}"))
    return scale


def test_incident_seen_every_day_has_little_risk() -> None:
    """A hundred alike in a hundred days: one comes back about daily."""
    assert _scale([10.0] * 100).return_period_s(10.0) == pytest.approx(DAY_S, rel=0.02)


def test_incident_far_beyond_all_others_is_rarer_than_the_history() -> None:
    """What lies far above a hundred days of incidents is expected less than once in them."""
    assert _scale([float(x) for x in range(100)]).return_period_s(200.0) > 100.0 * DAY_S


def test_incident_does_not_vouch_for_itself() -> None:
    """Once learned, the one great incident is still rare."""
    scale = _scale([10.0 + x / 10 for x in range(100)])
    great = _incident(60.0, "inc_great")
    scale.rate(great)
    before = great.risk
    great.is_open = False
    scale.learn(great)
    scale.rate(great)
    assert great.risk > before - 5.0


@given(st.lists(st.floats(0.0, 100.0), max_size=60), st.floats(0.0, 200.0), st.floats(0.0, 200.0))
def test_stranger_is_never_less_risky(scores: list[float], a: float, b: float) -> None:
    """Risk orders as the score does, and stays in 0 to 100."""
    scale = _scale(scores)
    low, high = (risk_of(scale.return_period_s(x) / DAY_S) for x in sorted((a, b)))
    assert 0.0 <= low <= high <= 100.0


@given(st.lists(st.floats(0.0, 100.0), max_size=60), st.floats(0.0, 200.0))
def test_stored_scale_rates_alike(scores: list[float], score: float) -> None:
    """What is stored and read again gives the same return periods."""
    scale = _scale(scores)
    again = RiskScale.from_bytes(scale.to_bytes())
    assert again.return_period_s(score) == scale.return_period_s(score)
    assert again.confidence(5.0) == scale.confidence(5.0)


@given(st.lists(st.floats(0.0, 100.0), min_size=2, max_size=60))
def test_closed_incidents_are_ordered_alike(scores: list[float]) -> None:
    """Of incidents that were learned, the stranger is never the less risky."""
    scale = _scale(scores)
    periods = [scale.return_period_s(score, itself=True) for score in sorted(scores)]
    assert all(low <= high * (1 + 1e-12) for low, high in pairwise(periods))


def test_first_days_are_believed_little() -> None:
    """On the first day everything is new, so surprise counts little; after a month, nearly whole."""
    scale = _scale([])
    assert scale.confidence(0.0) == 0.0
    assert scale.confidence(30 * DAY_S) > 0.95
