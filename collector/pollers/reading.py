"""From what was fetched to entries of the stream, by the sources that also read what is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from collector.delivery import Delivery
from collector.networks import Networks
from collector.receiver.reading import Reader, Reading
from collector.sources import Context
from collector.stream.entry import Entry


class Fetcher:
    """Reads for one organisation what pollers fetched."""

    def __init__(self, organisation: str, networks: Networks | None = None) -> None:
        self.organisation = organisation
        self._context = Context(organisation, networks or Networks())

    def entries(
        self, source: str, values: Iterable[Any], now: float, headers: Mapping[str, str] | None = None
    ) -> list[Entry]:
        """Return what values hold, a delivery each: one that cannot be read costs no other.

        A dead letter's id comes from the value alone, so that one that is fetched again is the same letter.
        """
        found: list[Entry] = []
        reader, told = Reader(self._context, now), dict(headers or {})
        for value in values:
            reading = Reading()
            reader.delivery(reading, Delivery(source=source, received_at=now, headers=told, body=value))
            if reading.unreadable:
                found.append(reader.parked(source, _raw(value), reading.reason, told))
            else:
                found += reading.entries
        return found


def _raw(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (ValueError, OverflowError, TypeError):  # there is JSON that can be read and not be written
        return repr(value).encode(errors="replace")
