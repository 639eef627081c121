"""New streams, embedded and on Kafka: what holds for one holds for the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from collector.stream import Group, Stream
from collector.stream.address import is_kafka, parse
from collector.stream.embedded import EmbeddedLog
from collector.stream.group import EmbeddedGroup
from tests.services.kafka import breakable, kafka, new_prefix

__all__ = ["breakable", "join", "kafka", "open_stream"]

PARTITIONS = 6
KAFKA = pytest.param("kafka", marks=[pytest.mark.service, pytest.mark.kafka])
OpenStream = Callable[[], Stream]
Join = Callable[[str], Group]
_LEASE_S = 1.5


def open_at(where: str) -> Stream:
    """Open a stream of six partitions: a cluster's URL, or a file."""
    if not is_kafka(where):
        return EmbeddedLog(Path(where), partitions=PARTITIONS)
    from collector.stream.kafka import KafkaStream  # noqa: PLC0415 the embedded log's tests need no Kafka

    return KafkaStream(parse(where))


def join_at(where: str, group: str, member: str) -> Group:
    """Join a group of the stream."""
    if not is_kafka(where):
        return EmbeddedGroup(Path(where), group, member, lease_s=_LEASE_S)
    from collector.stream.kafka import KafkaGroup  # noqa: PLC0415 as above

    return KafkaGroup(parse(where), group, member, session_s=_LEASE_S)


@pytest.fixture(params=["embedded", KAFKA])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new stream is to be: `open_at` makes it."""
    if request.param == "embedded":
        return str(tmp_path / "log.sqlite")
    servers = request.getfixturevalue("kafka")
    return f"kafka://{servers}/?topic_prefix={new_prefix()}&partitions={PARTITIONS}"


@pytest.fixture
def open_stream(where: str) -> Iterator[OpenStream]:
    """Return what opens the new stream, each time as another process would."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(open_at(where)))


@pytest.fixture
def stream(open_stream: OpenStream) -> Stream:
    """Return an empty stream of six partitions."""
    return open_stream()


@pytest.fixture
def join(where: str, stream: Stream) -> Iterator[Join]:
    """Return what makes a member of one group on the new stream."""
    assert stream.partitions == PARTITIONS
    with ExitStack() as opened:
        yield lambda name: opened.enter_context(closing(join_at(where, "workers", name)))
