"""From what was fetched to entries of the stream, by the sources that also read what is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.networks import Networks
from collector.pollers.client import Client
from collector.receiver.reading import Reader, Reading
from collector.sources import Context
from collector.sources.joblog import read_log
from collector.stream.entry import Entry, Observed

MAX_LOG = 256 << 20
"""Longest log that is fetched, in bytes; whoever reads it has a limit of their own below this one."""


class Fetcher:
    """Reads for one organisation what pollers fetched."""

    def __init__(self, organisation: str, networks: Networks | None = None) -> None:
        self.organisation = organisation
        self._context = Context(organisation, networks or Networks())

    def entries(
        self, source: str, values: Iterable[Any], now: float, headers: Mapping[str, str] | None = None
    ) -> list[Entry]:
        """Return what values hold, a delivery each: one that cannot be read costs no other."""
        told = dict(headers or {})
        deliveries = (Delivery(source=source, received_at=now, headers=told, body=value) for value in values)
        return [entry for delivery in deliveries for entry in self.delivery(delivery, now)]

    def delivery(self, delivery: Delivery, now: float, place: str = "") -> list[Entry]:
        """Return what a delivery holds; what has no id of its own is referred to by its place.

        A dead letter's id comes from the body alone, so that one that is fetched again is the same letter.
        """
        reader, reading = Reader(msgspec.structs.replace(self._context, place=place), now), Reading()
        reader.delivery(reading, delivery)
        if not reading.unreadable:
            return reading.entries
        return [self.unreadable(delivery.source, delivery.body, reading.reason, now, delivery.headers)]

    def unreadable(
        self, source: str, body: Any, reason: str, now: float, headers: Mapping[str, str] | None = None
    ) -> Entry:
        """Return the dead letter of what could not be read."""
        raw = body if isinstance(body, bytes) else _raw(body)
        return Reader(self._context, now).parked(source, raw, reason, headers)

    def log(self, client: Client, path: str, headers: Mapping[str, str], now: float) -> list[Entry]:
        """Return what a job's log holds, read while it arrives.

        Raises as `Client.download` does: a log that breaks off is no log.
        """
        with client.download(path, MAX_LOG) as parts:
            return self.read_log(parts, headers, now)

    def read_log(self, parts: Iterable[bytes], headers: Mapping[str, str], now: float) -> list[Entry]:
        """Return what a job's log holds; one that is too long or damaged is a dead letter."""
        delivery = Delivery(source="joblog", received_at=now, headers=dict(headers))
        try:
            return [Observed(event=read_log(parts, delivery, self._context))]
        except DeliveryError as error:
            told = msgspec.json.encode(delivery.headers, order="sorted")
            return [Reader(self._context, now).parked("joblog", told, str(error))]


def _raw(value: Any) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (ValueError, OverflowError, TypeError):  # there is JSON that can be read and not be written
        return repr(value).encode(errors="replace")
