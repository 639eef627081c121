"""Which shapes of line are kept of a log that has more of them than can be: chosen alike in every run of a job."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import msgspec
import numpy as np

from collector.joblog import kernel
from collector.joblog.lines import masked_row
from collector.masking import may_hold_secret
from collector.snapshot import MAX_LINES, Line, Printed

MAX_TEXT = 300
"""Characters of a line that are kept."""
MAX_BYTES = 640 * 1024
"""Bytes of all lines as they are stored: with the rest of an event, less than a broker takes by default."""
_TELLING, _FIRST, _LAST = 1_000, 1_000, 500
"""Shapes that are kept because they name a host or hold an encoded run, or stand first or last."""
_SAMPLE = MAX_LINES - _FIRST - _LAST
"""Shapes of a sample, as far as those that tell leave room."""
_READ = 2_048
"""Bytes of a line that are masked before it is cut."""
_TOGETHER = 16
"""Lines in which secrets are looked for at once."""
_DOUBTFUL = kernel.IN_KEY | kernel.ENCODED

Array = np.ndarray[Any, Any]


class Rows(NamedTuple):
    """Lines of one block that are to be seen, as the compiled reader wrote them."""

    starts: Array
    ends: Array
    lines: Array
    """Numbers in the log, from 1."""
    moments: Array
    """Seconds since 1970 UTC; NaN where the runner wrote none."""
    flags: Array
    hashes: Array
    """Of the shape, by a key of this process."""
    orders: Array
    """Of the shape, the same in every process: what a sample is drawn by."""
    sizes: Array
    """Bytes of the shape."""
    shapes: Array
    """The shape itself, a row of bytes."""


class _Shape(NamedTuple):
    text: bytes
    shape: bytes
    """Of the text as it was printed, secrets and all."""
    line: int
    key: int
    order: int
    flags: int


class Kept:
    """First occurrences of shapes: those that tell most, the first, the last, and a sample of the others.

    The sample holds the shapes whose hashes are smallest. So two runs that printed the same keep the same, and what
    one of them printed beside is not new only because it was left out before.
    """

    def __init__(self) -> None:
        self._telling: list[_Shape] = []
        self._first: list[_Shape] = []
        self._last: deque[_Shape] = deque(maxlen=_LAST)
        self._sample: list[_Shape] = []
        self._limit = 1 << 64
        """Orders from here on are not in the sample."""
        self._count = 0

    def take(self, text: memoryview, rows: Rows) -> None:
        """Take in the new shapes among the rows of a block."""
        new = np.flatnonzero(rows.flags & kernel.NEW)
        if not new.size:
            return
        self._count += new.size
        orders = rows.orders[new]
        wanted = orders < np.uint64(min(self._limit, (1 << 64) - 1))
        if len(self._telling) < _TELLING:
            wanted |= rows.flags[new] & (kernel.HOST | kernel.BLOB) != 0
        wanted[: max(0, _FIRST - len(self._first))] = True
        wanted[-_LAST:] = True
        for shape in _shapes_at(text, rows, new[wanted]):
            self._add(shape)
        if len(self._sample) > 2 * _SAMPLE:
            self._thin()

    def printed(self, tables: tuple[Array, Array, Array]) -> tuple[Printed, int]:
        """Return what is kept, in the order it was printed, and in how many shapes a secret was found."""
        self._thin()
        wanted = {shape.key: shape for shape in (*self._telling, *reversed(self._last), *self._first, *self._sample)}
        shapes = list(wanted.values())[:MAX_LINES]
        counts = np.ones(len(shapes), np.int64)
        kernel.counted(*tables[:2], np.array([shape.key for shape in shapes], np.uint64), counts)
        lines, secrets = _lines_of(zip(shapes, counts.tolist(), strict=True))
        kept = tuple(_within(lines.values()))
        is_cut = len(kept) < len(lines) or self._count > len(shapes)
        return Printed(tuple(sorted(kept, key=lambda line: line.at)), is_cut), secrets

    def _add(self, shape: _Shape) -> None:
        if shape.flags & (kernel.HOST | kernel.BLOB) and len(self._telling) < _TELLING:
            self._telling.append(shape)
        if len(self._first) < _FIRST:
            self._first.append(shape)
        self._last.append(shape)
        if shape.order < self._limit:
            self._sample.append(shape)

    def _thin(self) -> None:
        if len(self._sample) > _SAMPLE:
            unique = {shape.order: shape for shape in reversed(self._sample)}
            self._sample = sorted(unique.values(), key=lambda shape: shape.order)[:_SAMPLE]
            if len(self._sample) == _SAMPLE:
                self._limit = self._sample[-1].order + 1


def _shapes_at(text: memoryview, rows: Rows, chosen: Array) -> Iterator[_Shape]:
    starts = rows.starts[chosen]
    ends = np.minimum(rows.ends[chosen], starts + _READ)
    columns = (starts, ends, rows.sizes[chosen], rows.lines[chosen], rows.hashes[chosen], rows.orders[chosen])
    flags = rows.flags[chosen].tolist()
    listed = zip(chosen.tolist(), *(column.tolist() for column in columns), flags, strict=True)
    for n, start, end, size, line, key, order, flag in listed:
        yield _Shape(bytes(text[start:end]), rows.shapes[n, :size].tobytes(), line, key, order, flag)


def _lines_of(counted: Iterable[tuple[_Shape, int]]) -> tuple[dict[str, Line], int]:
    """Return masked lines by shape, those of one shape once masked as one, and how many hold a secret."""
    lines: dict[str, Line] = {}
    secrets = 0
    for (found, count), (text, is_masked) in _masked(counted):
        secrets += is_masked
        shape = _shape_of(text) if is_masked else found.shape.decode(errors="ignore").strip()
        known = lines.get(shape)
        if known is not None:
            first = known if known.at <= found.line else msgspec.structs.replace(known, text=text, at=found.line)
            lines[shape] = msgspec.structs.replace(first, count=known.count + count)
        elif shape:
            lines[shape] = Line(shape, text, found.line, count)
    return {shape: _cut(line) for shape, line in lines.items()}, secrets


def _masked(counted: Iterable[tuple[_Shape, int]]) -> Iterator[tuple[tuple[_Shape, int], tuple[str, bool]]]:
    """Yield shapes with their masked text, and whether it was masked; most lines together, as most hold no secret."""
    waiting = iter(counted)
    while group := list(islice(waiting, _TOGETHER)):
        together = b"\n".join(shape.text for shape, _ in group)
        may_hold = may_hold_secret(together) or any(shape.flags & _DOUBTFUL for shape, _ in group)
        for one in group:
            shape = one[0]
            yield one, masked_row(shape.text, shape.flags) if may_hold else (shape.text.decode(errors="replace"), False)


def _cut(line: Line) -> Line:
    text = line.text[:MAX_TEXT].strip()
    return msgspec.structs.replace(line, text="" if text == line.shape else text)


def _shape_of(text: str) -> str:
    data, out = np.frombuffer(text.encode() or b" ", np.uint8), np.empty(kernel.MAX_SHAPE, np.uint8)
    size = kernel.shape(data, 0, data.size, True, out)
    return out[:size].tobytes().decode(errors="ignore").strip()


def _within(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines until the room for them is full."""
    left = MAX_BYTES
    for line in lines:
        left -= len(msgspec.json.encode(line))
        if left < 0:
            return
        yield line
