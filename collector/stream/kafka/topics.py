"""The topics: made where they do not exist, and what is to be known of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import BrokerResponseError, KafkaError, TopicAlreadyExistsError

from collector.errors import StreamError
from collector.stream.address import KafkaAddress
from collector.stream.kafka.clients import MIB, admin, explained

EVENTS, INCIDENTS, DEAD = "events", "incidents", "dead"
"""Entries in the order that decides what is found; every change of an incident; what could not be read."""
_MAX_MESSAGE = 4 * MIB
_USUAL_MAX_MESSAGE = MIB
_FRAME = 16 * 1024
"""Bytes of a message that are not the entry's own."""
_MOST_COPIES = 3
_DAY_MS = 86_400_000


@dataclass(frozen=True)
class Topic:
    """What the cluster says of a topic."""

    partitions: int
    copies: int
    max_message: int = _USUAL_MAX_MESSAGE
    retention_ms: int = -1
    """How long it keeps a message; -1 is for ever, and where we may not ask."""

    @property
    def max_entry(self) -> int:
        """Return how many bytes an entry may have."""
        return self.max_message - _FRAME


def set_up(address: KafkaAddress) -> Topic:
    """Make the topics that do not exist; return the one of entries."""
    client = admin(address)
    try:
        with explained(address, "set up"):
            found = _found(client, address)
            missing = [name for name in (EVENTS, INCIDENTS, DEAD) if name not in found]
            if missing:
                _make(client, address, missing)
                found = _found(client, address)
            return _limited(client, address, found)
    finally:
        client.close()


def look_up(address: KafkaAddress) -> dict[str, Topic]:
    """Return the topics that exist, by their short names, making none."""
    client = admin(address)
    try:
        with explained(address, "looked at"):
            found = _found(client, address)
            return found | ({EVENTS: _limited(client, address, found)} if EVENTS in found else {})
    finally:
        client.close()


def _found(client: KafkaAdminClient, address: KafkaAddress) -> dict[str, Topic]:
    """Return what exists; a topic that is being made, or that we may not see, does not."""
    names = {address.topic(name): name for name in (EVENTS, INCIDENTS, DEAD)}
    told = client.describe_topics(list(names))
    return {names[one["name"]]: _topic(one) for one in told if not one["error_code"] and one["partitions"]}


def _topic(told: dict[str, Any]) -> Topic:
    partitions = told["partitions"]
    return Topic(len(partitions), min(len(partition["replica_nodes"]) for partition in partitions))


def _limited(client: KafkaAdminClient, address: KafkaAddress, found: dict[str, Topic]) -> Topic:
    """Return the topic of entries with the limits it has; the usual ones where we may not ask."""
    if EVENTS not in found:
        raise StreamError(f"the topic {address.topic(EVENTS)} could not be made: look at the brokers' logs")
    name, topic = address.topic(EVENTS), found[EVENTS]
    asked = ConfigResource(ConfigResourceType.TOPIC, name, {"max.message.bytes": None, "retention.ms": None})
    try:
        told = client.describe_configs([asked], config_filter="all")["topic"][name]
        return replace(
            topic, max_message=int(told["max.message.bytes"]["value"]), retention_ms=int(told["retention.ms"]["value"])
        )
    except (KafkaError, KeyError):
        return topic


def _make(client: KafkaAdminClient, address: KafkaAddress, names: list[str]) -> None:
    copies = address.replication or min(_MOST_COPIES, len(client.describe_cluster()["brokers"]))
    wanted = {address.topic(name): _description(name, address, copies) for name in names}
    try:
        client.create_topics(wanted, timeout_ms=30_000, wait_for_metadata=True)
    except TopicAlreadyExistsError:  # another process was quicker
        client.wait_for_topics(list(wanted), timeout_ms=30_000)
    except BrokerResponseError as error:
        raise StreamError(
            f"the topics {', '.join(wanted)} do not exist and cannot be made: {error}. "
            "Make them yourself with the settings in docs/kafka.md, or give this user the right to"
        ) from error


def _description(name: str, address: KafkaAddress, copies: int) -> dict[str, Any]:
    configs = {
        "cleanup.policy": "delete",
        "retention.ms": str(address.retention_days * _DAY_MS),
        "max.message.bytes": str(_MAX_MESSAGE),
        "min.insync.replicas": str(max(1, copies - 1)),
    }
    return {
        "num_partitions": 1 if name == DEAD else address.partitions,
        "replication_factor": copies,
        "configs": configs,
    }
