"""Checks of a Kafka cluster: its topics, how many copies they have, and how long they keep what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from collector.errors import StreamError
from collector.stream.address import KafkaAddress
from unwonted.doctor.check import Check, bad, ok, warn

if TYPE_CHECKING:
    from collector.stream.kafka.topics import Topic

_DAY_MS = 86_400_000


def is_there(address: Path | KafkaAddress) -> bool:
    """Return whether a stream exists that can be asked how far it goes."""
    if isinstance(address, Path):
        return address.exists()
    from collector.stream.kafka import topics

    try:
        return topics.EVENTS in topics.look_up(address)
    except StreamError:
        return False


def check_cluster(address: KafkaAddress, days: int) -> Iterator[Check]:
    """Look whether the brokers answer, and whether what is received is kept safely and long enough."""
    from collector.stream.kafka import topics

    try:
        found = topics.look_up(address)
    except StreamError as error:
        yield bad("stream", str(error), "Look at UNWONTED_STREAM, at the UNWONTED_KAFKA_ settings and at the network")
        return
    missing = [address.topic(name) for name in (topics.EVENTS, topics.INCIDENTS, topics.DEAD) if name not in found]
    if missing:
        text = f"{address} answers; {', '.join(missing)} do not exist yet"
        yield ok("stream", f"{text}: unwonted serve makes them")
        return
    events = found[topics.EVENTS]
    yield ok("stream", f"{address} answers, {address.topic(topics.EVENTS)} has {events.partitions} partition(s)")
    yield from _kept(address, events, days)


def _kept(address: KafkaAddress, events: Topic, days: int) -> Iterator[Check]:
    name = address.topic("events")
    if events.copies < 2:
        yield warn(
            "copies", f"{name} has one copy of each partition", "One lost disk loses events: give it three copies"
        )
    else:
        yield ok("copies", f"{name} has {events.copies} copies of each partition")
    if 0 <= events.retention_ms < days * _DAY_MS:
        text = f"{name} keeps {events.retention_ms / _DAY_MS:.1f} days, and the setting is {days}"
        yield warn(
            "retention", text, f"Set the topic's retention.ms to {days * _DAY_MS}, or UNWONTED_RETENTION_DAYS lower"
        )
