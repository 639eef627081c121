"""Where a stream is: the address of a Kafka cluster, read from a URL and from settings that are no part of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from collector.errors import StreamAddressError

SCHEME = "kafka"
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
_PORT = 9092
_URL = re.compile(r"kafka://([^/?#]+)(/[^?#]*)?(?:\?([^#]*))?")
_PREFIX = re.compile(r"[a-zA-Z0-9._-]{1,180}")
_EXAMPLE = "kafka://broker-1:9092,broker-2:9092/?security=SASL_SSL&mechanism=SCRAM-SHA-512"


@dataclass(frozen=True)
class Credentials:
    """Who we are to a cluster, and whom of it we trust."""

    username: str = ""
    password: str = field(default="", repr=False)
    token: Path | None = None
    """File of a bearer token, read anew for every connection."""
    ca: Path | None = None
    """File of the authorities that sign the brokers' certificates; None is the machine's own."""
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True)
class KafkaAddress:
    """A cluster, what our topics are called there, and how they are made where they do not exist."""

    servers: tuple[str, ...]
    topic_prefix: str = "unwonted"
    security: str = "PLAINTEXT"
    mechanism: str = ""
    partitions: int = 24
    replication: int = 0
    """Copies of each partition; 0 is three, or as many as there are brokers."""
    retention_days: int = 90
    """Days that new topics keep what is in them."""
    credentials: Credentials = Credentials()

    def topic(self, name: str) -> str:
        """Return the full name of a topic, or of a consumer group.

        >>> KafkaAddress(("b:9092",)).topic("events")
        'unwonted.events'
        """
        return f"{self.topic_prefix}.{name}"

    def __str__(self) -> str:
        return f"{SCHEME}://{','.join(self.servers)}/?topic_prefix={self.topic_prefix}"


def is_kafka(url: str) -> bool:
    """Return whether a URL names a Kafka cluster."""
    return url.startswith(f"{SCHEME}:")


def parse(url: str, credentials: Credentials | None = None, *, retention_days: int = 90) -> KafkaAddress:
    """Return the address a URL names; raise StreamAddressError that says what of it is not understood.

    >>> parse("kafka://a,b:9093/?topic_prefix=ci").servers
    ('a:9092', 'b:9093')
    """
    parts = _URL.fullmatch(url)  # urllib refuses a list of hosts of which one is an IPv6 address
    if parts is None:
        raise StreamAddressError(f"{url!r} names no Kafka cluster; write {_EXAMPLE}")
    hosts, path, query = (text or "" for text in parts.groups())
    if "@" in hosts:
        raise StreamAddressError(
            "the stream's URL holds a password, and URLs are shown in logs: leave it out, and set "
            "UNWONTED_KAFKA_USERNAME and UNWONTED_KAFKA_PASSWORD_FILE"
        )
    if path.strip("/"):
        raise StreamAddressError(f"the stream's URL ends in {path!r}: a prefix of topics is written ?topic_prefix=…")
    servers = tuple(_server(name) for name in hosts.split(",") if name)
    address = KafkaAddress(servers, retention_days=retention_days, credentials=credentials or Credentials())
    for name, value in parse_qsl(query, keep_blank_values=True):
        address = replace(address, **_setting(name, value))
    return _checked(address)


def _server(text: str) -> str:
    host, _, port = text.rpartition(":") if re.search(r":\d+$", text) else (text, "", str(_PORT))
    return f"{host}:{port}"


def _setting(name: str, value: str) -> dict[str, Any]:
    if name in {"partitions", "replication"}:
        if not value.isdecimal() or not 0 <= int(value) <= 100_000:
            raise StreamAddressError(f"{name}={value} in the stream's URL: write a whole number")
        return {name: int(value)}
    if name == "topic_prefix" and _PREFIX.fullmatch(value):
        return {name: value}
    allowed = {"security": PROTOCOLS, "mechanism": MECHANISMS}.get(name)
    if allowed and value.upper() in allowed:
        return {name: value.upper()}
    if allowed:
        raise StreamAddressError(f"{name}={value} in the stream's URL: it is one of {', '.join(allowed)}")
    if name == "topic_prefix":
        raise StreamAddressError(f"topic_prefix={value} in the stream's URL: letters, digits, `.`, `_` and `-` only")
    known = "topic_prefix, security, mechanism, partitions, replication"
    raise StreamAddressError(f"{name} in the stream's URL is not understood; it may hold {known}")


def _checked(address: KafkaAddress) -> KafkaAddress:
    """Return the address with what follows from it filled in; raise StreamAddressError where it contradicts itself."""
    who = address.credentials
    if address.partitions < 1:
        raise StreamAddressError("partitions in the stream's URL is at least 1")
    is_sasl = address.security.startswith("SASL")
    if not is_sasl:
        if address.mechanism or who.username or who.token:
            raise StreamAddressError(
                f"a name or token is given, and security={address.security} sends none: "
                "add security=SASL_SSL to the stream's URL"
            )
        return address
    mechanism = address.mechanism or ("OAUTHBEARER" if who.token else "SCRAM-SHA-512")
    if mechanism == "OAUTHBEARER" and who.token is None:
        raise StreamAddressError("mechanism=OAUTHBEARER needs a token: name its file in UNWONTED_KAFKA_TOKEN")
    if mechanism != "OAUTHBEARER" and not (who.username and who.password):
        raise StreamAddressError(
            f"mechanism={mechanism} needs UNWONTED_KAFKA_USERNAME and UNWONTED_KAFKA_PASSWORD_FILE"
        )
    return replace(address, mechanism=mechanism)
