"""Cursors: where a page ended, as text that only we read."""

from __future__ import annotations

import base64
from typing import TypeVar

import msgspec

_T = TypeVar("_T")
_LONGEST = 2_000
_LARGEST = 2**63 - 1
"""Greatest number that a store can compare with."""


class BadCursorError(ValueError):
    """A cursor that no page of this list gave."""

    def __init__(self) -> None:
        super().__init__(
            "the cursor is none that this list gave: start again without one, and keep filters and sort "
            "the same from page to page"
        )


def write(place: object) -> str:
    """Return a place as a cursor.

    >>> write(("risk", 9.5))
    'WyJyaXNrIiw5LjVd'
    """
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read(cursor: str, type_: type[_T]) -> _T:
    """Return the place of a cursor; raise BadCursorError where it holds none of this type.

    >>> read("WyJyaXNrIiw5LjVd", tuple[str, float])
    ('risk', 9.5)
    """
    if len(cursor) > _LONGEST:
        raise BadCursorError
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(packed, type=type_)
    except ValueError:  # msgspec's and base64's errors are such
        raise BadCursorError from None
    if isinstance(place, int) and abs(place) > _LARGEST:
        raise BadCursorError
    return place
