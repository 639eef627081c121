"""Examining: what must hold of whatever was read, whoever wrote it."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from collector.delivery import Delivery
from collector.errors import DeliveryError, SourceError
from collector.event import Event
from collector.masking import mask_text
from collector.receiver import hec
from collector.receiver.entrance import Arrived
from collector.receiver.problem import Refused
from collector.receiver.reading import Reader, Reading
from collector.recognise import open_sources
from collector.sources import Context, source_named
from collector.stream.entry import Entry, Unreadable
from tests.fuzz.mutations import CANARY

_LEAK = re.compile(rf"(?<![A-Za-z0-9_]){CANARY}")
"""The canary as a token stands in a text: not as the end of a longer word."""
AT = 1_772_359_200.0
LONGEST_S = 10.0
"""How much of a processor one reading may take, whatever is read: time that others take does not count."""
LARGEST = 16 << 20
"""Most bytes an event may take in the stream."""
_MOST_TEXT = 40_000


def parse(source: str, delivery: Delivery) -> int:
    """Parse a delivery and check what it came to; return the number of events."""
    began = time.thread_time()
    try:
        events = source_named(source).parse(delivery, Context())
    except DeliveryError as refused:
        events, reason = [], str(refused)
        assert reason, "refused without a reason"
    assert time.thread_time() - began < LONGEST_S
    for event in events:
        check(event)
    return len(events)


def read(source: str, headers: dict[str, str], body: bytes) -> int:
    """Read a body as the receiver does; return the number of entries, none where it is refused."""
    return _received(lambda reader: reader.body(source, headers, body))


def stream(body: bytes) -> int:
    """Read a body as the door for Splunk's protocol does; return the number of entries, none where it is refused."""
    arrived = Arrived(hec.SENDER, {}, body, {})
    return _received(lambda reader: hec.EVENTS.read(reader, arrived))


def _received(reads: Callable[[Reader], Reading]) -> int:
    began = time.thread_time()
    try:
        reading = reads(Reader(Context(), AT))
    except Refused as refused:
        status, reading = refused.status, Reading()
        assert 400 <= status < 500
    assert time.thread_time() - began < LONGEST_S
    return _entries(reading)


def file(path: Path) -> int:
    """Read a file as a scan does; return the number of events, none where it is no source."""
    began = time.thread_time()
    events: list[Event] = []
    with suppress(SourceError):
        for reading in open_sources([path]):
            events += reading.events()
    assert time.thread_time() - began < LONGEST_S
    for event in events:
        check(event)
    return len(events)


def _entries(reading: Reading) -> int:
    assert len(reading.ids) + reading.unreadable == len(reading.entries)
    for entry in reading.entries:
        encoded = msgspec.json.encode(entry)
        assert msgspec.json.decode(encoded, type=Entry) == entry
        assert len(encoded) < LARGEST
        if isinstance(entry, Unreadable):
            assert "the source failed" not in entry.reason, entry.reason
            assert not _LEAK.search(entry.body + " " + entry.reason)
    return len(reading.entries)


def check(event: Event) -> None:
    """Check that an event can be kept, is bounded, and holds no secret."""
    encoded = msgspec.json.encode(event)
    assert msgspec.json.decode(encoded, type=Event) == event
    assert len(encoded) < LARGEST, len(encoded)
    assert all(map(math.isfinite, (event.observed_at, event.received_at, *event.numbers.values())))
    assert event.id
    assert event.action
    assert not _LEAK.search(encoded.decode()), encoded[:2000]
    for text in (*event.links.values(), event.actor.name, event.entity.name, event.action, event.ref):
        assert len(text) < _MOST_TEXT


def mask(text: str) -> None:
    """Mask a text and check that it is quick, hides the canary and does not change its mind."""
    began = time.thread_time()
    masked = mask_text(text)
    assert time.thread_time() - began < LONGEST_S
    assert not _LEAK.search(masked)
