"""What the workers of a process count, for whoever watches the service."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

BOUNDS_S = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Up to how long after its receipt an event's effects are stored, as a histogram counts it."""


@dataclass
class WorkerMetrics:
    """Counts since the process began; one thread writes, others read."""

    batches: int = 0
    events: int = 0
    """Events scored and stored."""
    duplicates: int = 0
    unreadable: int = 0
    """Dead letters that were unreadable when they came."""
    rejected: int = 0
    """Entries that failed here and became dead letters."""
    fenced: int = 0
    """Batches that were left to another worker, which had taken over."""
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By stage: read, score, store."""
    latencies: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    """Events by how long after their receipt their effects were stored: up to each bound, and beyond."""
    latency_s: float = 0.0
    """Sum of those times."""
    profiles: dict[int, dict[str, int]] = field(default_factory=dict)
    """By partition and organisation, the rows of profiles in memory."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count how long a stage takes."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - began

    def stored(self, received_at: Sequence[float], now: float) -> None:
        """Count events whose effects are stored now."""
        waited = np.maximum(now - np.asarray(received_at, np.float64), 0.0)
        self.events += len(waited)
        self.latency_s += float(waited.sum())
        places = np.bincount(np.searchsorted(BOUNDS_S, waited), minlength=len(self.latencies)).tolist()
        self.latencies = [before + more for before, more in zip(self.latencies, places, strict=True)]
