"""Retention: scored events, dead letters and the stream's beginning go when they are older than they are kept.

Age is counted back from the newest that there is of an organisation, or from now where that lies in the future: the
history of one that fell silent, or that was replayed from years ago, is not emptied by the passing of time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from collector.stream import Stream
from collector.stream.entry import Observed
from service.states import LAYOUT
from service.store import aging, overview, rejections, snapshots
from service.store.database import Database

DAY_S = 86_400.0
EVERY_S = 3_600.0
_AT_ONCE = 500
"""Rows removed in one transaction: a few milliseconds for whoever waits."""
_LOOKED_AT = 50
"""Records looked at for one that has a time."""


class Retention:
    """Removes what is old, piece by piece; done twice, or by two at once, it removes no more than once."""

    def __init__(
        self, database: Database, stream: Stream, days: float, *, now: Callable[[], float] = time.time
    ) -> None:
        self.removed: dict[str, int] = {"events": 0, "dead_letters": 0, "entries": 0}
        """What was removed since the start."""
        self._database = database
        self._stream = stream
        self._kept_s = days * DAY_S
        self._now = now
        self._pieces: Iterator[None] = iter(())
        self._next_at = float("-inf")

    def turn(self) -> bool:
        """Remove a piece; return whether there may be more to do now."""
        for _ in self._pieces:
            return True
        if self._now() < self._next_at:
            return False
        self._pieces, self._next_at = self._sweep(), self._now() + EVERY_S
        return True

    def sweep(self) -> None:
        """Remove everything that is old."""
        for _ in self._sweep():
            pass

    def _sweep(self) -> Iterator[None]:
        now = self._now()
        with self._database.reading() as connection:
            newest = {row.name: float(row.last_at) for row in overview.all_organisations(connection)}
        for organisation, last_at in newest.items():
            yield from self._age_events(organisation, min(now, last_at) - self._kept_s)
        yield from self._age_letters(now - self._kept_s)
        for partition in range(self._stream.partitions):
            self._trim(partition)
            yield

    def _age_events(self, organisation: str, before: float) -> Iterator[None]:
        after, is_last = (float("-inf"), 0), False
        while not is_last:
            with self._database.transaction() as connection:
                removed, *place, is_last = aging.events(connection, organisation, before, after, _AT_ONCE)
            after = (place[0], int(place[1]))
            self.removed["events"] += removed
            yield

    def _age_letters(self, before: float) -> Iterator[None]:
        removed = _AT_ONCE
        while removed == _AT_ONCE:
            with self._database.transaction() as connection:
                removed = aging.letters(connection, before, _AT_ONCE)
            self.removed["dead_letters"] += removed
            yield

    def _trim(self, partition: int) -> None:
        """Forget what no restart reads again: what is old, and known to the partition's snapshot."""
        with self._database.reading() as connection:
            known = snapshots.position_of(connection, partition, LAYOUT)
        until = self._older_until(partition, min(known, self._stream.end(partition)))
        if until > self._stream.start(partition):
            self.removed["entries"] += self._stream.trim(partition, until)
            with self._database.transaction() as connection:
                rejections.remove(connection, partition, until)

    def _older_until(self, partition: int, until: int) -> int:
        """Return the last position up to which everything is older than it is kept, found by halving."""
        last = self._times_after(partition, max(self._stream.end(partition) - _LOOKED_AT, 0))
        before = min(self._now(), max(last, default=float("-inf"))) - self._kept_s
        low, high = self._stream.start(partition), until
        while low < high:
            middle = (low + high + 1) // 2
            if next(self._times_after(partition, middle - 1), float("inf")) < before:
                low = middle
            else:
                high = middle - 1
        return low

    def _times_after(self, partition: int, position: int) -> Iterator[float]:
        """Return when the next events after a position were received; nothing where none is near."""
        records = self._stream.read(partition, position, _LOOKED_AT)
        return (record.entry.event.received_at for record in records if isinstance(record.entry, Observed))
