"""Slots: time in pieces of five minutes, twelve bits an hour, so that what several processes saw is joined by OR."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

SLOT_S = 300
HOUR_S = 3_600
PER_HOUR = HOUR_S // SLOT_S

Flags = npt.NDArray[np.bool_]
_BITS = np.arange(PER_HOUR)


def hour_of(at: float) -> int:
    """Return the hour since 1970 UTC that a time lies in."""
    return int(at // HOUR_S)


def bit_of(at: float) -> int:
    """Return the bit of the five minutes of its hour that a time lies in.

    >>> bit_of(3600.0), bit_of(3600.0 + 599.0)
    (1, 2)
    """
    return 1 << int(at % HOUR_S // SLOT_S)


def slot_of(at: float) -> int:
    """Return the five minutes since 1970 UTC that a time lies in."""
    return int(at // SLOT_S)


def flags(hours: Mapping[int, int], first: int, last: int) -> Flags:
    """Return a flag for each slot of the hours from the first to the last, in order."""
    bits = np.array([hours.get(hour, 0) for hour in range(first, last + 1)], np.int64)
    return ((bits[:, None] >> _BITS) & 1).astype(np.bool_).ravel()
