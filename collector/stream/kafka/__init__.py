"""The stream on Apache Kafka: a topic of entries, and members of its consumer groups."""

from __future__ import annotations

from collector.stream.kafka.group import KafkaGroup
from collector.stream.kafka.outlet import KafkaOutlet
from collector.stream.kafka.stream import KafkaStream

__all__ = ["KafkaGroup", "KafkaOutlet", "KafkaStream"]
