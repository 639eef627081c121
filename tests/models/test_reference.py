"""The compiled kernel says what the reference says, to the bit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.event import Event
from models.kernel import MAX_DISTINCT
from models.profile import Profiles
from tests.models.streams import (
    DAY,
    START,
    by_kernel,
    learn_verdict,
    make_event,
    observe,
    random_stream,
    reference,
    streams,
    tables,
)


def _assert_equal(events: Sequence[Event], *, maturity_s: float = DAY) -> None:
    observations = observe(events)
    expected = reference(maturity_s=maturity_s).score_batch(observations)
    for got, wanted in zip(by_kernel(observations, Profiles(), maturity_s=maturity_s), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


@given(events=streams())
@settings(max_examples=60)
def test_kernel_equals_reference(events: list[Event]) -> None:
    """Feature rows, details and usual values of any stream are equal, late and future-dated events included."""
    _assert_equal(events)


@given(events=streams())
@settings(max_examples=20)
def test_kernel_equals_reference_when_learning_at_once(events: list[Event]) -> None:
    """Without maturity the two agree as well."""
    _assert_equal(events, maturity_s=0.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_kernel_equals_reference_over_months(seed: int) -> None:
    """A stream long enough for full rings, matured days and regulars gives the same bits."""
    _assert_equal(random_stream(seed, 1200))


def test_kernel_equals_reference_in_a_burst() -> None:
    """Hundreds of events within minutes, when hardly anything matures, are equal too."""
    _assert_equal(random_stream(3, 600, steps=(0.0, 0.5, 2.0)))


def test_reference_leaves_observations_alone() -> None:
    """The reference writes into nothing it was given."""
    observations = observe(random_stream(5, 30))
    before = observations.what.copy(), observations.owners.copy()
    reference().score_batch(observations)
    np.testing.assert_array_equal(before[0], observations.what)
    np.testing.assert_array_equal(before[1], observations.owners)


def test_kernel_equals_reference_beyond_the_most_values() -> None:
    """An entity with more values than are kept of it is equal, and so are its later events."""
    paths: list[str] = [f"src/{i}.py" for i in range(MAX_DISTINCT + 200)]
    _assert_equal([make_event(i, at=START + i * 2 * DAY, facts={"commit_path": paths}) for i in range(3)])


def test_kernel_equals_reference_where_two_rungs_are_one() -> None:
    """A token that bears the name of its peers is learned once in a ladder, not twice."""
    links = {"repo": "acme/pay", "token": "all of type user"}
    _assert_equal([make_event(i, at=START + i * DAY, links=links) for i in range(20)])


def test_kernel_equals_reference_for_every_standing() -> None:
    """From newcomer to regular, an actor's standing is the same."""
    _assert_equal([make_event(i, at=START + i * DAY / 12) for i in range(1200)])


def _rows(table: np.ndarray, names: Sequence[str]) -> dict[int, tuple[object, ...]]:
    kept = table[table["key"] != 0]
    return {int(row["key"]): tuple(row[name].tolist() for name in names) for row in kept}


_BASELINE = ("last", "n", "novel", "pending_n", "pending_novel", "day", "distinct", "previous", "top", "top_n")


@given(
    events=streams(50),
    judged=st.lists(st.tuples(st.integers(0, 49), st.integers(0, 49), st.booleans()), max_size=5),
    size=st.sampled_from([1 << 12, 1 << 15]),
)
@settings(max_examples=40)
def test_kernel_equals_reference_about_verdicts(
    events: list[Event], judged: list[tuple[int, int, bool]], size: int
) -> None:
    """Whatever is matured and struck in any order, the tables hold the same, and later events get the same bits."""
    profiles, plain = tables(size), reference()
    for start, stop, is_usual in [(0, 0, True), *judged]:
        observations = observe(events)
        expected = plain.score_batch(observations)
        for got, wanted in zip(by_kernel(observations, profiles), expected, strict=True):
            np.testing.assert_array_equal(got, wanted)
        learn_verdict(observe(events[start:stop]), profiles, plain, is_usual=is_usual)
        assert _rows(profiles.values, ("count", "first", "last")) == {
            key: (row.count, row.first, row.last) for key, row in plain.values.items()
        }
        assert _rows(profiles.baselines, _BASELINE) == {
            key: tuple(getattr(row, name) for name in _BASELINE) for key, row in plain.baselines.items()
        }
        assert profiles.used.tolist() == [len(plain.baselines), len(plain.values), len(plain.gauges)]
