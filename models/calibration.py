"""Tails: any score as bits, -log2 of how rarely the past was at least as strange."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.detector import Scores
from models.errors import NotEnoughRowsError
from models.kernel import compiled

GRID = 512
BREAK = 0.01
"""Above this share of the past the tail is a fitted exponential: ranks must not tie where it matters."""
SOFTENING = 16.0
"""Bits beyond the fitted tail's start from which it flattens: no finite past vouches for an exponential that far."""
PRIOR_EXCESSES = 5.0
"""Weight, in rows, of the prior on the mean excess: half a standard deviation."""


@compiled
def tail_of(scores: Any, grid: Any, levels: Any, start: Any, rate: Any) -> Any:
    """Return tails in bits: interpolated in the past, exponential beyond `start`."""
    out = np.empty(scores.shape[0])
    last = grid.shape[0] - 1
    for i in range(scores.shape[0]):
        s = scores[i]
        if s >= start:
            beyond = (s - start) * rate
            out[i] = levels[last] + SOFTENING * np.log1p(beyond / SOFTENING)
        elif s <= grid[0]:
            out[i] = levels[0]
        else:
            j = np.searchsorted(grid, s, side="right") - 1
            if j >= last:
                j = last - 1
            width = grid[j + 1] - grid[j]
            share = (s - grid[j]) / width if width > 0.0 else 0.0
            out[i] = levels[j] + share * (levels[j + 1] - levels[j])
    return out


class Tail:
    """The scores of past rows as a tail function.

    Up to the top 1 % the share of the past that was at least as strange, counted with the row
    itself so that nothing is impossible; beyond, an exponential whose mean excess is the past's
    (the generalised Pareto with shape 0, Pickands 1975).
    """

    def __init__(self, grid: Scores, levels: Scores, start: float, rate: float) -> None:
        self.grid = grid
        self.levels = levels
        self.start = start
        self.rate = rate

    @classmethod
    def fit(cls, past: Scores) -> Tail:
        """Learn the tail from past scores.

        >>> tail = Tail.fit(np.arange(1000.0))
        >>> [round(float(b), 2) for b in tail.bits(np.array([500.0, 990.0]))]
        [1.0, 6.51]
        """
        ordered = np.sort(past)
        n = len(ordered)
        if n < 2:
            raise NotEnoughRowsError(f"a tail needs at least two past scores, and there are {n}; wait for more events")
        top = max(5, int(np.ceil(n * BREAK)))
        top = min(top, n - 1)
        start = float(ordered[n - top])
        body = np.unique(np.concatenate([np.linspace(0, n - top, GRID).astype(np.int64), [n - top]]))
        grid = ordered[body]
        levels = -np.log2((1.0 + n - np.searchsorted(ordered, grid, side="left")) / (n + 1.0))
        prior = 0.5 * (float(np.std(ordered)) or 1.0)
        excesses = ordered[n - top :] - start
        excess = (float(excesses.sum()) + PRIOR_EXCESSES * prior) / (top + PRIOR_EXCESSES)
        return cls(grid, levels, start, float(np.log2(np.e)) / excess)

    def bits(self, scores: Scores) -> Scores:
        """Return the tail of each score, in bits."""
        out: Scores = tail_of(scores, self.grid, self.levels, self.start, self.rate)
        return out

    def arrays(self) -> dict[str, Any]:
        """Return the tail as plain arrays."""
        return {"grid": self.grid, "levels": self.levels, "line": np.array([self.start, self.rate])}

    @classmethod
    def from_arrays(cls, arrays: dict[str, Any]) -> Tail:
        """Return the tail that `arrays` describes."""
        return cls(arrays["grid"], arrays["levels"], float(arrays["line"][0]), float(arrays["line"][1]))
