"""The feature registry: every column of the feature vector, in fixed order."""

from __future__ import annotations

import hashlib

from models.features import change, content, dependency, identity, network, other, pipeline, timing, volume
from models.features.feature import OWNERS, Feature, Measure

FEATURES: tuple[Feature, ...] = (
    *identity.FEATURES,
    *network.FEATURES,
    *timing.FEATURES,
    *pipeline.FEATURES,
    *change.FEATURES,
    *content.FEATURES,
    *dependency.FEATURES,
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


__all__ = ["FAMILIES", "FEATURES", "INDEX", "OWNERS", "Feature", "Measure", "layout_hash"]
