"""Profiles: the bounded, learned state of every entity, as rows of structured arrays.

Three open-addressing tables hold everything. A *baseline* row is one entity's knowledge of one
categorical feature (how much it saw, how often it shows something new, its commonest values); a
*value* row is one value within a baseline, with its `first_seen`; a *gauge* row is one entity's
knowledge of one number or rate. All keys are 63-bit mixes of stable ids, so the same stream gives
the same rows in any process. State is bounded: a full table forgets what was not seen for longest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from models import kernel
from models.detector import Arrays
from models.kernel import FILL, RING, TOP

BASELINE = np.dtype(
    [
        ("key", "i8"),
        ("last", "f8"),  # newest event time, s
        ("n", "f4"),  # matured observations, aged
        ("novel", "f4"),  # matured observations that were new values, aged
        ("pending_n", "f4", (2,)),  # today's and yesterday's, not matured
        ("pending_novel", "f4", (2,)),
        ("day", "i4"),  # the day `pending[0]` belongs to
        ("distinct", "i4"),
        ("mean_bits", "f4"),  # usual surprise here
        ("bits_n", "f4"),
        ("previous", "i8"),  # last value, for sequences
        ("top", "i8", (TOP,)),
        ("top_n", "f4", (TOP,)),
    ]
)
VALUE = np.dtype([("key", "i8"), ("count", "f4"), ("first", "f4"), ("last", "f4")])  # times in hours
GAUGE = np.dtype(
    [
        ("key", "i8"),
        ("last", "f8"),
        ("start", "f8"),  # start of the current window, or time of the last sample
        ("count", "f4"),  # decayed count (rates)
        ("high", "f4"),  # highest of the current window (rates)
        ("n", "f4"),
        ("ring", "f4", (RING,)),
    ]
)

Table = npt.NDArray[np.void]

INITIAL = 1 << 12
TABLES = ("baselines", "values", "gauges")
LIMITS = {"baselines": 1 << 20, "values": 1 << 22, "gauges": 1 << 19}
"""Most rows a table may hold (slots; at most 70 % are filled): about 110, 80 and 50 MiB when full."""


class Profiles:
    """The three tables of one organisation, and how full they are."""

    def __init__(self) -> None:
        self.baselines: Table = np.zeros(INITIAL, BASELINE)
        self.values: Table = np.zeros(INITIAL, VALUE)
        self.gauges: Table = np.zeros(INITIAL, GAUGE)
        self.used = np.zeros(3, np.int64)

    def tables(self) -> tuple[Table, Table, Table]:
        """Return baselines, values and gauges, in the order of `used`."""
        return self.baselines, self.values, self.gauges

    def grow(self, room: int) -> None:
        """Enlarge tables until `room` more rows fit; contents and results do not change."""
        for i, name in enumerate(TABLES):
            old: Table = getattr(self, name)
            size = len(old)
            while self.used[i] + room > FILL * size and size < LIMITS[name]:
                size *= 2
            if size > len(old):
                new = np.zeros(min(2 * size, LIMITS[name]), old.dtype)
                kernel.rehash(old, new)
                setattr(self, name, new)

    def highest(self, owners: npt.NDArray[np.int64], spec: npt.NDArray[np.int64]) -> float | None:
        """Return the most that was lately measured of a feature's nearest owner (log2), None if nothing was."""
        key = kernel.level_key(owners, spec[2:4], spec[8])
        row = self.gauges[kernel.find(self.gauges["key"], key)]
        if key == 0 or row["key"] == 0:
            return None
        return float(max(np.log2(1.0 + row["high"]), row["ring"][: int(min(row["n"], RING))].max(initial=0.0)))

    def arrays(self) -> Arrays:
        """Return the rows of each table in the order of their keys, which no growth changes."""
        return {name: _ordered(table) for name, table in zip(TABLES, self.tables(), strict=True)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Profiles:
        """Return the profiles that `arrays` describes, in tables as small as may be."""
        profiles = cls()
        for i, name in enumerate(TABLES):
            size = INITIAL
            while len(arrays[name]) > FILL * size and size < LIMITS[name]:
                size *= 2
            table: Table = np.zeros(size, arrays[name].dtype)
            kernel.rehash(arrays[name], table)
            setattr(profiles, name, table)
            profiles.used[i] = len(arrays[name])
        return profiles


def _ordered(table: Table) -> Table:
    filled = np.flatnonzero(table["key"])
    order = np.argsort(table["key"][filled])
    return np.take(table, filled[order])  # several times faster than indexing rows of many fields
