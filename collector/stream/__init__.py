"""The stream that carries events in order, embedded or on a bus."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from collector.event import Event


class Record(NamedTuple):
    """One event and where it stands in its partition."""

    position: int
    """Grows within a partition; gaps are allowed."""
    event: Event


class Stream(Protocol):
    """An append-only log of events in partitions; reading it again from a position gives the same records."""

    @property
    def partitions(self) -> int:
        """Return how many partitions there are; the order of events is kept within each."""

    def append(self, events: Iterable[Event]) -> int:
        """Store events durably, each in its organisation's partition; return how many."""

    def read(self, partition: int, position: int, limit: int) -> list[Record]:
        """Return up to `limit` records after `position` (0 is before the first), in order."""

    def end(self, partition: int) -> int:
        """Return the position of a partition's last record; 0 where it is empty."""


def partition_of(organisation: str, partitions: int) -> int:
    """Return the partition that keeps an organisation's events in order.

    >>> partition_of("acme", 1)
    0
    """
    return zlib.crc32(organisation.encode()) % partitions
