"""Tails: any score as bits, however strange."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from models.calibration import Tail
from models.detector import Scores
from models.errors import NotEnoughRowsError

_FINITE = st.floats(-1e9, 1e9, allow_subnormal=False)
_PAST = arrays.arrays(np.float64, st.integers(2, 300), elements=_FINITE)


@given(past=_PAST, scores=arrays.arrays(np.float64, 20, elements=_FINITE))
def test_stranger_is_never_likelier(past: Scores, scores: Scores) -> None:
    """A higher score never has fewer bits (to rounding)."""
    bits = Tail.fit(past).bits(np.sort(scores))
    assert (np.diff(bits) >= -1e-9).all()


@given(past=_PAST, scores=arrays.arrays(np.float64, 20, elements=_FINITE))
def test_bits_are_finite(past: Scores, scores: Scores) -> None:
    """A p-value is never above 1, and nothing is called impossible, however far outside the past."""
    bits = Tail.fit(past).bits(scores)
    assert (bits >= 0).all()
    assert np.isfinite(bits).all()


@given(past=_PAST)
def test_tail_survives_storing(past: Scores) -> None:
    """A tail restored from its arrays gives the same bits."""
    tail = Tail.fit(past)
    np.testing.assert_array_equal(Tail.from_arrays(tail.arrays()).bits(past), tail.bits(past))


def test_share_of_the_past() -> None:
    """Within the past, bits are -log2 of the share of it that was at least as strange."""
    past = np.random.default_rng(1).normal(size=5000)
    scores = np.quantile(past, [0.25, 0.5, 0.75, 0.95])
    np.testing.assert_allclose(2.0 ** -Tail.fit(past).bits(scores), [0.75, 0.5, 0.25, 0.05], rtol=0.02)


def test_exponential_past_extrapolates() -> None:
    """Beyond an exponential past the fitted tail continues it: the rare is about as rare as it truly is."""
    past = np.random.default_rng(2).exponential(size=20_000)
    (bits,) = Tail.fit(past).bits(np.array([14.0]))  # one in 1.2 million
    assert 16.0 < bits < 23.0


def test_far_scores_do_not_tie() -> None:
    """Two scores far beyond the past still rank."""
    near, far = Tail.fit(np.arange(1000.0)).bits(np.array([5_000.0, 6_000.0]))
    assert far > near


@pytest.mark.parametrize("count", [0, 1])
def test_one_score_is_no_past(count: int) -> None:
    """A tail of nothing is refused with what to do."""
    with pytest.raises(NotEnoughRowsError, match="wait for more events"):
        Tail.fit(np.zeros(count))
