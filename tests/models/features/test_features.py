"""The feature registry keeps its own rules."""

from __future__ import annotations

import os
import string
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from collector.event import Kind
from models import features
from models.extraction import spec_arrays
from models.features import FAMILIES, FEATURES, INDEX, OWNERS, Feature, Measure, layout_hash
from models.kernel import CATEGORICAL, RATE

every_feature = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)


def test_names_are_unique() -> None:
    """A name stands for one column."""
    assert len({feature.name for feature in FEATURES}) == len(FEATURES) == len(INDEX)


@every_feature
def test_phrase_can_be_said(feature: Feature) -> None:
    """A phrase names only what an explanation knows, and says what was observed."""
    fields = {field for _, field, _, _ in string.Formatter().parse(feature.phrase) if field}
    assert fields <= {"value", "owner", "n", "usual", "times"}
    assert "{" not in feature.phrase.format(value="a", owner="b", n=3, usual="c", times="d")


@every_feature
def test_owners_are_known(feature: Feature) -> None:
    """A ladder has one to three rungs of one or two known owners each."""
    assert 1 <= len(feature.owners) <= 3
    for rung in feature.owners:
        parts = rung.split("+")
        assert len(parts) <= 2
        assert set(parts) <= set(OWNERS) - {"none"}


@every_feature
def test_followed_feature_comes_first(feature: Feature) -> None:
    """A rate or sequence of another feature is measured after it: rates count values, sequences follow the same."""
    if not feature.of:
        return
    other = FEATURES[INDEX[feature.of]]
    assert INDEX[feature.of] < INDEX[feature.name]
    assert other.measure is Measure.CATEGORICAL
    assert (feature.kinds or set(Kind)) <= (other.kinds or set(Kind))
    if feature.measure is Measure.CATEGORICAL:
        assert (feature.value, feature.owners) == (other.value, other.owners)


@every_feature
def test_figures_are_sensible(feature: Feature) -> None:
    """Caps, half-lives, floors and windows are positive; only rates and gaps may measure no value."""
    assert 0.0 < feature.cap <= 12.0
    assert min(feature.half_life_s, feature.floor, feature.window_s) > 0.0
    assert feature.value or feature.measure is Measure.RATE
    assert feature.family in FAMILIES


def test_arrays_say_what_the_declarations_say() -> None:
    """The kernel's arrays hold measure, reference, rungs, cap and window of each feature."""
    ints, floats = spec_arrays()
    for i, feature in enumerate(FEATURES):
        assert ints[i, 0] == feature.measure
        assert ints[i, 1] == (INDEX[feature.of] if feature.of else -1)
        assert ints[i, 2:8].tolist() == [column for rung in feature.ladder() for column in rung]
        assert floats[i].tolist() == [feature.half_life_s, feature.cap, feature.floor, feature.window_s]
    assert len(np.unique(ints[:, 8])) == len(FEATURES)


def test_first_feature_tells_standing() -> None:
    """The kernel reads how well an actor is known from feature 0: the actor's own acts."""
    assert (FEATURES[0].measure, FEATURES[0].value, FEATURES[0].owners[0]) == (CATEGORICAL, "action", "actor")


def test_fan_outs_count_new_values() -> None:
    """Only rates count new values of another feature; there is at least one."""
    assert any(feature.of and feature.measure == RATE for feature in FEATURES)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"owners": ("population",)},
        {"cap": 1.0},
        {"half_life_s": 1.0},
        {"kinds": frozenset({Kind.LOG})},
    ],
)
def test_hash_changes_with_a_feature(monkeypatch: pytest.MonkeyPatch, change: dict[str, object]) -> None:
    """State written with another declaration is recognised."""
    before = layout_hash()
    changed = replace(FEATURES[-1], **change)  # type: ignore[arg-type]  # each value fits its field
    monkeypatch.setattr(features, "FEATURES", (*FEATURES[:-1], changed))
    assert layout_hash() != before


def test_hash_changes_with_the_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of columns is part of the layout."""
    before = layout_hash()
    monkeypatch.setattr(features, "FEATURES", FEATURES[::-1])
    assert layout_hash() != before


def test_hash_is_the_same_in_every_process() -> None:
    """The hash stands on stored rows: another process must find the same."""
    code = "from models.features import layout_hash; print(layout_hash())"
    hashes = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1
