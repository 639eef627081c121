"""How common each feature's surprise is in this organisation: what surprises every day is no surprise."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.detector import Arrays, Matrix
from models.features import FEATURES
from models.kernel import compiled

BINS = 48
WIDTH = 0.5
"""Bits a bin is wide; the last bin is open."""
HALF_LIFE = 50_000.0
"""Events in which a count halves, so that a changed organisation is believed again."""
DOUBT = 1.0
"""Occurrences assumed of what was never seen."""


@compiled
def temper(matrix: Any, measured: Any, counts: Any, seen: Any, weight: Any) -> None:
    """Cap each row's bits by how rare they are among the earlier rows, then learn the row; in order.

    Instead of ageing every count at every event, the weight of new ones grows (forward decay,
    Cormode et al. 2009).
    """
    bins = counts.shape[1]
    growth = 2.0 ** (1.0 / HALF_LIFE)
    for i in range(matrix.shape[0]):
        weight[0] *= growth
        for c in range(matrix.shape[1]):
            if not measured[i, c]:
                continue
            bits = matrix[i, c]
            if bits > 0.0:
                b = min(np.int64(bits / WIDTH), bins - 1)
                above = 0.0
                for k in range(b, bins):
                    above += counts[c, k]
                counts[c, b] += weight[0]
                share = (above / weight[0] + DOUBT) / (seen[c] / weight[0] + DOUBT)
                matrix[i, c] = min(bits, max(0.0, -np.log2(share)))
            seen[c] += weight[0]
        if weight[0] > 1e12:
            counts /= weight[0]
            seen /= weight[0]
            weight[0] = 1.0


class Commonness:
    """Histograms of every feature's bits over the organisation's recent events.

    A newcomer is news in a bank and daily bread in an open-source project: both have the same
    surprise by their own history, and this tells them apart.
    """

    def __init__(self) -> None:
        self.counts = np.zeros((len(FEATURES), BINS))
        self.seen = np.zeros(len(FEATURES))
        self.weight = np.ones(1)

    def temper(self, matrix: Matrix, measured: npt.NDArray[np.bool_]) -> None:
        """Cap, in place and in order, each row's bits by -log2 of how often a feature was as surprising.

        `measured` says, cell by cell, whether the feature was measured on that event at all.
        """
        temper(matrix, measured, self.counts, self.seen, self.weight)

    def arrays(self) -> Arrays:
        """Return the histograms, as they are now."""
        return {"counts": self.counts.copy(), "seen": self.seen.copy(), "weight": self.weight.copy()}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Commonness:
        """Return the histograms that `arrays` describes."""
        commonness = cls()
        commonness.counts, commonness.seen, commonness.weight = (
            arrays[name].copy() for name in ("counts", "seen", "weight")
        )
        return commonness
