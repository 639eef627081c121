"""Model versions for tests: small ensembles, a manifest, and keys."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.event import Kind
from models.detector import Matrix
from models.ensemble import NOVELTY, Ensemble
from models.features import FEATURES
from models.layout import LAYOUT
from models.version import Gate, Manifest, Quality

NAME = "2026-11-25T1300-1a2b"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
TRUSTED = [KEY.public_key()]
_USED = 14


def make_rows(count: int, seed: int) -> Matrix:
    """Return feature rows of which a few columns hold bits."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, len(FEATURES)))
    rows[:, :_USED] = np.where(rng.random((count, _USED)) < 0.2, rng.exponential(1.5, (count, _USED)), 0.0)
    return rows


@cache
def small_ensembles() -> dict[Kind, Ensemble]:
    """Return fitted ensembles of two kinds, one of them of novelty alone."""
    return {
        Kind.ACCESS: Ensemble.fit(make_rows(300, 1), seed=3),
        Kind.RUN: Ensemble.fit(make_rows(100, 2), 3, (NOVELTY,)),
    }


def make_manifest(
    name: str = NAME, *, passed: bool = True, layout: str = LAYOUT, organisation: str = "default", parent: str = "own"
) -> Manifest:
    """Return a manifest; name only what matters."""
    at = datetime(2026, 11, 25, 13, tzinfo=UTC)
    return Manifest(
        version=name,
        organisation=organisation,
        created_at=at,
        parent=parent,
        first_at=at,
        last_at=at,
        partition=0,
        position=7,
        events={Kind.ACCESS: 300, Kind.RUN: 100},
        rows={Kind.ACCESS: 300, Kind.RUN: 100},
        removed={},
        labels={},
        dataset="0" * 32,
        seed=3,
        features=tuple(feature.name for feature in FEATURES),
        layout=layout,
        libraries={"numpy": np.__version__},
        quality=Quality(gate=Gate(passed, () if passed else ("it finds less than the version that serves",))),
    )
