"""What is true of the stream on Kafka alone: outages, limits, and what others may do to its topics."""

from __future__ import annotations

import importlib.util
import itertools
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from collector.errors import StreamError, UnstorableError
from collector.stream import observed, partition_of
from collector.stream.address import KafkaAddress, parse
from collector.stream.entry import Unreadable
from collector.stream.kafka import KafkaOutlet, KafkaStream, clients
from collector.stream.kafka.topics import look_up
from tests.collector.stream.test_contract import append, ids
from tests.service.stand_ins import make_event
from tests.services.kafka import Broker, new_prefix

pytestmark = [
    pytest.mark.service,
    pytest.mark.kafka,
]

PARTITIONS = 6
MINE = partition_of("default", PARTITIONS)


def address_at(servers: str) -> KafkaAddress:
    """Return an address whose topics nobody else has."""
    return parse(f"kafka://{servers}/?topic_prefix={new_prefix()}&partitions={PARTITIONS}")


@pytest.fixture
def stream(kafka: str) -> Iterator[KafkaStream]:
    """Return an empty stream."""
    with KafkaStream(address_at(kafka)) as opened:
        yield opened


class Appending:
    """Appends events one after another, each again until it is told stored, and reads beside that."""

    def __init__(self, address: KafkaAddress) -> None:
        self.stored: list[str] = []
        self.refused = 0
        self.longest_s = 0.0
        self._address = address
        self._stopping = threading.Event()

    def append(self) -> None:
        """Append until told to stop."""
        with KafkaStream(self._address) as stream:
            for number in itertools.count():
                while not self._try(stream, f"e{number:06}"):
                    if self._stopping.is_set():
                        return
                if self._stopping.is_set():
                    return

    def read(self) -> list[str]:
        """Read until everything that was stored is read, however often reading fails."""
        read: list[str] = []
        position = 0
        with KafkaStream(self._address) as stream:
            while not self._stopping.is_set() or position < stream.end(MINE):
                try:
                    for record in stream.read(MINE, position, 100):
                        position = record.position
                        read.append(record.entry.event.id)  # type: ignore[union-attr]
                except StreamError:
                    continue
        return read

    def _try(self, stream: KafkaStream, name: str) -> bool:
        began = time.monotonic()
        try:
            append(stream, [name])
        except StreamError:
            self.refused += 1
            return False
        finally:
            self.longest_s = max(self.longest_s, time.monotonic() - began)
        self.stored.append(name)
        return True

    @contextmanager
    def running(self) -> Iterator[list[str]]:
        """Append and read in the meantime; what is yielded holds what was read in the end."""
        read: list[str] = []
        KafkaStream(self._address).close()  # both find the topics made
        with ThreadPoolExecutor(2) as pool:
            tasks = pool.submit(self.append), pool.submit(self.read)
            try:
                yield read
            finally:
                self._stopping.set()
            tasks[0].result(60)
            read += tasks[1].result(60)

    def await_more(self, count: int) -> None:
        """Return when so many more were stored."""
        wanted, end = len(self.stored) + count, time.monotonic() + 90
        while len(self.stored) < wanted:
            assert time.monotonic() < end, f"only {len(self.stored)} of {wanted} were stored"
            self._stopping.wait(0.01)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_broker_that_comes_back_has_lost_nothing(breakable: Broker, ending: str) -> None:
    """While a broker ends and starts, what was told stored is read in order; only what was refused may come twice."""
    work = Appending(address_at(breakable.servers))
    with work.running() as read:
        for _ in range(2):
            work.await_more(50)
            getattr(breakable, ending)()
            breakable.start()
        work.await_more(50)
    firsts = list(dict.fromkeys(read))
    assert firsts[: len(work.stored)] == work.stored
    assert len(read) - len(firsts) <= work.refused
    assert work.longest_s < 10


def test_broker_that_hangs_stores_once(breakable: Broker) -> None:
    """A request that is sent again because no answer came is stored once: the producer is idempotent."""
    work = Appending(address_at(breakable.servers))
    with work.running() as read:
        work.await_more(50)
        breakable.pause()
        threading.Event().wait(5.0)  # longer than a request waits, shorter than an append
        breakable.resume()
        work.await_more(50)
    assert (work.refused, read) == (0, work.stored)


