"""The address of a cluster says everything but secrets, and what is wrong with it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.errors import StreamAddressError
from collector.stream.address import Credentials, is_kafka, parse

MONA = Credentials(username="mona", password="geheim")


def test_servers_and_prefix() -> None:
    """Several brokers are named, with or without a port, and a prefix for what is ours."""
    address = parse("kafka://one,two:9093,[::1]:9094/?topic_prefix=ci&partitions=6")
    assert address.servers == ("one:9092", "two:9093", "[::1]:9094")
    assert (address.topic("events"), address.partitions, address.security) == ("ci.events", 6, "PLAINTEXT")


def test_name_and_password_choose_a_mechanism() -> None:
    """Who gives a name over TLS proves it by SCRAM, unless they say how."""
    assert parse("kafka://b/?security=SASL_SSL", MONA).mechanism == "SCRAM-SHA-512"
    assert parse("kafka://b/?security=sasl_ssl&mechanism=plain", MONA).mechanism == "PLAIN"


def test_token_chooses_a_mechanism() -> None:
    """Who has a token shows it."""
    assert parse("kafka://b/?security=SASL_SSL", Credentials(token=Path("t"))).mechanism == "OAUTHBEARER"


@pytest.mark.parametrize(
    ("url", "who", "told"),
    [
        ("kafka:///", Credentials(), "names no Kafka cluster"),
        ("kafka://mona:geheim@b/", Credentials(), "holds a password"),
        ("kafka://b/events", Credentials(), "topic_prefix"),
        ("kafka://b/?prefix=ci", Credentials(), "prefix in the stream's URL is not understood"),
        ("kafka://b/?topic_prefix=a%20b", Credentials(), "letters, digits"),
        ("kafka://b/?partitions=0", Credentials(), "at least 1"),
        ("kafka://b/?replication=many", Credentials(), "whole number"),
        ("kafka://b/?security=TLS", Credentials(), "one of PLAINTEXT, SSL"),
        ("kafka://b/?mechanism=SCRAM", Credentials(), "one of PLAIN, SCRAM-SHA-256"),
        ("kafka://b/", MONA, "add security=SASL_SSL"),
        ("kafka://b/?mechanism=PLAIN", Credentials(), "add security=SASL_SSL"),
        ("kafka://b/?security=SASL_SSL", Credentials(), "needs UNWONTED_KAFKA_USERNAME"),
        ("kafka://b/?security=SASL_SSL&mechanism=OAUTHBEARER", MONA, "UNWONTED_KAFKA_TOKEN"),
    ],
)
def test_what_is_wrong_is_told(url: str, who: Credentials, told: str) -> None:
    """An address that cannot be meant is refused before anything is asked over the network."""
    with pytest.raises(StreamAddressError, match=told):
        parse(url, who)


def test_secrets_are_shown_nowhere() -> None:
    """What is printed of an address holds no password."""
    address = parse("kafka://b/?security=SASL_SSL", MONA)
    assert "geheim" not in f"{address} {address!r}"


def test_other_addresses_are_none_of_ours() -> None:
    """A file is no cluster."""
    assert (is_kafka("kafka://b"), is_kafka("sqlite:///kafka.db")) == (True, False)
