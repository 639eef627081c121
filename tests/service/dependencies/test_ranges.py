"""Ranges of affected versions mean what the OSV schema says, whatever the order of their borders."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.snapshot import Affected, Border
from service.dependencies.ranges import is_affected

_NUMBERS = st.integers(0, 9)


def _range(*borders: tuple[str, str]) -> tuple[tuple[Border, str], ...]:
    return tuple((Border(border), version) for border, version in borders)


@pytest.mark.parametrize(
    ("version", "borders", "expected"),
    [
        ("1.0.0", [("introduced", "0"), ("fixed", "1.0.1")], True),
        ("1.0.1", [("introduced", "0"), ("fixed", "1.0.1")], False),
        ("1.0.1", [("introduced", "1.0.0"), ("last_affected", "1.0.1")], True),
        ("1.0.2", [("introduced", "1.0.0"), ("last_affected", "1.0.1")], False),
        ("2.5.0", [("fixed", "1.5.0"), ("introduced", "2.0.0"), ("introduced", "1.0.0"), ("fixed", "3.0.0")], True),
        ("1.7.0", [("fixed", "1.5.0"), ("introduced", "2.0.0"), ("introduced", "1.0.0"), ("fixed", "3.0.0")], False),
        ("1.0.0-rc.1", [("introduced", "1.0.0")], False),
        ("9.9.9", [("introduced", "0")], True),
    ],
)
def test_borders(version: str, borders: list[tuple[str, str]], expected: bool) -> None:  # noqa: FBT001
    """What is introduced is in, what is fixed is out, and the last affected is in."""
    assert is_affected("npm", version, Affected("", (), (_range(*borders),))) is expected


def test_listed_versions() -> None:
    """A version that is listed is affected, others are not; no version and no range means all."""
    assert is_affected("pypi", "1.0", Affected("", ("1.0.0",)))
    assert not is_affected("pypi", "1.1", Affected("", ("1.0.0",)))
    assert is_affected("pypi", "7", Affected(""))


@given(
    st.lists(st.tuples(_NUMBERS, _NUMBERS), min_size=1, max_size=4),
    st.sampled_from(["fixed", "last_affected"]),
    st.integers(0, 9),
    st.randoms(use_true_random=False),
)
def test_membership_is_that_of_a_walk(
    spans: list[tuple[int, int]], end_is: str, version: int, rng: random.Random
) -> None:
    """For ranges that do not overlap, a version is affected when it lies in one of them, in any order of borders."""
    points = sorted({point for span in spans for point in span})
    pairs = list(zip(points[::2], points[1::2], strict=False))
    borders = []
    for start, end in pairs:
        borders += [("introduced", f"{start}.0.0"), (end_is, f"{end}.0.0")]
    rng.shuffle(borders)
    inside = any(
        start <= version <= end if end_is == "last_affected" else start <= version < end for start, end in pairs
    )
    affected = Affected("", (), (_range(*borders),))
    assert (bool(borders) and is_affected("npm", f"{version}.0.0", affected)) == inside
