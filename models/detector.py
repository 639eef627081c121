"""Detector: what every member of the ensemble promises, and the scaling they share."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.kernel import compiled

Matrix = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[Any]]

CLIP = 5.0
"""Scaled features beyond this many standard deviations count no more: one wild column must not drown the rest."""


class Detector(Protocol):
    """A fitted detector, as plain arrays; higher scores are stranger."""

    name: str

    def score(self, rows: Matrix) -> Scores:
        """Return one score a row; a row's score never depends on the other rows."""
        ...

    def arrays(self) -> Arrays:
        """Return everything that is needed to score, for a model version."""
        ...


class Scaling:
    """Standardise columns and clip them, by the mean and spread of past rows."""

    def __init__(self, mean: Scores, spread: Scores) -> None:
        self.mean = mean
        self.spread = spread

    @classmethod
    def fit(cls, rows: Matrix) -> Scaling:
        """Learn the scale; a column that never varied gets the spread of one bit."""
        spread = rows.std(axis=0)
        return cls(rows.mean(axis=0), np.where(spread > 1e-6, np.maximum(spread, 0.25), 1.0))

    def apply(self, rows: Matrix) -> Matrix:
        """Return scaled, clipped rows (elementwise, so independent of batch size)."""
        scaled: Matrix = np.clip((rows - self.mean) / self.spread, -CLIP, CLIP)
        return scaled


@compiled
def mean_of_nearest(rows: Any, references: Any, k: Any, skip_self: Any) -> Any:
    """Return the mean distance to the `k` nearest references, leaving out an identical row once if asked."""
    out = np.empty(rows.shape[0])
    width = rows.shape[1]
    for i in range(rows.shape[0]):
        best = np.full(k + 1, np.inf)
        for j in range(references.shape[0]):
            total = 0.0
            for c in range(width):
                step = rows[i, c] - references[j, c]
                total += step * step
                if total >= best[k]:
                    break
            if total < best[k]:
                at = k
                while at > 0 and best[at - 1] > total:
                    best[at] = best[at - 1]
                    at -= 1
                best[at] = total
        first = 1 if skip_self and best[0] == 0.0 else 0
        mean = 0.0
        for n in range(first, first + k):
            mean += np.sqrt(best[n])
        out[i] = mean / k
    return out
