"""Ids seen lately: a second delivery of an event changes nothing, and remembering it stays small."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from collector.event import Event
from models.extraction import event_time

HORIZON_S = 7 * 86400.0
"""A vendor repeats a delivery within days; an id that returns later is a new event."""
_FRESH = 65_536
_RUN = 1_048_576
"""No run grows past this: merging needs several times its memory."""

_Hashes = npt.NDArray[np.uint64]
_Times = npt.NDArray[np.float64]


class RecentIds:
    """The event ids of one organisation's dedupe horizon, as 64-bit digests in sorted runs: 16 bytes an event.

    The clock is the latest event time seen, so the answers depend on the order of events only,
    never on how they are cut into batches.
    """

    def __init__(self, horizon_s: float = HORIZON_S) -> None:
        self._horizon_s = horizon_s
        self._now = -np.inf
        self._fresh: dict[int, float] = {}
        self._runs: list[tuple[_Hashes, _Times]] = []

    def unseen(self, events: Sequence[Event]) -> list[int]:
        """Return the indices of the events whose ids are new, in order, and remember them."""
        digests = [_digest(event.id) for event in events]
        seen_at = self._latest(np.array(digests, dtype=np.uint64))
        new = []
        for i, (event, digest, earlier) in enumerate(zip(events, digests, seen_at.tolist(), strict=True)):
            self._now = max(self._now, event_time(event))
            if self._remember(digest, earlier):
                new.append(i)
        if len(self._fresh) >= _FRESH:
            self._settle()
        return new

    def is_new(self, name: str) -> bool:
        """Return whether the id of something else than an event is new, and remember it; it moves no clock."""
        digest = _digest(name)
        return self._remember(digest, float(self._latest(np.array([digest], dtype=np.uint64))[0]))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return everything that is remembered, as plain arrays."""
        hashes = [np.fromiter(self._fresh.keys(), np.uint64, len(self._fresh)), *(h for h, _ in self._runs)]
        times = [np.fromiter(self._fresh.values(), np.float64, len(self._fresh)), *(t for _, t in self._runs)]
        return {
            "now": np.array([self._now]),
            "lengths": np.array([len(h) for h in hashes]),
            "hashes": np.concatenate(hashes),
            "times": np.concatenate(times),
        }

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]], horizon_s: float = HORIZON_S) -> RecentIds:
        """Return what `arrays` describes."""
        recent = cls(horizon_s)
        recent._now = float(arrays["now"][0])
        ends = np.cumsum(arrays["lengths"])[:-1]
        parts = list(zip(np.split(arrays["hashes"], ends), np.split(arrays["times"], ends), strict=True))
        recent._fresh = dict(zip(parts[0][0].tolist(), parts[0][1].tolist(), strict=True))
        recent._runs = parts[1:]
        return recent

    def _remember(self, digest: int, earlier: float) -> bool:
        if max(earlier, self._fresh.get(digest, -np.inf)) >= max(self._now, 0.0) - self._horizon_s:
            return False
        self._fresh[digest] = max(self._now, 0.0)
        return True

    def _latest(self, digests: _Hashes) -> _Times:
        """Return when each id was last seen in the settled runs; minus infinity where it was not."""
        latest = np.full(len(digests), -np.inf)
        for hashes, times in self._runs:
            at = np.minimum(np.searchsorted(hashes, digests), len(hashes) - 1)
            latest = np.where(hashes[at] == digests, np.maximum(latest, times[at]), latest)
        return latest

    def _settle(self) -> None:
        """Sort what is fresh into a run, merge runs of like size, and forget what is past the horizon."""
        hashes = np.fromiter(self._fresh.keys(), dtype=np.uint64, count=len(self._fresh))
        times = np.fromiter(self._fresh.values(), dtype=np.float64, count=len(self._fresh))
        self._fresh = {}
        run = _sorted(hashes, times)
        while self._runs and len(self._runs[-1][0]) <= min(2 * len(run[0]), _RUN - len(run[0])):
            other = self._runs.pop()
            run = _sorted(np.concatenate([other[0], run[0]]), np.concatenate([other[1], run[1]]))
        self._runs.append(run)
        oldest = self._now - self._horizon_s
        kept = [(h[t >= oldest], t[t >= oldest]) for h, t in self._runs]
        self._runs = [(h, t) for h, t in kept if len(h)]


def _sorted(hashes: _Hashes, times: _Times) -> tuple[_Hashes, _Times]:
    """Order by digest; of one digest only its latest time stays, so that a search finds it."""
    order = np.lexsort((-times, hashes))
    hashes, times = hashes[order], times[order]
    first = np.ones(len(hashes), dtype=np.bool_)
    first[1:] = hashes[1:] != hashes[:-1]
    return hashes[first], times[first]


def _digest(name: str) -> int:
    data = name.encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())
