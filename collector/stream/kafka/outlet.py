"""The topics for others: what is said in them is for whoever listens, and decides nothing here."""

from __future__ import annotations

from collections.abc import Sequence

from collector.stream import partition_of
from collector.stream.address import KafkaAddress
from collector.stream.kafka.topics import DEAD, INCIDENTS, Topic, look_up
from collector.stream.kafka.writer import Row, Writer


class KafkaOutlet:
    """Writes messages to the topics of incidents and of dead letters, keyed by organisation."""

    def __init__(self, address: KafkaAddress) -> None:
        """Find the topics, which the stream has made."""
        found = look_up(address)
        self._topics = {name: found.get(name, Topic(1, 1)) for name in (INCIDENTS, DEAD)}
        self._writers = {
            name: Writer(address, address.topic(name), topic.max_entry) for name, topic in self._topics.items()
        }

    def incidents(self, said: Sequence[tuple[str, bytes]]) -> None:
        """Store messages durably, each with its organisation; raise StreamError."""
        self._tell(INCIDENTS, said)

    def dead(self, said: Sequence[tuple[str, bytes]]) -> None:
        """Store messages durably, each with its organisation; raise StreamError."""
        self._tell(DEAD, said)

    def close(self) -> None:
        """Give what is under way its time, then let go."""
        for writer in self._writers.values():
            writer.close()

    def _tell(self, topic: str, said: Sequence[tuple[str, bytes]]) -> None:
        partitions = self._topics[topic].partitions
        self._writers[topic].write([Row(partition_of(name, partitions), name.encode(), body) for name, body in said])
