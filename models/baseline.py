"""What is usual for one entity or actor, in words."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from models import kernel
from models.explanation import amount
from models.extraction import MAX_TEXT, STANDINGS, spec_arrays
from models.features import FEATURES, OWNERS, Feature, Measure
from models.kernel import RING, TOP
from models.profile import Profiles
from models.vocabulary import Vocabulary, stable_id

MAX_BASELINES = 40
"""Most respects told of one entity."""
_LEAST_SAMPLES = 5
"""A gauge with fewer says nothing, as in the kernel."""
_WHOLE = ("actor", "entity")
"""Owners that are named with their type, `user:mona`; the others go by their name alone."""
_NAMED = ("repo", "workflow", "job", "token", "network", "agent", "runner", "target", "role")
_SPEC = spec_arrays()[0]


class Baseline(msgspec.Struct, frozen=True):
    """What is usual for an entity in one respect."""

    feature: str
    """Name of the feature, as in the feature registry."""
    about: str
    """The respect, in words."""
    usual: tuple[str, ...]
    """The commonest values, or the usual amount."""
    n: float
    """How many observations it rests on, older ones counting less."""


def baselines_of(name: str, profiles: Profiles, vocabulary: Vocabulary) -> list[Baseline]:
    """Return what is usual for `TYPE:NAME`, such as `user:mona` or `repo:acme/pay`; what rests on most comes first."""
    kind, _, bare = name.partition(":")
    found: list[Baseline] = []
    for column, feature in enumerate(FEATURES):
        owner = feature.owners[0]
        if owner in _WHOLE:
            found.extend(_baseline(column, feature, name, profiles, vocabulary))
        elif owner == kind and owner in _NAMED:
            found.extend(_baseline(column, feature, bare, profiles, vocabulary))
    return sorted(found, key=lambda baseline: (-baseline.n, baseline.feature))[:MAX_BASELINES]


def _baseline(
    column: int, feature: Feature, owner: str, profiles: Profiles, vocabulary: Vocabulary
) -> Iterator[Baseline]:
    owners = np.zeros(len(OWNERS), np.int64)
    owners[OWNERS.index(feature.owners[0])] = stable_id(owner[:MAX_TEXT])
    key = kernel.level_key(owners, _SPEC[column, 2:4], _SPEC[column, 8])
    is_value = feature.measure is Measure.CATEGORICAL
    table = profiles.baselines if is_value else profiles.gauges
    row = table[kernel.find(table["key"], key)]
    if row["key"] == 0:
        return
    usual = _values(row, feature, vocabulary) if is_value else _amount(row, feature)
    n = float(row["n"] + row["pending_n"].sum() if is_value else row["n"])
    if usual and n > 0.0:
        yield Baseline(feature.name, feature.name.replace("_", " "), usual, round(n, 1))


def _values(row: np.void, feature: Feature, vocabulary: Vocabulary) -> tuple[str, ...]:
    ranked = sorted((t for t in range(TOP) if row["top"][t]), key=lambda t: (-row["top_n"][t], t))
    numbers = [int(row["top"][t]) for t in ranked]
    names = [STANDINGS[number] if number < len(STANDINGS) else vocabulary.name(number) for number in numbers]
    return tuple(name for name in names if name and name != feature.absent)


def _amount(row: np.void, feature: Feature) -> tuple[str, ...]:
    if row["n"] < _LEAST_SAMPLES:
        return ()
    out = np.zeros(2)
    kernel.middle(row["ring"], int(min(row["n"], RING)), out)
    return (amount(float(2.0 ** out[0] - 1.0), feature.unit),)
