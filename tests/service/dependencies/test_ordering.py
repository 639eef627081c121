"""Versions are ordered as their registries order them, and what is odd about one is named."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.dependencies.ordering import is_later, order, shapes_of

_ECOSYSTEMS = st.sampled_from(["npm", "pypi", "golang", "cargo", "gem", "maven", "githubactions", ""])
_VERSIONS = st.text("0123456789.abcvrx-+", max_size=12) | st.text(max_size=12)


@pytest.mark.parametrize(
    ("ecosystem", "rising"),
    [
        (
            "npm",
            ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.10.0"],
        ),
        ("pypi", ["1.0.dev1", "1.0a1", "1.0rc1", "1.0", "1.0.post1", "1.1", "1!0.1"]),
        ("golang", ["v0.0.0-20200101000000-abcdefabcdef", "v0.1.0", "v1.0.0-rc.1", "v1.0.0", "v1.2.0+incompatible"]),
        ("gem", ["1.0.a", "1.0.b1", "1.0", "1.0.1", "1.10"]),
        ("maven", ["1.0-rc1", "1.0", "1.0.1", "1.2"]),
    ],
)
def test_versions_rise(ecosystem: str, rising: list[str]) -> None:
    """Each is later than the one before it."""
    assert all(is_later(ecosystem, new, old) for old, new in pairwise(rising))


@pytest.mark.parametrize(("ecosystem", "one", "other"), [("pypi", "1.0", "1.0.0"), ("npm", "v1.2.3", "1.2.3")])
def test_ways_to_write_a_version(ecosystem: str, one: str, other: str) -> None:
    """The same version written otherwise is neither later nor earlier."""
    assert order(ecosystem, one) == order(ecosystem, other)


@given(_ECOSYSTEMS, st.lists(_VERSIONS, max_size=6))
def test_any_text_has_a_place(ecosystem: str, versions: list[str]) -> None:
    """Whatever is written as a version can be sorted, and sorting what is sorted changes nothing."""
    ranked = sorted(versions, key=lambda version: order(ecosystem, version))
    assert sorted(ranked, key=lambda version: order(ecosystem, version)) == ranked
    assert all(not is_later(ecosystem, one, two) for one, two in pairwise(ranked))


@pytest.mark.parametrize(
    ("version", "before", "shapes"),
    [
        ("1.2.3", "1.2.2", ["ordinary"]),
        ("99.99.99", "1.2.0", ["very high", "leap"]),
        ("9999.0.0", "", ["very high"]),
        ("0.0.1", "", ["first steps"]),
        ("2.0.0-beta.1", "1.9.0", ["pre-release"]),
        ("2026.3.1", "2026.2.0", ["date"]),
        ("a" * 40, "v4", ["commit"]),
        ("main", "", ["no number"]),
    ],
)
def test_shapes(version: str, before: str, shapes: list[str]) -> None:
    """What attackers' versions often are has a name: far too high, the first of all."""
    assert shapes_of("npm", version, before) == shapes
