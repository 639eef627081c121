"""The feature registry: every column of the feature vector, in fixed order."""

from __future__ import annotations

import hashlib

from models.features import (
    artifact,
    change,
    commit,
    content,
    dependency,
    identity,
    network,
    other,
    pipeline,
    timing,
    volume,
)
from models.features.feature import OWNERS, Feature, Measure

FEATURES: tuple[Feature, ...] = (
    *identity.FEATURES,
    *network.FEATURES,
    *timing.FEATURES,
    *pipeline.FEATURES,
    *change.FEATURES,
    *commit.FEATURES,
    *content.FEATURES,
    *dependency.FEATURES,
    *artifact.FEATURES,
    *other.FEATURES,
    *volume.FEATURES,
)
INDEX = {feature.name: i for i, feature in enumerate(FEATURES)}
FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(feature.family for feature in FEATURES))


def layout_hash() -> str:
    """Return the hash that stands on every profile and feature row written with this registry."""
    plain = [{k: sorted(v) if isinstance(v, frozenset) else v for k, v in vars(f).items()} for f in FEATURES]
    text = repr((OWNERS, plain))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def is_categorical(name: str) -> bool:
    """Return whether the feature of that name measures a value rather than an amount; a signal's is a value."""
    return name not in INDEX or FEATURES[INDEX[name]].measure is Measure.CATEGORICAL


__all__ = ["FAMILIES", "FEATURES", "INDEX", "OWNERS", "Feature", "Measure", "is_categorical", "layout_hash"]
