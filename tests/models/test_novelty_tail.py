"""How rare so much novelty is among all events judges kinds with few rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.novelty_tail import BINS, HALVING, WIDTH, NoveltyTail

_States = npt.NDArray[np.bool_]


def _rank(tail: NoveltyTail, sums: npt.NDArray[np.float64], is_state: _States | None = None) -> npt.NDArray[np.float64]:
    """Return what a tail says of acts, unless some are said to tell what a place pins."""
    return tail.rank(sums, np.zeros(len(sums), np.bool_) if is_state is None else is_state)


_SUMS = st.lists(st.floats(0.0, 300.0), min_size=2, max_size=60)


def test_first_events_are_judged_by_the_assumption() -> None:
    """Where next to nothing was seen, novelty that was never seen is no catastrophe."""
    tail = NoveltyTail()
    _rank(tail, np.zeros(100))
    assert _rank(tail, np.array([60.0]))[0] == pytest.approx(60.0 / HALVING, rel=0.1)


def test_rare_novelty_is_as_rare_as_it_was() -> None:
    """What one event in a thousand reaches is about ten bits strange, and what every second one does about one."""
    tail = NoveltyTail()
    _rank(tail, np.array(([5.0] * 500 + [15.0] * 499 + [40.0]) * 50))
    rare, usual = _rank(tail, np.array([39.0, 14.0]))
    assert 8.5 < rare < 10.5
    assert 0.9 < usual < 1.1


def test_no_novelty_is_no_strangeness() -> None:
    """An event without any novelty costs nothing, however long the history."""
    assert (_rank(NoveltyTail(), np.zeros(3000)) == 0.0).all()


def test_more_novelty_is_stranger_within_a_bin_too() -> None:
    """Scores do not tie where two events differ."""
    tail = NoveltyTail()
    _rank(tail, np.linspace(0.0, 60.0, 5000))
    sums = np.arange(1.0, 60.0, 0.1)
    ranks = [float(_rank(NoveltyTail.from_arrays(tail.arrays()), np.array([one]))[0]) for one in sums]
    assert (np.diff(ranks) > 0.0).all()


def test_the_last_bin_is_open() -> None:
    """More novelty than there are bins is as rare as the last bin, and stays finite."""
    tail = NoveltyTail()
    out = _rank(tail, np.array([BINS * WIDTH * 10] * 3000))
    assert np.isfinite(out).all()
    assert tail.counts[0, -1] > 0.0


def test_what_places_pin_is_held_against_its_own_kind() -> None:
    """However novel the acts of an organisation are, of what its places pin the strangest is strange."""
    tail = NoveltyTail()
    _rank(tail, np.full(5000, 60.0))
    _rank(tail, np.tile([0.0, 2.0, 5.0], 1000), np.ones(3000, np.bool_))
    assert _rank(tail, np.array([20.0]), np.array([True]))[0] > 6.0
    assert _rank(tail, np.array([20.0]))[0] < 1.0


@given(_SUMS, st.integers(1, 59), st.integers(1, 7))
def test_split_changes_nothing(sums: list[float], at: int, every: int) -> None:
    """Two calls give the same bits as one, also with a stop between them, and none is negative."""
    whole = NoveltyTail()
    states = np.arange(len(sums)) % every == 0
    expected = _rank(whole, np.array(sums), states)
    first = NoveltyTail()
    before = _rank(first, np.array(sums[:at]), states[:at])
    second = NoveltyTail.from_arrays(first.arrays())
    after = _rank(second, np.array(sums[at:]), states[at:])
    assert np.concatenate([before, after]).tobytes() == expected.tobytes()
    assert second.arrays()["counts"].tobytes() == whole.arrays()["counts"].tobytes()
    assert (expected >= 0.0).all()


def test_weights_stay_bounded() -> None:
    """Weights are scaled down before they grow out of bounds, and what they say stays the same."""
    tail = NoveltyTail()
    _rank(tail, np.full(1000, 10.0))
    grown = NoveltyTail.from_arrays({name: array * 2e12 for name, array in tail.arrays().items()})
    np.testing.assert_allclose(_rank(grown, np.array([12.0, 3.0])), _rank(tail, np.array([12.0, 3.0])), rtol=1e-9)
    assert grown.totals[0, 1] < 10.0
