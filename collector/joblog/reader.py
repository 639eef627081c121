"""The reader of one log: parts of bytes in, cut anywhere, and one summary out, in constant memory."""

from __future__ import annotations

import hashlib
import math
import os
from typing import NamedTuple

import numpy as np

from collector.joblog import kernel
from collector.joblog.kept import Array, Kept, Rows
from collector.joblog.lines import masked_row
from collector.joblog.telling import Telling
from collector.joblog.unpacking import MAX_LOG, PIECE, Unpacker
from collector.snapshot import Printed

BLOCK = PIECE
"""Bytes that are read at once, counted from the beginning of the log: however it arrives, it is read alike."""
MAX_LINE = 4_096
"""Bytes of a line in which names are looked for; its encoded runs are found anywhere."""
HEAD = 80_000
"""Bytes of its beginning that are at hand as they are, for what becomes of a log that cannot be read."""
_ROWS = 8_192
_KEY = np.uint64(int.from_bytes(os.urandom(8)))
"""Shapes are told apart by a key of this process, so that nobody can print two lines that pass for one."""
_SIZES = ("to 64", "to 256", "to 1k", "over 1k")
_KINDS = ("encoded run", "encoded text", "double-encoded run")


class Summary(NamedTuple):
    """What a log told, masked and bounded."""

    digest: str
    """The same for the same log, packed or not."""
    telling: Telling
    printed: Printed
    lines: int
    size: int
    """Bytes, unpacked."""
    first_at: float | None
    """Time of the first line that has one, in seconds since 1970 UTC."""
    last_at: float | None
    blobs: list[str]
    longest_run: int
    masked: int
    """Values that the CI system itself had masked."""
    secrets: int
    """Shapes of line in which we found a secret."""


class LogReader:
    """Reads one log.

    `feed` and `finish` raise DeliveryError where the log's packing is damaged, and TooLongError where it is too long.
    """

    def __init__(self, most: int = MAX_LOG) -> None:
        self._unpacker = Unpacker(most)
        self._digest = hashlib.blake2b(digest_size=12)
        self._waiting = bytearray()
        self.head = bytearray()
        self._text = np.empty(3 * BLOCK, np.uint8)
        self._view = self._text.data
        self._cleaner = np.zeros(kernel.CLEANERS, np.int64)
        self._state = np.zeros(kernel.READERS, np.int64)
        self._tables: tuple[Array, Array, Array] | None = None
        self._times = np.full(2, np.nan)
        whole, wide = np.int64, np.uint64
        kinds = (whole, whole, whole, np.float64, whole, wide, wide, whole)
        columns = [np.empty(_ROWS, kind) for kind in kinds]
        self._rows = Rows._make([*columns, np.empty((_ROWS, kernel.MAX_SHAPE), np.uint8)])
        self._telling = Telling()
        self._kept = Kept()

    @property
    def is_packed(self) -> bool:
        """Tell whether it is gzip, as far as has come."""
        return self._unpacker.is_packed

    def feed(self, data: bytes) -> None:
        """Read one more part."""
        for part in self._unpacker.feed(data):
            self._add(part)

    def finish(self) -> Summary:
        """Return what the log told; nothing can be fed afterwards."""
        for part in self._unpacker.finish():
            self._add(part)
        self._read(bytes(self._waiting), is_last=True)
        state = self._state
        first, last = (None if math.isnan(at) else at for at in self._times.tolist())
        self._telling.finish(math.nan if last is None else last)
        printed, secrets = self._kept.printed(self._tables or _tables(0))
        return Summary(
            digest=self._digest.hexdigest(),
            telling=self._telling,
            printed=printed,
            lines=int(state[kernel.LINES]),
            size=self._unpacker.size,
            first_at=first,
            last_at=last,
            blobs=_blobs(int(state[kernel.BLOBS])),
            longest_run=int(state[kernel.LONGEST]),
            masked=int(state[kernel.MASKED]),
            secrets=secrets,
        )

    def _add(self, part: bytes) -> None:
        self._digest.update(part)
        if len(self.head) < HEAD:
            self.head += part[: HEAD - len(self.head)]
        self._waiting += part
        at = 0
        while len(self._waiting) - at >= BLOCK:
            self._read(bytes(memoryview(self._waiting)[at : at + BLOCK]))
            at += BLOCK
        del self._waiting[:at]

    def _read(self, block: bytes, *, is_last: bool = False) -> None:
        """Read the lines that a block ends; what it leaves open waits for the next, unless it has grown too long."""
        if self._tables is None:
            self._tables = _tables(len(block) if is_last else kernel.SLOTS)
        kernel.clean(np.frombuffer(block, np.uint8), self._text, self._cleaner)
        end = int(self._cleaner[kernel.FILL])
        is_open = end > self._cleaner[kernel.LINE] or self._state[kernel.IS_CONTINUED]
        if is_last and is_open:  # the last line has no end
            self._text[end] = ord("\n")
            end += 1
        at = self._read_lines(0, end, is_cut=False)
        if end - at >= BLOCK:
            at = self._read_lines(at, end, is_cut=True)
        self._text[: end - at] = self._text[at:end].copy()
        self._cleaner[kernel.FILL] = end - at
        self._cleaner[kernel.LINE] = 0

    def _read_lines(self, at: int, end: int, *, is_cut: bool) -> int:
        while True:
            at, count = kernel.read(
                self._text, at, end, is_cut, _KEY, self._tables, self._rows, self._times, self._state
            )
            if count:
                self._see(Rows(*(column[:count] for column in self._rows)))
            if count < _ROWS:
                return int(at)

    def _see(self, rows: Rows) -> None:
        self._kept.take(self._view, rows)
        chosen = np.flatnonzero(rows.flags & (kernel.LOOK | kernel.STRUCTURE))
        columns = (rows.starts, rows.ends, rows.moments, rows.flags)
        for start, end, moment, flags in zip(*(column[chosen].tolist() for column in columns), strict=True):
            words, _ = masked_row(bytes(self._view[start : min(end, start + MAX_LINE)]), flags)
            if flags & kernel.STRUCTURE:
                self._telling.read_structure(words, moment)
            if flags & kernel.LOOK:
                self._telling.read_names(words)


def _tables(size: int) -> tuple[Array, Array, Array]:
    """Return tables of shapes, their counts and what was looked at, with room for so many bytes, or for any log."""
    slots = 1 << max(size, 64).bit_length()
    shapes, looks = min(slots, kernel.SLOTS), min(slots, kernel.LOOK_SLOTS)
    return np.zeros(shapes, np.uint64), np.zeros(shapes, np.int64), np.zeros(looks, np.uint64)


def _blobs(found: int) -> list[str]:
    return [
        f"{kind}, {size} characters"
        for number, kind in enumerate(_KINDS)
        for place, size in enumerate(_SIZES)
        if found >> (number * 4 + place) & 1
    ]
