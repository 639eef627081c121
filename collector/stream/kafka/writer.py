"""Writes entries: all that are given at once travel together, and none is told stored before the cluster has it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from collector.errors import StreamError, UnstorableError
from collector.stream.address import KafkaAddress
from collector.stream.kafka.clients import MIB, PATIENCE_S, explained, producer

_HASTY_S = 1.0
"""How long one waits while the cluster is known to be away: who sends is answered 503 soon, and sends again."""
_MOST_HELD = 64 * MIB
_CLOSING_S = 3.0
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError)


class Row(NamedTuple):
    """An entry as it is written."""

    partition: int
    key: bytes
    body: bytes


class Writer:
    """One producer that threads share.

    An error does not say that nothing was stored: what is sent again after it may be there twice, which ids make
    harmless. What was refused stays with the producer, which stores it when it can, so while the cluster is away that
    is what tells of its return, and nothing is added.
    """

    def __init__(self, address: KafkaAddress, topic: str, max_entry: int) -> None:
        self._address = address
        self._topic = topic
        self._max_entry = max_entry
        self._changed = threading.Condition()
        self._held = 0
        self._is_away = False
        self._is_broken = False
        self._producer: KafkaProducer | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Store all rows; raise StreamError where they may not be, UnstorableError where one cannot be."""
        for row in rows:
            if len(row.body) > self._max_entry:
                raise self._too_large(len(row.body))
        self._check_room(sum(len(row.body) for row in rows))
        try:
            with explained(self._address, "written"):
                self._await(self._send(rows), time.monotonic() + PATIENCE_S)
        except StreamError:
            self._is_away = True
            raise
        self._is_away = False

    def close(self) -> None:
        """Give what is under way its time, then let go."""
        with self._changed:
            current, self._producer = self._producer, None
        if current is not None:
            _close(current)

    def _check_room(self, size: int) -> None:
        """Raise StreamError where too much waits already: anything while the cluster is away, and much at any time."""
        with self._changed:
            most = 0 if self._is_away else _MOST_HELD
            room = self._changed.wait_for(lambda: not self._held or self._held + size <= most, _HASTY_S)
            if not room:
                raise StreamError(
                    f"the stream {self._address} cannot be written: {self._held:,} bytes wait for it already. "
                    "Look whether the brokers run and can be reached from here"
                )

    def _current(self) -> KafkaProducer:
        with self._changed:
            broken = self._producer if self._is_broken else None
            if broken is not None:
                self._producer, self._is_broken = None, False
                threading.Thread(target=_close, args=(broken,), name="producer-close", daemon=True).start()
            if self._producer is None:
                self._producer = producer(self._address, self._max_entry + 64 * 1024)
            return self._producer

    def _send(self, rows: Sequence[Row]) -> list[Any]:
        current = self._current()
        futures = []
        for row in rows:
            future = current.send(self._topic, row.body, row.key, partition=row.partition)
            with self._changed:
                self._held += len(row.body)
            future.add_both(partial(self._done, len(row.body)))
            futures.append(future)
        return futures

    def _await(self, futures: Sequence[Any], until: float) -> None:
        """Send what lingers, and wait for each answer; the first that is bad is the outcome."""
        self._current().flush(timeout=max(until - time.monotonic(), 0.0))
        for future in futures:
            try:
                future.get(timeout=max(until - time.monotonic(), 0.0))
            except _TOO_LARGE as error:
                raise UnstorableError(f"the broker takes no entry of this size: {error}") from error

    def _done(self, size: int, outcome: object) -> None:
        """Count an entry no more; a producer that gave one up is not used again: the library's may hang then."""
        with self._changed:
            self._held -= size
            self._is_broken |= isinstance(outcome, Exception) and not isinstance(outcome, _TOO_LARGE)
            self._changed.notify_all()

    def _too_large(self, size: int) -> UnstorableError:
        return UnstorableError(
            f"the event has {size:,} bytes and {self._topic} takes {self._max_entry:,}: "
            "raise the topic's max.message.bytes, or send less"
        )


def _close(current: KafkaProducer) -> None:
    """Close when everything sent was answered, and without that where it takes too long."""
    try:
        current.close(timeout=_CLOSING_S)
    except KafkaError:
        current._sender.force_close()  # noqa: SLF001 the library closes nothing after this error
        current._closed = True  # noqa: SLF001 nor does its destructor then know
