"""Risk is rated when read, and a least risk becomes a least score."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from service.feed.rating import Rater, Raters
from service.risk import DAY_S, RiskScale, risk_of
from service.store.listing import Listed
from tests.service.stand_ins import make_incident

SCORES = st.lists(st.integers(1, 400).map(lambda n: n / 10.0), max_size=60)


def scale_of(scores: list[float]) -> RiskScale:
    """Return a scale that saw incidents of these scores in a hundred days."""
    scale = RiskScale()
    scale.see_time(0.0)
    scale.see_time(100 * DAY_S)
    for score in scores:
        scale.learn(make_incident(score=score))
    return scale


@given(scores=SCORES, risk=st.floats(0.5, 99.0), asked=st.integers(1, 500).map(lambda n: n / 10.0))
def test_least_score_parts_the_risks(scores: list[float], risk: float, asked: float) -> None:
    """An incident that may still grow has the risk asked for exactly from the least score on."""
    scale = scale_of(scores)
    least = Rater(scale).least_score(risk, is_open=True)
    assert (asked >= least) == (risk_of(scale.return_period_s(asked) / DAY_S) >= risk)


def test_no_score_is_as_rare() -> None:
    """Where no incident can have the risk asked for, no score will do."""
    assert Rater(scale_of([])).least_score(99.9, is_open=True) == math.inf


def test_without_scale_nothing_is_excluded() -> None:
    """An organisation that nothing was learned of has no risk to go by."""
    assert Rater(None).least_score(50.0, is_open=True) == 0.0


def test_scale_is_read_once() -> None:
    """The same stored scale gives the same rater, a new one another."""
    raters = Raters()
    one, two = scale_of([1.0]).to_bytes(), scale_of([2.0]).to_bytes()
    assert raters.of("default", one) is raters.of("default", bytes(one))
    assert raters.of("default", one) is not raters.of("default", two)


def test_incident_that_a_scale_does_not_know_is_rated() -> None:
    """A closed incident that was never counted is judged as any other would be."""
    stranger = make_incident(score=5.0)
    stranger.is_open = False
    risk, period = Rater(scale_of([])).rate(Listed(stranger, 0.0, "new", "", "", 0))
    assert (risk, period) == (risk_of(100.0), 100 * DAY_S)
