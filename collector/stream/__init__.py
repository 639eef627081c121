"""The stream that carries entries in order, embedded or on a bus."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from collector.event import Event
from collector.stream.entry import Entry, Observed, home_of


class Record(NamedTuple):
    """One entry and where it stands in its partition."""

    position: int
    """Grows within a partition; gaps are allowed."""
    entry: Entry


class Stream(Protocol):
    """An append-only log of entries in partitions; reading it again from a position gives the same records."""

    @property
    def partitions(self) -> int:
        """Return how many partitions there are; the order of entries is kept within each."""

    def append(self, entries: Iterable[Entry]) -> int:
        """Store entries durably, each in its organisation's partition; return how many."""

    def read(self, partition: int, position: int, limit: int) -> list[Record]:
        """Return up to `limit` records after `position` (0 is before the first), in order."""

    def wait(self, partition: int, position: int, timeout_s: float) -> bool:
        """Return whether there is a record after `position`, waiting at most so long for one."""

    def start(self, partition: int) -> int:
        """Return the position before the oldest record that is still kept; 0 where nothing was trimmed."""

    def end(self, partition: int) -> int:
        """Return the position of a partition's last record; 0 where it is empty."""

    def trim(self, partition: int, position: int) -> int:
        """Forget the records up to and including a position; return how many."""

    def close(self) -> None:
        """Let go of it."""


class Group(Protocol):
    """A consumer group's member: which partitions are its own for now, and how far the group has come."""

    def assigned(self) -> frozenset[int]:
        """Return the partitions this member may work on; renews its claim, so it is asked at every turn."""

    def commit(self, partition: int, position: int) -> None:
        """Tell how far the group has come; a hint for lag, the store's own position decides."""

    def positions(self) -> dict[int, int]:
        """Return how far the group has come in each partition."""

    def leave(self) -> None:
        """Give the partitions back at once."""

    def close(self) -> None:
        """Let go of it."""


def observed(events: Iterable[Event]) -> Iterable[Entry]:
    """Return events as entries of a stream."""
    return (Observed(event=event) for event in events)


def partition_of(organisation: str, partitions: int) -> int:
    """Return the partition that keeps an organisation's entries in order.

    >>> partition_of("acme", 1)
    0
    >>> partition_of("acme", 64) == partition_of("acme~drill", 64)
    True
    """
    return zlib.crc32(home_of(organisation).encode()) % partitions
