"""How rare so much novelty is among all events judges kinds with few rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.novelty_tail import BINS, HALVING, WIDTH, NoveltyTail

_SUMS = st.lists(st.floats(0.0, 300.0), min_size=2, max_size=60)


def test_first_events_are_judged_by_the_assumption() -> None:
    """Where next to nothing was seen, novelty that was never seen is no catastrophe."""
    tail = NoveltyTail()
    tail.rank(np.zeros(100))
    assert tail.rank(np.array([60.0]))[0] == pytest.approx(60.0 / HALVING, rel=0.1)


def test_rare_novelty_is_as_rare_as_it_was() -> None:
    """What one event in a thousand reaches is about ten bits strange, and what every second one does about one."""
    tail = NoveltyTail()
    tail.rank(np.array(([5.0] * 500 + [15.0] * 499 + [40.0]) * 50))
    rare, usual = tail.rank(np.array([39.0, 14.0]))
    assert 8.5 < rare < 10.5
    assert 0.9 < usual < 1.1


def test_no_novelty_is_no_strangeness() -> None:
    """An event without any novelty costs nothing, however long the history."""
    assert (NoveltyTail().rank(np.zeros(3000)) == 0.0).all()


def test_more_novelty_is_stranger_within_a_bin_too() -> None:
    """Scores do not tie where two events differ."""
    tail = NoveltyTail()
    tail.rank(np.linspace(0.0, 60.0, 5000))
    sums = np.arange(1.0, 60.0, 0.1)
    ranks = [float(NoveltyTail.from_arrays(tail.arrays()).rank(np.array([one]))[0]) for one in sums]
    assert (np.diff(ranks) > 0.0).all()


def test_the_last_bin_is_open() -> None:
    """More novelty than there are bins is as rare as the last bin, and stays finite."""
    tail = NoveltyTail()
    out = tail.rank(np.array([BINS * WIDTH * 10] * 3000))
    assert np.isfinite(out).all()
    assert tail.counts[-1] > 0.0


@given(_SUMS, st.integers(1, 59))
def test_split_changes_nothing(sums: list[float], at: int) -> None:
    """Two calls give the same bits as one, also with a stop between them, and none is negative."""
    whole = NoveltyTail()
    expected = whole.rank(np.array(sums))
    first = NoveltyTail()
    before = first.rank(np.array(sums[:at]))
    second = NoveltyTail.from_arrays(first.arrays())
    assert np.concatenate([before, second.rank(np.array(sums[at:]))]).tobytes() == expected.tobytes()
    assert second.arrays()["counts"].tobytes() == whole.arrays()["counts"].tobytes()
    assert (expected >= 0.0).all()


def test_weights_stay_bounded() -> None:
    """Weights are scaled down before they grow out of bounds, and what they say stays the same."""
    tail = NoveltyTail()
    tail.rank(np.full(1000, 10.0))
    grown = NoveltyTail.from_arrays({name: array * 2e12 for name, array in tail.arrays().items()})
    np.testing.assert_allclose(grown.rank(np.array([12.0, 3.0])), tail.rank(np.array([12.0, 3.0])), rtol=1e-9)
    assert grown.totals[1] < 10.0
