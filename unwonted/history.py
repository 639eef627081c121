"""A history of any source, as lines of a recording: so a service can begin with what is there already."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path

import msgspec

from collector.event import Event
from collector.recognise import Reading
from collector.stream.embedded import SortedLog
from collector.stream.entry import Observed

_CHUNK = 2_000


def event_lines(readings: Sequence[Reading]) -> Iterator[bytes]:
    """Yield the events of all readings, a delivery each, in the order they happened.

    Their ids are those they would have by webhook, so that what came in already changes nothing.
    """
    with (
        tempfile.TemporaryDirectory(prefix="unwonted-", ignore_cleanup_errors=True) as folder,
        SortedLog(Path(folder) / "log.sqlite") as log,
    ):
        for reading in readings:
            log.append_sorted(reading.events(), attrgetter("received_at" if reading.keeps_order else "observed_at"))
        log.arrange()
        position = 0
        while records := log.read(0, position, _CHUNK):
            yield from (to_line(record.entry.event) for record in records if isinstance(record.entry, Observed))
            position = records[-1].position


def to_line(event: Event) -> bytes:
    """Return an event as a delivery that a recording holds."""
    at = event.received_at or event.observed_at
    return msgspec.json.encode({"source": "event", "received_at": at, "body": event})
