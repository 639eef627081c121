"""Planted strangeness: ordinary rows made strange in known ways, for judging a version without any confirmed attack."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models.detector import Matrix
from models.features import FEATURES

PLANTED = 300
"""Rows planted in each kind."""
FAMILIES = 2
"""Independent families of facts that are strange in each: what an attack shows at least."""
PER_FAMILY = 2
BITS = 6.0
"""Surprise of each strange fact: one in 64."""

_FAMILY = np.array([feature.family for feature in FEATURES])


def plant(rows: Matrix, seed: int) -> Matrix:
    """Return ordinary rows with a few facts of two families made strange, the same for the same seed.

    Only columns that hold bits somewhere are touched: the others are not measured on this kind of event.
    """
    rng = np.random.default_rng([seed, len(rows)])
    columns = np.flatnonzero(rows.std(axis=0) > 0.0)
    families = np.unique(_FAMILY[columns])
    planted = np.array(rows[rng.integers(0, len(rows), PLANTED)])
    if len(families):
        for row in planted:
            for family in rng.choice(families, min(FAMILIES, len(families)), replace=False):
                _make_strange(row, columns[_FAMILY[columns] == family], rng)
    return planted


def _make_strange(row: Matrix, columns: npt.NDArray[np.intp], rng: np.random.Generator) -> None:
    chosen = rng.choice(columns, min(PER_FAMILY, len(columns)), replace=False)
    row[chosen] = np.maximum(row[chosen], BITS)
