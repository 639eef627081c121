"""Places: where a poller goes on, written so that the same place is always the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TypeVar

import msgspec

_T = TypeVar("_T")


def written(place: object) -> bytes:
    """Return a place as it is kept."""
    return msgspec.json.encode(place)


def read(kept: bytes | None, kind: type[_T]) -> _T | None:
    """Return a place that was kept; None where there is none, or one that another version wrote."""
    if kept is None:
        return None
    try:
        return msgspec.json.decode(kept, type=kind)
    except msgspec.DecodeError:
        return None


def zulu(at: float) -> str:
    """Return a time as the APIs take it, to the second before it.

    >>> zulu(1772359200.9)
    '2026-03-01T10:00:00Z'
    """
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
