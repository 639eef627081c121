"""The stream as a topic of a Kafka cluster."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

import msgspec
from kafka import TopicPartition
from kafka.errors import AuthorizationError

from collector.errors import StreamError
from collector.masking import mask_text
from collector.stream import Record, partition_of
from collector.stream.address import KafkaAddress
from collector.stream.entry import MAX_KEPT, Entry, Unreadable, home_of
from collector.stream.kafka.clients import admin, consumer, explained
from collector.stream.kafka.reader import Reader
from collector.stream.kafka.topics import EVENTS, set_up
from collector.stream.kafka.writer import Row, Writer

log = logging.getLogger(__name__)

_MOST_READERS = 8
"""Threads that read without taking each other's place: worker, relay, drills, and those who ask for a cast."""
_HASTY_MS = 3_000


class KafkaStream:
    """Entries as JSON in a topic, keyed by organisation; a position is a Kafka offset plus one.

    Threads may share it; each that reads has a consumer of its own, so nobody waits for another's place.
    """

    def __init__(self, address: KafkaAddress) -> None:
        """Reach the cluster, and make the topics where there are none."""
        self.address = address
        self.topic = address.topic(EVENTS)
        found = set_up(address)
        self.partitions = found.partitions
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(Entry).decode
        self._writer = Writer(address, self.topic, found.max_entry)
        self._readers: OrderedDict[int, Reader] = OrderedDict()
        self._turn = threading.Lock()
        self._asking = threading.Lock()
        self._asked: Any = None

    def append(self, entries: Iterable[Entry]) -> int:
        """Store entries durably, each in its organisation's partition; return how many.

        After an error some may be stored: append them again, their ids make that harmless.
        """
        rows = [self._row(entry) for entry in entries]
        if rows:
            self._writer.write(rows)
        with self._turn:
            for reader in self._readers.values():
                reader.forget_ends()
        return len(rows)

    def read(self, partition: int, position: int, limit: int) -> list[Record]:
        """Return up to `limit` records after `position` (0 is before the first), in order."""
        with self._reader() as reader:
            return [self._record(found) for found in reader.read(partition, position, limit)]

    def wait(self, partition: int, position: int, timeout_s: float) -> bool:
        """Return whether there is a record after `position`, waiting at most so long for one.

        It ends early where something comes in another partition that this thread reads.
        """
        with self._reader() as reader:
            return reader.wait(partition, position, timeout_s)

    def start(self, partition: int) -> int:
        """Return the position before the oldest record that is still kept; 0 where nothing was deleted."""
        tp = TopicPartition(self.topic, partition)
        with self._asking, explained(self.address, "read"):
            return int(self._meta().beginning_offsets([tp], timeout_ms=_HASTY_MS)[tp])

    def end(self, partition: int) -> int:
        """Return the position of a partition's last record; 0 where it is empty."""
        return self.ends([partition])[partition]

    def ends(self, partitions: Iterable[int]) -> dict[int, int]:
        """Return the position of the last record of each of these partitions, asked at once."""
        tps = [TopicPartition(self.topic, partition) for partition in partitions]
        with self._asking, explained(self.address, "read"):
            found = self._meta().end_offsets(tps, timeout_ms=_HASTY_MS)
        return {tp.partition: int(end) for tp, end in found.items()}

    def trim(self, partition: int, position: int) -> int:
        """Forget the records up to and including a position; return how many.

        Who may not delete leaves it to the topic's own retention.
        """
        start = self.start(partition)
        position = min(position, self.end(partition))
        if position <= start:
            return 0
        client = admin(self.address)
        try:
            with explained(self.address, "trimmed"):
                client.delete_records({TopicPartition(self.topic, partition): position})
        except StreamError as error:
            if not isinstance(error.__cause__, AuthorizationError):
                raise
            log.info("%s: its retention.ms decides how long entries are kept, we may not delete any", self.topic)
            return 0
        finally:
            client.close()
        return position - start

    def close(self) -> None:
        """Finish what is being written and let go of the cluster."""
        self._writer.close()
        with self._turn:
            readers, self._readers = list(self._readers.values()), OrderedDict()
        for reader in readers:
            reader.close()
        with self._asking:
            if self._asked is not None:
                self._asked.close(autocommit=False, timeout_ms=1_000)
                self._asked = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _row(self, entry: Entry) -> Row:
        organisation = entry.organisation
        partition = partition_of(organisation, self.partitions)
        return Row(partition, home_of(organisation).encode(), self._encode(entry))

    def _record(self, found: Any) -> Record:
        try:
            return Record(found.offset + 1, self._decode(found.value or b""))
        except msgspec.DecodeError as error:
            return Record(found.offset + 1, self._unreadable(found, str(error)))

    def _unreadable(self, found: Any, reason: str) -> Unreadable:
        """Return what stands for something that is no entry: whoever may write to the topic can put anything in it."""
        key, body = (bytes(part or b"").decode(errors="replace") for part in (found.key, found.value))
        return Unreadable(
            organisation=key or "default",
            id=f"{self.topic}:{found.partition}:{found.offset}",
            source="stream",
            received_at=found.timestamp / 1000,
            reason=f"not an entry of the stream: {reason}",
            body=mask_text(body[:MAX_KEPT]),
        )

    def _meta(self) -> Any:
        """Return the consumer that only asks where partitions begin and end; whoever uses it holds its lock."""
        if self._asked is None:
            self._asked = consumer(self.address)
        return self._asked

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        """Yield this thread's reader, for it alone."""
        while True:
            reader = self._own_reader()
            with reader.lock:
                if not reader.is_closed:  # it was one of too many in the meantime
                    yield reader
                    return

    def _own_reader(self) -> Reader:
        """Return this thread's reader; of too many the one that was idle longest goes."""
        me, late = threading.get_ident(), None
        with self._turn:
            reader = self._readers.get(me)
            if reader is None or reader.is_closed:
                reader = self._readers[me] = Reader(self.address, self.topic)
                late = self._readers.popitem(last=False)[1] if len(self._readers) > _MOST_READERS else None
            self._readers.move_to_end(me)
        if late is not None:
            late.close()
        return reader
