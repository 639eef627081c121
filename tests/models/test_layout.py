"""The layout: one hash for everything that would give stored state another meaning."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from importlib import reload

import pytest

from models import commonness, features, layout, novelty_tail


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    yield
    reload(layout)


def test_layout_is_a_short_name() -> None:
    """It fits into a column and a file name."""
    assert len(layout.LAYOUT) == 16
    assert int(layout.LAYOUT, 16) >= 0


def test_layout_follows_the_features(monkeypatch: pytest.MonkeyPatch) -> None:
    """A feature that forgets faster is another layout."""
    before = layout.LAYOUT
    changed = (dataclasses.replace(features.FEATURES[0], half_life_s=1.0), *features.FEATURES[1:])
    monkeypatch.setattr(features, "FEATURES", changed)
    assert before != reload(layout).LAYOUT


def test_layout_follows_the_histograms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bins of another width are another layout."""
    for module in (commonness, novelty_tail):
        before = layout.LAYOUT
        monkeypatch.setattr(module, "WIDTH", 0.25)
        assert before != reload(layout).LAYOUT
