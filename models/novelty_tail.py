"""How rare so much novelty is in an organisation, whatever the kind: it judges kinds with few rows of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from models.commonness import DOUBT, HALF_LIFE
from models.detector import Arrays, Scores
from models.kernel import compiled

BINS = 256
WIDTH = 0.5
"""Bits of novelty a bin is wide; the last bin is open."""
HALVING = 12.0
"""Novelty that halves the p-value once, before anything is known about usual novelty."""
TRUST = 2048.0
"""Events at which what was counted weighs as much as that assumption: a first day has no novelty at all."""
TRUST_OF_STATE = 512.0
"""The same of events that tell what a place pins: there are few, and the first of each place is taken for granted."""


_TRUSTS = np.array([TRUST, TRUST_OF_STATE])


@compiled
def rank(sums: Any, rows: Any, counts: Any, totals: Any, trusts: Any, out: Any) -> None:
    """Write -log2 of the share of earlier events of its row at least as novel as each, and learn it; in order.

    Older events fade as in `models.commonness`. Within a bin its events are taken as evenly spread.
    """
    bins = counts.shape[1]
    growth = 2.0 ** (1.0 / HALF_LIFE)
    for i in range(sums.shape[0]):
        row = rows[i]
        seen, weight = totals[row, 0], totals[row, 1] * growth
        place = sums[i] / WIDTH
        b = min(np.int64(place), bins - 1)
        above = counts[row, b] * max(0.0, 1.0 - (place - b))
        for k in range(b + 1, bins):
            above += counts[row, k]
        known = seen / weight
        counted = max(0.0, -np.log2((above / weight + DOUBT) / (known + DOUBT)))
        believed = known / (known + trusts[row])
        out[i] = believed * counted + (1.0 - believed) * sums[i] / HALVING
        counts[row, b] += weight
        totals[row, 0], totals[row, 1] = seen + weight, weight
        if weight > 1e12:
            counts[row] /= weight
            totals[row] /= weight


class NoveltyTail:
    """Histograms of the novelty of an organisation's recent events: of acts of all kinds, and of what places pin.

    They are apart because few features are measured on the latter: beside acts the strangest of them were nothing.
    """

    def __init__(self) -> None:
        self.counts = np.zeros((2, BINS))
        self.totals = np.array([[0.0, 1.0], [0.0, 1.0]])
        """Weight of all events seen, and of the newest one."""

    def rank(self, sums: Scores, is_state: npt.NDArray[np.bool_]) -> Scores:
        """Return, in order, how rare as much novelty was before each event, in bits; the events are learned."""
        out = np.empty(len(sums))
        rank(sums, is_state.astype(np.int64), self.counts, self.totals, _TRUSTS, out)
        return out

    def arrays(self) -> Arrays:
        """Return the histogram, as it is now."""
        return {"counts": self.counts.copy(), "totals": self.totals.copy()}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> NoveltyTail:
        """Return the histogram that `arrays` describes."""
        tail = cls()
        tail.counts, tail.totals = arrays["counts"].copy(), arrays["totals"].copy()
        return tail