def test_one_who_cannot_append_is_told_soon(breakable: Broker) -> None:
    """Without a broker an append fails before its sender gives up, the next ones at once; afterwards all is well."""
    with KafkaStream(address_at(breakable.servers)) as stream:
        append(stream, "a")
        breakable.kill()
        for limit_s in (10.0, 2.0, 2.0):
            began = time.monotonic()
            with pytest.raises(StreamError, match="cannot be written"):
                append(stream, "b")
            assert time.monotonic() - began < limit_s
        breakable.start()
        end = time.monotonic() + 30
        while "c" not in ids(stream):
            assert time.monotonic() < end
            try:
                append(stream, "c")
            except StreamError:
                continue


def test_outage_beyond_a_producers_patience_ends(breakable: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a producer has given up what it could not store, another takes its place and stores what comes after."""
    monkeypatch.setattr(clients, "GIVEN_UP_S", 5.0)
    with KafkaStream(address_at(breakable.servers)) as stream:
        append(stream, "a")
        breakable.kill()
        with pytest.raises(StreamError, match="Expiring 1 record"):
            append(stream, "b")
        with pytest.raises(StreamError, match="cannot be"):
            append(stream, "b")
        breakable.start()
        append(stream, "c")
        append(stream, "d")
        assert ids(stream) == ["a", "c", "d"]


def test_missing_cluster_is_told() -> None:
    """Where nobody listens, the address stands in the error, and what to do."""
    with pytest.raises(
        StreamError, match=r"kafka://127.0.0.1:1/.*cannot be reached.*ECONNREFUSED.*Look whether the brokers run"
    ):
        KafkaStream(parse("kafka://127.0.0.1:1/"))


def test_missing_checksums_are_refused(kafka: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without compiled checksums it says so, and does not begin to be slow."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(StreamError, match="crc32c is missing"):
        KafkaStream(address_at(kafka))


def test_too_large_an_entry_is_refused_alone(stream: KafkaStream) -> None:
    """An entry that the topic would not take is told before anything is sent, with both sizes."""
    huge = make_event("huge", action="x" * 5_000_000)
    with pytest.raises(UnstorableError, match=r"5,000,\d+ bytes and .* takes 4,177,920"):
        stream.append(observed([make_event("a"), huge]))
    append(stream, "b")
    assert ids(stream) == ["b"]


def test_large_entries_pass(stream: KafkaStream) -> None:
    """A megabyte is no reason to refuse, nor are many of them at once."""
    stream.append(observed(make_event(str(n), action="xy" * 1_000_000) for n in range(20)))
    read: list[str] = []
    while more := ids(stream, len(read)):
        read += more
    assert read == [str(n) for n in range(20)]


def test_what_is_no_entry_is_a_dead_letter(stream: KafkaStream, kafka: str) -> None:
    """Whatever others write to the topic is passed on as unreadable, masked and with its place; the rest is read."""
    with closing(KafkaProducer(bootstrap_servers=kafka)) as other:
        other.send(
            stream.topic,
            b'{"entry": "event", "token": "ghp_abcdefghijklmnopqrstuvwxyz0123456789"}',
            b"acme",
            partition=MINE,
        )
        other.send(stream.topic, b"\xff\0", partition=MINE)
        other.flush(30)
    append(stream, "a")
    first, second, third = (record.entry for record in stream.read(MINE, 0, 9))
    assert isinstance(first, Unreadable)
    assert isinstance(second, Unreadable)
    assert (first.organisation, first.id, "ghp_" in first.body) == ("acme", f"{stream.topic}:{MINE}:0", False)
    assert "not an entry of the stream" in first.reason
    assert (second.organisation, third.organisation) == ("default", "default")
    assert second == stream.read(MINE, 1, 1)[0].entry


def test_deleted_entries_are_told(stream: KafkaStream, caplog: pytest.LogCaptureFixture) -> None:
    """What the cluster deleted before it was read is said, and reading goes on behind it."""
    append(stream, "abcd")
    assert ids(stream, limit=1) == ["a"]
    stream.trim(MINE, 3)
    with KafkaStream(stream.address) as other:
        assert ids(other, position=1) == ["d"]
    assert "kept nothing of partition" in caplog.text


def test_position_of_another_topic_is_refused(stream: KafkaStream) -> None:
    """A store that stands beyond the topic's end was made from another one."""
    append(stream, "a")
    with pytest.raises(StreamError, match=r"ends at 1 in partition .* and the store stands at 9"):
        stream.read(MINE, 9, 1)


def test_topics_are_made_as_they_should_be(stream: KafkaStream) -> None:
    """Three topics are made, which keep what is in them for as long as the service does."""
    found = look_up(stream.address)
    assert {name: topic.partitions for name, topic in found.items()} == {"events": 6, "incidents": 6, "dead": 1}
    assert (found["events"].retention_ms, found["events"].max_message) == (90 * 86_400_000, 4 * 1024 * 1024)


def test_topics_of_others_are_used_as_they_are(kafka: str) -> None:
    """An operator's topic has as many partitions as they gave it."""
    address = address_at(kafka)
    with closing(KafkaAdminClient(bootstrap_servers=kafka)) as admin:
        admin.create_topics({address.topic("events"): {"num_partitions": 3, "replication_factor": 1}})
    with KafkaStream(address) as stream:
        append(stream, "a")
        assert (stream.partitions, stream.end(partition_of("default", 3))) == (3, 1)


def test_values_are_plain_json(stream: KafkaStream, kafka: str) -> None:
    """Any consumer can read an event without us, keyed by its organisation."""
    append(stream, "a")
    with closing(
        KafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", consumer_timeout_ms=30_000)
    ) as other:
        other.assign([TopicPartition(stream.topic, MINE)])
        found = next(other)
    assert (found.key, b'"id":"a"' in found.value, found.value[:1]) == (b"default", True, b"{")


def test_reading_memory_is_bounded(stream: KafkaStream) -> None:
    """Of many partitions full of large entries no more is held than the limit, and all of it is read."""
    for organisation in (f"org-{n}" for n in range(6)):
        stream.append(
            observed(
                make_event(str(n), organisation=organisation, action=secrets.token_hex(500_000)) for n in range(20)
            )
        )
    read = dict.fromkeys(range(PARTITIONS), 0)
    positions = dict.fromkeys(range(PARTITIONS), 0)
    held = 0
    while any(positions[one] < stream.end(one) for one in positions):
        for one in positions:
            records = stream.read(one, positions[one], 3)
            read[one] += len(records)
            positions[one] = records[-1].position if records else positions[one]
            held = max(held, *(reader._held for reader in stream._readers.values()))
    assert sum(read.values()) == 120
    assert held < 48 * 1024 * 1024


def test_what_is_told_to_others_lies_in_topics_of_its_own(kafka: str, stream: KafkaStream) -> None:
    """Keyed by organisation, those of one in one partition, for any consumer."""
    with closing(KafkaOutlet(stream.address)) as outlet:
        outlet.incidents([("acme", b'{"id":"one"}'), ("acme", b'{"id":"two"}')])
        outlet.dead([("acme", b'{"id":"letter"}')])
    with closing(
        KafkaConsumer(bootstrap_servers=kafka, auto_offset_reset="earliest", consumer_timeout_ms=30_000)
    ) as other:
        topics = [stream.address.topic(name) for name in ("incidents", "dead")]
        other.assign([TopicPartition(topics[0], partition_of("acme", PARTITIONS)), TopicPartition(topics[1], 0)])
        found = {(message.topic, message.key, message.value) for message in itertools.islice(other, 3)}
    assert found == {
        (topics[0], b"acme", b'{"id":"one"}'),
        (topics[0], b"acme", b'{"id":"two"}'),
        (topics[1], b"acme", b'{"id":"letter"}'),
    }
