"""Files that may still be growing: read on from where the last reading ended, entry by entry."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from collector.contents import RECORDING, Recognised, recognise
from collector.delivery import Delivery, decode_json, delivery_of, read_delivery
from collector.errors import DamagedSourceError, DeliveryError, NotASourceError, SourceError
from collector.json_stream import Layout, lines, values

MAX_LINE = 16 << 20
"""Longest line of a plain file, in bytes; of a longer one the beginning is kept as unreadable."""
_HEAD = 4_096
_GZIP, _BOM = b"\x1f\x8b", b"\xef\xbb\xbf"


class File(msgspec.Struct, frozen=True):
    """How far a file was read."""

    size: int
    changed: int
    """Its time of last change, in nanoseconds, when it was last looked at."""
    entries: int = 0
    """Entries that were read."""
    offset: int = 0
    """Bytes that were read, of a plain file of lines."""
    head: str = ""
    """Digest of its beginning: another file under the same name begins otherwise."""
    head_size: int = 0
    is_over: bool = False
    """Nothing more is expected of it as long as it does not change."""
    seen_at: float = 0.0
    """When it was first found to break off, in seconds since 1970 UTC."""


class Entry(NamedTuple):
    """One entry of a file."""

    number: int
    delivery: Delivery | None
    """None where it holds none, for the reason."""
    raw: Any = None
    reason: str = ""


class Opened:
    """A file that is being read; raises SourceError where it is none that is known, or breaks off."""

    def __init__(self, path: Path, before: File | None, now: float) -> None:
        """Open a file to read on after what was read before."""
        stat = path.stat()
        place = before if before is not None and _is_same(path, before) else File(0, 0)
        head_size = min(stat.st_size, _HEAD)
        self.path = path
        self.place = msgspec.structs.replace(
            place,
            size=stat.st_size,
            changed=stat.st_mtime_ns,
            head=_head_of(path, head_size),
            head_size=head_size,
            is_over=False,
        )
        self._now = now
        self._found: Recognised | None = None
        self._entries: Iterator[Entry] | None = None

    def read(self, most: int) -> list[Entry]:
        """Return the next entries, at most so many; the place is after them, and over at the file's end."""
        if self._entries is None:
            self._found = recognise(self.path)
            self._entries = self._begin(self._found)
        found: list[Entry] = []
        try:
            for entry in islice(self._entries, most):
                found.append(entry)  # noqa: PERF402  # those before a break count
        except DamagedSourceError:
            if not found:
                raise
            self._entries = None  # the break is met again
            return found
        if len(found) < most:
            self.place = msgspec.structs.replace(self.place, is_over=True, seen_at=0.0)
        return found

    def _begin(self, found: Recognised) -> Iterator[Entry]:
        if found.layout is Layout.WHOLE:
            raise NotASourceError(f"{self.path}: holds no entries")
        if found.layout is Layout.LINES and not _is_packed(self.path):
            return self._plain_lines(found.source == RECORDING, found.source)
        return self._numbered(found)

    def _plain_lines(self, is_recording: bool, source: str) -> Iterator[Entry]:  # noqa: FBT001
        with self.path.open("rb") as file:
            file.seek(self.place.offset)
            while line := file.readline(MAX_LINE):
                is_whole = line.endswith(b"\n")
                if not is_whole and len(line) == MAX_LINE:
                    yield self._too_long(file, line)
                    continue
                entry = self._entry(line.removeprefix(_BOM), is_recording, source)
                if not is_whole and entry.delivery is None:
                    return  # still being written
                self._advance(len(line), 0 if line.isspace() else 1)
                if not line.isspace():
                    yield entry

    def _too_long(self, file: io.BufferedReader, line: bytes) -> Entry:
        size = len(line)
        while rest := file.readline(MAX_LINE):
            size += len(rest)
            if rest.endswith(b"\n"):
                break
        self._advance(size, 1)
        return Entry(self.place.entries, None, line[:_HEAD], f"the line is longer than {MAX_LINE >> 20} MiB")

    def _entry(self, line: bytes, is_recording: bool, source: str) -> Entry:  # noqa: FBT001
        number = self.place.entries + 1
        try:
            if is_recording:
                return Entry(number, read_delivery(line))
            return Entry(number, Delivery(source=source, received_at=self._now, body=decode_json(line)))
        except DeliveryError as error:
            return Entry(number, None, line, str(error))

    def _numbered(self, found: Recognised) -> Iterator[Entry]:
        """Yield the entries after those that were read; a packed file is unpacked from its beginning for that."""
        is_recording = found.source == RECORDING
        if found.layout is Layout.LINES:
            listed = (self._entry(line, is_recording, found.source) for _, line in lines(self.path))
        else:
            of = values(self.path, found.layout, found.skip)
            listed = (self._entry_of(value, is_recording, found.source) for _, value in of)
        for entry in islice(listed, self.place.entries, None):
            self._advance(0, 1)
            yield entry._replace(number=self.place.entries)

    def _entry_of(self, value: Any, is_recording: bool, source: str) -> Entry:  # noqa: FBT001
        if not is_recording:
            return Entry(0, Delivery(source=source, received_at=self._now, body=value))
        try:
            return Entry(0, delivery_of(value))
        except DeliveryError as error:
            return Entry(0, None, value, str(error))

    def _advance(self, size: int, entries: int) -> None:
        place = self.place
        self.place = msgspec.structs.replace(place, offset=place.offset + size, entries=place.entries + entries)


def _is_same(path: Path, before: File) -> bool:
    """Return whether a file is the one that was read before, perhaps grown."""
    try:
        is_shorter = path.stat().st_size < max(before.size, before.head_size)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
    return not is_shorter and _head_of(path, before.head_size) == before.head


def _head_of(path: Path, size: int) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.blake2b(file.read(size), digest_size=12).hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None


def _is_packed(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == _GZIP
