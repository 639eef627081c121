"""How rare so much novelty is in an organisation, whatever the kind: it judges kinds with few rows of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

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


@compiled
def rank(sums: Any, counts: Any, totals: Any, out: Any) -> None:
    """Write -log2 of the share of earlier events at least as novel as each, and learn it; in order.

    Older events fade as in `models.commonness`. Within a bin its events are taken as evenly spread.
    """
    bins = counts.shape[0]
    growth = 2.0 ** (1.0 / HALF_LIFE)
    for i in range(sums.shape[0]):
        seen, weight = totals[0], totals[1] * growth
        place = sums[i] / WIDTH
        b = min(np.int64(place), bins - 1)
        above = counts[b] * max(0.0, 1.0 - (place - b))
        for k in range(b + 1, bins):
            above += counts[k]
        known = seen / weight
        counted = max(0.0, -np.log2((above / weight + DOUBT) / (known + DOUBT)))
        believed = known / (known + TRUST)
        out[i] = believed * counted + (1.0 - believed) * sums[i] / HALVING
        counts[b] += weight
        totals[0], totals[1] = seen + weight, weight
        if weight > 1e12:
            counts /= weight
            totals /= weight


class NoveltyTail:
    """A histogram of the novelty of an organisation's recent events of all kinds."""

    def __init__(self) -> None:
        self.counts = np.zeros(BINS)
        self.totals = np.array([0.0, 1.0])
        """Weight of all events seen, and of the newest one."""

    def rank(self, sums: Scores) -> Scores:
        """Return, in order, how rare as much novelty was before each event, in bits; the events are learned."""
        out = np.empty(len(sums))
        rank(sums, self.counts, self.totals, out)
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
