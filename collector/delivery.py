"""Deliveries: what a collector received, as recordings keep them, and the times vendors write."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import msgspec

from collector.errors import DeliveryError

MAX_HEADER = 1_000
"""Characters of a header that are looked at: names and ids are shorter."""
MAX_DEPTH_WORDS = "nested too deeply"
_FIRST_SECOND, _LAST_SECOND = -62135596800.0, 253402300799.0
"""The years 1 to 9999: what lies beyond is no time a calendar can show."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a collector received, before any source has read it."""

    source: str
    received_at: float = 0.0
    """Seconds since 1970 UTC; 0 where nobody noted it (an export): the event's own time counts then."""
    headers: dict[str, str] = {}
    body: Any = None

    def header(self, name: str) -> str:
        """Return a header whatever the case of its name, at most MAX_HEADER characters; empty where it is absent."""
        found = self.headers.get(name)
        if found is None:
            folded = name.lower()
            found = next((value for key, value in self.headers.items() if key.lower() == folded), "")
        return found[:MAX_HEADER]


class _Line(msgspec.Struct):
    source: str
    received_at: str | int | float | None = None
    headers: dict[str, Any] | None = None
    body: Any = None


_LINE = msgspec.json.Decoder(_Line)
_ANY = msgspec.json.Decoder()


def decode_json(text: bytes | str) -> Any:
    """Return any JSON value; raise DeliveryError with the parser's reason where it is none."""
    try:
        return _ANY.decode(text)
    except RecursionError:
        raise DeliveryError(MAX_DEPTH_WORDS) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise DeliveryError(_reason(error)) from None


def read_delivery(line: bytes | str) -> Delivery:
    """Return the delivery one line of a recording holds; raise DeliveryError where it holds none."""
    try:
        raw = _LINE.decode(line)
    except RecursionError:
        raise DeliveryError(MAX_DEPTH_WORDS) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise DeliveryError(_reason(error)) from None
    return _checked(raw)


def delivery_of(value: Any) -> Delivery:
    """Return the delivery a JSON value describes; raise DeliveryError where it describes none."""
    try:
        return _checked(msgspec.convert(value, _Line))
    except msgspec.ValidationError as error:
        raise DeliveryError(_reason(error)) from None


def _checked(raw: _Line) -> Delivery:
    received_at = parse_time(raw.received_at)
    if received_at is None:
        raise DeliveryError("received_at is not a time; write it as 2026-03-01T10:00:00Z")
    headers = {name: value if isinstance(value, str) else str(value) for name, value in (raw.headers or {}).items()}
    return Delivery(source=raw.source, received_at=received_at, headers=headers, body=raw.body)


def parse_time(value: object) -> float | None:
    """Return seconds since 1970 UTC of RFC 3339 text or epoch s, ms, us or ns; None where it is no time.

    A time without a zone counts as UTC.

    >>> parse_time("2026-03-01T10:00:00Z"), parse_time("2026-03-01 11:00:00 +0100"), parse_time(1772359200000)
    (1772359200.0, 1772359200.0, 1772359200.0)
    """
    if isinstance(value, str):
        moment = _moment(value)
        if moment is not None:
            seconds = moment.timestamp()
            return seconds if 0.0 < seconds <= _LAST_SECOND else None
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return _epoch(value)


def is_on_a_calendar(seconds: float) -> bool:
    """Return whether seconds since 1970 UTC lie between the years 1 and 9999.

    >>> is_on_a_calendar(1772359200.0), is_on_a_calendar(1e300)
    (True, False)
    """
    return _FIRST_SECOND <= seconds <= _LAST_SECOND


def parse_offset(value: object) -> int:
    """Return how many minutes the clock that wrote RFC 3339 text is ahead of UTC; 0 where it does not tell."""
    moment = _moment(value) if isinstance(value, str) else None
    offset = moment.utcoffset() if moment else None
    return int(offset.total_seconds() // 60) if offset else 0


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        tidy = text.strip().removesuffix(" UTC").replace(" +", "+").replace(" -", "-")
        if tidy == text:
            return None
        return _moment(tidy)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _epoch(value: float) -> float | None:
    try:
        seconds = float(value)
    except OverflowError:
        return None
    for _ in range(3):
        if abs(seconds) > 1e11:
            seconds /= 1000.0
    return seconds if math.isfinite(seconds) and 0.0 < seconds <= _LAST_SECOND else None


def _reason(error: Exception) -> str:
    return str(error)[:160]
