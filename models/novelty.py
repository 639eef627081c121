"""The novelty sum: what the features alone say, without any training."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.detector import Matrix, Scores
from models.features import FAMILIES, FEATURES
from models.kernel import compiled

ECHO = 0.25
"""Weight of further features of a family: they mostly repeat what its strongest says."""


@compiled
def family_sums(matrix: Any, family: Any, families: Any, echo: Any) -> Any:
    """Return, per row, the sum over families of the strongest feature and an echo of the others."""
    out = np.empty(matrix.shape[0])
    for i in range(matrix.shape[0]):
        total = np.zeros(families)
        highest = np.zeros(families)
        for c in range(matrix.shape[1]):
            bits = matrix[i, c]
            if bits > 0.0:
                total[family[c]] += bits
                highest[family[c]] = max(highest[family[c]], bits)
        score = 0.0
        for f in range(families):
            score += highest[f] + echo * (total[f] - highest[f])
        out[i] = score
    return out


_FAMILY = np.array([FAMILIES.index(feature.family) for feature in FEATURES], np.int64)


def novelty(matrix: Matrix) -> Scores:
    """Return the novelty of each feature row, in bits."""
    scores: Scores = family_sums(matrix, _FAMILY, len(FAMILIES), ECHO)
    return scores
