"""Reads entries of any partitions, each on from where it was read last, and fetches ahead within a limit."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from typing import Any

from kafka import TopicPartition
from kafka.errors import LogTruncationError, OffsetOutOfRangeError

from collector.errors import StreamError
from collector.stream.address import KafkaAddress
from collector.stream.kafka.clients import MIB, PATIENCE_S, consumer, explained

log = logging.getLogger(__name__)

_MOST_HELD = 32 * MIB
"""Bytes fetched and not read from which no more is fetched, except where nothing is held."""
_AT_ONCE = 1_000_000
"""All that was fetched: of a pause in the midst of it the library (3.0) may not find back."""
_FORGOTTEN_S = 60.0
"""A partition that nobody asked for so long is fetched no more."""
_FRESH_S = 0.02
"""How old an end may be that says there is nothing more."""


class Place:
    """How far a partition was handed out, and what was fetched beyond."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.fetched: deque[Any] = deque()
        self.asked_at = time.monotonic()


class Reader:
    """One consumer without a group: positions are the caller's, and a Kafka offset is the position before its record.

    Used by one thread at a time, which its lock sees to.
    """

    def __init__(self, address: KafkaAddress, topic: str) -> None:
        self.lock = threading.Lock()
        self.is_closed = False
        self._address = address
        self._topic = topic
        self._places: dict[int, Place] = {}
        self._held = 0
        self._ends: dict[int, int] = {}
        self._ends_at = float("-inf")
        self._consumer = consumer(
            address,
            max_poll_records=_AT_ONCE,
            fetch_max_bytes=4 * MIB,  # packed: in memory it is five times as much
            max_partition_fetch_bytes=MIB // 2,
            fetch_max_wait_ms=100,
        )

    def read(self, partition: int, position: int, limit: int) -> list[Any]:
        """Return up to `limit` records after a position, none only where there are none; raise StreamError in time."""
        until = time.monotonic() + PATIENCE_S
        with explained(self._address, "read"):
            place = self._go(partition, position)
            while not place.fetched:
                if position >= self._end(partition, position):
                    return []
                if time.monotonic() > until:
                    raise StreamError(
                        f"the stream {self._address} cannot be read: partition {partition} has more, and gave nothing "
                        f"for {PATIENCE_S:.0f} seconds. Look at the brokers' logs"
                    )
                self._poll(1.0)
            while len(place.fetched) < limit and self._poll(0.0):
                pass
        return self._taken(place, limit)

    def wait(self, partition: int, position: int, timeout_s: float) -> bool:
        """Return whether there is a record after a position; something new elsewhere ends the wait too."""
        with explained(self._address, "read"):
            place = self._go(partition, position)
            if not place.fetched:
                self._poll(timeout_s)
        return bool(place.fetched)

    def forget_ends(self) -> None:
        """Believe no end that was asked before now."""
        self._ends_at = float("-inf")

    def close(self) -> None:
        """Let go of the connections."""
        with self.lock:
            self.is_closed = True
            self._consumer.close(autocommit=False, timeout_ms=1_000)

    def _tp(self, partition: int) -> TopicPartition:
        return TopicPartition(self._topic, partition)

    def _go(self, partition: int, position: int) -> Place:
        """Return the place of a partition, moved where the caller is elsewhere than it was."""
        place = self._places.get(partition)
        if place is None or place.position != position:
            place = self._moved(partition, position)
        place.asked_at = time.monotonic()
        return place

    def _moved(self, partition: int, position: int) -> Place:
        tp = self._tp(partition)
        offset = self._kept(tp, position)
        self._drop(partition)
        late = [one for one, place in self._places.items() if place.asked_at < time.monotonic() - _FORGOTTEN_S]
        for one in late:
            self._drop(one)
        place = self._places[partition] = Place(position)
        self._consumer.assign([self._tp(one) for one in self._places])
        self._consumer.seek(tp, offset)
        self._consumer.resume(tp)
        self._ends.pop(partition, None)
        return place

    def _drop(self, partition: int) -> None:
        place = self._places.pop(partition, None)
        if place is not None:
            self._held -= sum(map(_size, place.fetched))

    def _kept(self, tp: TopicPartition, position: int) -> int:
        """Return the offset to read from; tell what is gone, and refuse a position that was never reached."""
        limit_ms = PATIENCE_S * 1000
        end = self._consumer.end_offsets([tp], timeout_ms=limit_ms)[tp]
        if position > end:
            raise StreamError(
                f"{self._topic} ends at {end:,} in partition {tp.partition}, and the store stands at {position:,}: "
                "this is not the topic the store was made from, or it was made anew. Name the right one in --stream, "
                "or begin with an empty store"
            )
        start = int(self._consumer.beginning_offsets([tp], timeout_ms=limit_ms)[tp])
        if 0 < position < start:
            log.error(
                "%s kept nothing of partition %d between %d and %d: it was deleted before it was read. "
                "Lengthen the topic's retention.ms",
                self._topic, tp.partition, position, start,
            )  # fmt: skip
        return max(position, start)

    def _poll(self, timeout_s: float) -> bool:
        """Fetch what has come, of any partition; return whether something has."""
        self._hold_back()
        try:
            found = self._consumer.poll(timeout_ms=int(timeout_s * 1000), max_records=_AT_ONCE)
        except (OffsetOutOfRangeError, LogTruncationError):
            self._places.clear()  # each place is looked at anew when it is asked for
            self._held = 0
            raise
        for tp, records in found.items():
            if place := self._places.get(tp.partition):
                place.fetched.extend(records)
                self._held += sum(map(_size, records))
        return bool(found)

    def _hold_back(self) -> None:
        """Fetch no more of what is held already while much is held."""
        is_much = self._held > _MOST_HELD
        full = [self._tp(partition) for partition, place in self._places.items() if is_much and place.fetched]
        paused = self._consumer.paused()
        self._consumer.resume(*(paused - set(full)))
        self._consumer.pause(*full)

    def _end(self, partition: int, position: int) -> int:
        """Return where a partition ends, asked for all at once: most of many partitions have nothing new in a turn."""
        if self._ends.get(partition, -1) <= position and (
            partition not in self._ends or time.monotonic() - self._ends_at > _FRESH_S
        ):
            tps = [self._tp(one) for one in self._places]
            ends = self._consumer.end_offsets(tps, timeout_ms=PATIENCE_S * 1000)
            self._ends = {tp.partition: int(end) for tp, end in ends.items()}
            self._ends_at = time.monotonic()
        return self._ends[partition]

    def _taken(self, place: Place, limit: int) -> list[Any]:
        taken = [place.fetched.popleft() for _ in range(min(limit, len(place.fetched)))]
        self._held -= sum(map(_size, taken))
        place.position = taken[-1].offset + 1
        return taken


def _size(record: Any) -> int:
    return len(record.value or b"")
