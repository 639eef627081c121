"""What one job printed in its earlier runs: how many of them printed each shape of line, and the words they used."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int64]

DAY_S = 86400
"""Event time before what was printed counts as known, as for every profile."""
HALF_RUNS = 256
"""Runs in which what was printed counts half: a job that changed is believed again."""
MAX_SHAPES = 8_000
MAX_WORDS = 16_000
"""Most of one job; those that were not printed for longest give way."""
USUAL_NEW = 0.05
"""Share of new shapes assumed of a job that has runs."""
DOUBT_SHAPES = 100.0
"""Shapes that must be seen before what was seen of that share outweighs what was assumed."""

_ROW = np.dtype([("key", "<u8"), ("weight", "<u2"), ("first", "<u4"), ("run", "<u4")])


class Table:
    """Hashes of one kind, each with how much of the runs printed it, when it was first printed, in which run last.

    Rows lie in the order of their hashes, so that a whole log is looked up at once.
    """

    def __init__(self, limit: int, rows: npt.NDArray[np.void] | None = None) -> None:
        self._limit = limit
        self._rows = np.empty(0, _ROW) if rows is None else rows
        self._keys = np.ascontiguousarray(self._rows["key"])  # a search in every eighteenth byte copies them first

    def __len__(self) -> int:
        return len(self._rows)

    def counts(self, keys: Hashes, run: int, known_until: int) -> Counts:
        """Return how much of the runs printed each, by weight; 0 for what is unknown or first came after that time."""
        if not len(self._rows):
            return np.zeros(len(keys), np.int64)
        at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        found = self._rows[at]
        is_known = (found["key"] == keys) & (found["first"] <= known_until)
        return np.where(is_known, _aged(found["weight"], found["run"], run), 0)

    def learn(self, keys: Hashes, weight: int, run: int, at: int) -> None:
        """Take in what one run printed; every key once."""
        if not len(keys):
            return
        keys = np.sort(keys)
        if len(self._rows):
            place = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            is_old = self._keys[place] == keys
            old = place[is_old]
            aged = _aged(self._rows["weight"][old], self._rows["run"][old], run)
            self._rows["weight"][old] = np.minimum(aged + weight, 0xFFFF)
            self._rows["run"][old] = run
            keys = keys[~is_old]
        self._insert(keys, weight, run, at)

    def _insert(self, keys: Hashes, weight: int, run: int, at: int) -> None:
        if not len(keys):
            return
        new = np.empty(len(keys), _ROW)
        new["key"], new["weight"], new["first"], new["run"] = keys, weight, at, run
        rows = np.insert(self._rows, np.searchsorted(self._keys, keys), new)
        if len(rows) > self._limit:  # an eighth more room at once, so that not every run pays for it
            oldest = np.lexsort((rows["key"], rows["run"]))[: len(rows) - self._limit * 7 // 8]
            rows = np.delete(rows, oldest)
        self._rows, self._keys = rows, np.ascontiguousarray(rows["key"])

    def to_bytes(self) -> bytes:
        """Return all of it."""
        return self._rows.tobytes()

    @classmethod
    def from_bytes(cls, limit: int, data: bytes) -> Table:
        """Return what `to_bytes` described."""
        return cls(limit, np.frombuffer(data, _ROW).copy())


def _aged(weight: npt.NDArray[np.uint16], run: npt.NDArray[np.uint32], now: int) -> Counts:
    """Return weights halved as often as all runs' was since: whole numbers, so that every machine agrees."""
    steps = np.minimum(now // HALF_RUNS - run.astype(np.int64) // HALF_RUNS, 16)
    return weight.astype(np.int64) >> steps


@dataclass
class Share:
    """Which share of the shapes of a log is usually new, of a job that has runs or of jobs that have none."""

    assumed: float
    novel: float = 0.0
    printed: float = 0.0

    def usual(self) -> float:
        """Return it, in (0, 1)."""
        return (self.novel + self.assumed * DOUBT_SHAPES) / (self.printed + DOUBT_SHAPES)

    def learn(self, novel: int, printed: int) -> None:
        """Take in one more log; the last million shapes count most."""
        self.novel, self.printed = self.novel + novel, self.printed + printed
        if self.printed > 1e6:
            self.novel, self.printed = self.novel / 2, self.printed / 2


@dataclass
class History:
    """One job's earlier runs."""

    name: str
    repo: str = ""
    runs: int = 0
    """Number of runs taken in."""
    weight: int = 0
    """What they weigh together, halved every `HALF_RUNS` runs."""
    first_at: int = 0
    """When the first of them ended, in whole seconds since 1970 UTC."""
    share: Share = field(default_factory=lambda: Share(USUAL_NEW))
    shapes: Table = field(default_factory=lambda: Table(MAX_SHAPES))
    words: Table = field(default_factory=lambda: Table(MAX_WORDS))

    def is_known(self, at: int) -> bool:
        """Whether there are runs that are a day old, so that something can be new."""
        return self.runs > 0 and self.weight > 0 and self.first_at <= at - DAY_S

    def learn(self, shapes: Hashes, words: Hashes, weight: int, at: int) -> None:
        """Take in what one more run printed."""
        if not self.runs:
            self.first_at = at
        self.runs += 1
        if self.runs % HALF_RUNS == 0:
            self.weight >>= 1
        self.weight += weight
        self.shapes.learn(shapes, weight, self.runs, at)
        self.words.learn(words, weight, self.runs, at)

    def size(self) -> int:
        """Return how many rows it holds."""
        return len(self.shapes) + len(self.words)

    def to_bytes(self) -> bytes:
        """Return all of it."""
        told = (self.name, self.repo, self.runs, self.weight, self.first_at, self.share.novel, self.share.printed)
        return msgspec.msgpack.encode((told, self.shapes.to_bytes(), self.words.to_bytes()))

    @classmethod
    def from_bytes(cls, data: bytes) -> History:
        """Return what `to_bytes` described."""
        (name, repo, runs, weight, first_at, *share), shapes, words = msgspec.msgpack.decode(
            data, type=tuple[tuple[str, str, int, int, int, float, float], bytes, bytes]
        )
        tables = Table.from_bytes(MAX_SHAPES, shapes), Table.from_bytes(MAX_WORDS, words)
        return cls(name, repo, runs, weight, first_at, Share(USUAL_NEW, *share), *tables)
