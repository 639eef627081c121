"""Ids seen lately: a second delivery of an event changes nothing, and remembering it stays small."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

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
    """The event ids of the dedupe horizon, as 64-bit digests in sorted runs: 16 bytes an event.

    The clock is the latest event time seen, so the answers depend on the order of events only,
    never on how they are cut into batches.
    """

    def __init__(self, horizon_s: float = HORIZON_S) -> None:
        self._horizon_s = horizon_s
        self._now = -np.inf
        self._fresh: dict[int, float] = {}
        self._runs: list[tuple[_Hashes, _Times]] = []

    def unseen(self, events: Sequence[Event]) -> list[Event]:
        """Return the events whose ids are new, in order, and remember them."""
        digests = [_digest(event) for event in events]
        seen_at = self._latest(np.array(digests, dtype=np.uint64))
        new = []
        for event, digest, earlier in zip(events, digests, seen_at.tolist(), strict=True):
            self._now = max(self._now, event_time(event))
            if max(earlier, self._fresh.get(digest, -np.inf)) < self._now - self._horizon_s:
                self._fresh[digest] = self._now
                new.append(event)
        if len(self._fresh) >= _FRESH:
            self._settle()
        return new

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


def _digest(event: Event) -> int:
    name = f"{event.organisation}\0{event.id}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest())
