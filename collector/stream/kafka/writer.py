"""Writes entries: all that are given at once travel together, and none is told stored before the cluster has it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError, RetriableError

from collector.errors import StreamError, UnstorableError
from collector.stream.address import KafkaAddress
from collector.stream.kafka.clients import MIB, PATIENCE_S, explained, producer

_HASTY_S = 1.0
"""How long one waits while the cluster is known to be away: who sends is answered 503 soon, and sends again."""
_MOST_HELD = 64 * MIB


class Row(NamedTuple):
    """An entry as it is written."""

    partition: int
    key: bytes
    body: bytes


class Writer:
    """One producer that threads share.

    An error does not say that nothing was stored: what is sent again after it may be there twice, which ids make
    harmless, and in the order of the first time it was told stored.
    """

    def __init__(self, address: KafkaAddress, topic: str, max_entry: int) -> None:
        self._address = address
        self._topic = topic
        self._max_entry = max_entry
        self._turn = threading.Lock()
        self._held = 0
        self._is_away = False
        self._producer: KafkaProducer | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Store all rows; raise StreamError where they may not be, UnstorableError where one cannot be."""
        for row in rows:
            if len(row.body) > self._max_entry:
                raise self._too_large(len(row.body))
        size = sum(len(row.body) for row in rows)
        if self._held and self._held + size > _MOST_HELD:
            raise StreamError(f"the stream {self._address} cannot be written: {self._held:,} bytes wait for it already")
        until = time.monotonic() + (_HASTY_S if self._is_away else PATIENCE_S)
        try:
            with explained(self._address, "written"):
                self._await(self._send(rows), until)
        except StreamError as error:
            self._is_away = True
            self._learn(error.__cause__)
            raise
        self._is_away = False

    def close(self) -> None:
        """Give what is under way its time, then let go."""
        with self._turn:
            current, self._producer = self._producer, None
        if current is not None:
            _close(current)

    def _current(self) -> KafkaProducer:
        with self._turn:
            if self._producer is None:
                self._producer = producer(self._address, self._max_entry + 64 * 1024)
            return self._producer

    def _send(self, rows: Sequence[Row]) -> list[Any]:
        current = self._current()
        futures = []
        for row in rows:
            future = current.send(self._topic, row.body, row.key, partition=row.partition)
            self._hold(len(row.body))
            future.add_both(partial(self._let_go, len(row.body)))
            futures.append(future)
        return futures

    def _await(self, futures: Sequence[Any], until: float) -> None:
        """Send what lingers, and wait for each answer; the first that is bad is the outcome."""
        current = self._current()
        current.flush(timeout=max(until - time.monotonic(), 0.0))
        for future in futures:
            try:
                future.get(timeout=max(until - time.monotonic(), 0.0))
            except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
                raise UnstorableError(f"the broker takes no entry of this size: {error}") from error

    def _hold(self, size: int) -> None:
        with self._turn:
            self._held += size

    def _let_go(self, size: int, _outcome: object) -> None:
        self._hold(-size)

    def _learn(self, cause: BaseException | None) -> None:
        """Begin with a new producer after an error that this one would not get over."""
        if not isinstance(cause, KafkaError) or isinstance(cause, RetriableError):
            return
        with self._turn:
            broken, self._producer = self._producer, None
        if broken is not None:
            threading.Thread(target=_close, args=(broken,), name="producer-close", daemon=True).start()

    def _too_large(self, size: int) -> UnstorableError:
        return UnstorableError(
            f"the event has {size:,} bytes and {self._topic} takes {self._max_entry:,}: "
            "raise the topic's max.message.bytes, or send less"
        )


def _close(current: KafkaProducer) -> None:
    """Close when everything sent was answered or has timed out."""
    try:
        current.close(timeout=PATIENCE_S + 2)
    except KafkaError:
        current.close(timeout=0)
