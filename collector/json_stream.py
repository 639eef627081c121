"""JSON from files of any size: lines, arrays, wrapped arrays and concatenated values, one value in memory at a time."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from collector.errors import DamagedSourceError, SourceError

MAX_VALUE = 64 << 20
"""Longest line or element that is read, in bytes."""
_CHUNK = 1 << 18
_GZIP = b"\x1f\x8b"
_SPACE = " \t\r\n\ufeff"
_BOM = b"\xef\xbb\xbf"
_DECODER = json.JSONDecoder()


class Layout(StrEnum):
    """How the values of a file are laid out."""

    LINES = "lines"
    """One value a line."""
    ARRAY = "array"
    """The elements of an array, also of one that an object wraps."""
    VALUES = "values"
    """Values one after the other, each over any number of lines."""
    WHOLE = "whole"
    """The file is one text."""


def open_bytes(path: Path) -> io.BufferedReader:
    """Open a file for reading, unpacked where it is gzip whatever it is called; raise SourceError."""
    try:
        file = path.open("rb")
        magic = file.read(2)
        file.seek(0)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from None
    if magic != _GZIP:
        return file
    file.close()
    return io.BufferedReader(gzip.GzipFile(path), _CHUNK)


def read_head(path: Path, size: int) -> tuple[bytes, bool]:
    """Return the first bytes of a file, unpacked, and whether that is all of it; raise SourceError."""
    with open_bytes(path) as file:
        head = _guarded(file, path, size + 1)
    return head[:size].removeprefix(_BOM), len(head) <= size


def lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (1-based number, line) of every line that is not blank; a line beyond MAX_VALUE comes cut."""
    with open_bytes(path) as file:
        number = 0
        while line := _guarded_line(file, path):
            number += 1
            while len(line) == MAX_VALUE and (rest := _guarded_line(file, path)):
                if rest.endswith(b"\n"):
                    break
            if number == 1:
                line = line.removeprefix(_BOM)
            if not line.isspace():
                yield number, line


def values(path: Path, layout: Layout, skip: int = 0) -> Iterator[tuple[int, Any]]:
    """Yield (1-based number, value) of the elements of an array or of concatenated values.

    `skip` is the number of characters before an array's bracket. Raises DamagedSourceError, after what could be
    read, where the text breaks off or is no JSON.
    """
    with open_bytes(path) as file:
        stream = _Stream(file, path, skip)
        yield from stream.elements() if layout is Layout.ARRAY else stream.concatenated()


def whole(path: Path) -> str:
    """Return a file as text; raise SourceError where it is longer than MAX_VALUE."""
    with open_bytes(path) as file:
        data = _guarded(file, path, MAX_VALUE + 1)
    if len(data) > MAX_VALUE:
        raise SourceError(f"{path}: longer than {MAX_VALUE >> 20} MiB: split it")
    return data.decode("utf-8", "replace")


def _guarded(file: io.BufferedReader, path: Path, size: int) -> bytes:
    try:
        return file.read(size)
    except (EOFError, zlib.error) as error:
        raise DamagedSourceError(f"{path}: the gzip file breaks off ({error}): fetch it again") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from None


def _guarded_line(file: io.BufferedReader, path: Path) -> bytes:
    try:
        return file.readline(MAX_VALUE)
    except (EOFError, zlib.error) as error:
        raise DamagedSourceError(f"{path}: the gzip file breaks off ({error}): fetch it again") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}") from None


def _without_halves(value: Any) -> Any:
    """Return the value with halves of characters replaced: they are legal in JSON and cannot be written as UTF-8."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))


class _Stream:
    """Text of a file, decoded as far as is needed."""

    def __init__(self, file: io.BufferedReader, path: Path, skip: int) -> None:
        self._file = file
        self._path = path
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._at = 0
        self._count = 0
        self._is_over = False
        self._fill(skip + 1)
        self._at = skip

    def elements(self) -> Iterator[tuple[int, Any]]:
        """Yield the elements of an array, and of further arrays right after it."""
        while self._peek() == "[":
            self._at += 1
            while (mark := self._peek()) != "]":
                if mark == ",":
                    self._at += 1
                    continue
                yield self._count + 1, self._value()
                if self._peek() not in {",", "]"}:
                    raise self._damage("expected a comma or the end of the list")
            self._at += 1

    def concatenated(self) -> Iterator[tuple[int, Any]]:
        """Yield values until the text ends."""
        while self._peek():
            yield self._count + 1, self._value()

    def _peek(self) -> str:
        while True:
            while self._at < len(self._text):
                mark = self._text[self._at]
                if mark not in _SPACE:
                    return mark
                self._at += 1
            if not self._more():
                return ""

    def _value(self) -> Any:
        while True:
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise self._damage("nested too deeply") from None
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - 16
                if is_cut and len(self._text) - self._at < MAX_VALUE and self._more(len(self._text) - self._at):
                    continue
                reason = "the text ends in the middle of it" if is_cut and self._is_over else error.msg.lower()
                raise self._damage(reason) from None
            except ValueError:  # a number of more digits than Python converts
                raise self._damage("a number too long to be one") from None
            if "\\ud" in self._text[self._at : end]:
                value = _without_halves(value)
            self._at = end
            self._count += 1
            return value

    def _more(self, at_least: int = 0) -> bool:
        """Read on, at least as much as is pending, so that a long value costs a constant number of attempts a byte."""
        if self._is_over:
            return False
        self._text = self._text[self._at :]
        self._at = 0
        self._fill(len(self._text) + max(1, at_least))
        return True

    def _fill(self, length: int) -> None:
        parts, have = [self._text], len(self._text)
        while have < length and not self._is_over:
            data = _guarded(self._file, self._path, _CHUNK)
            self._is_over = not data
            parts.append(self._decoder.decode(data, final=self._is_over))
            have += len(parts[-1])
        self._text = "".join(parts)

    def _damage(self, reason: str) -> DamagedSourceError:
        return DamagedSourceError(
            f"{self._path}: entry {self._count + 1:,} is not complete JSON ({reason}); "
            f"{self._count:,} entries before it could be read: export or download the file again"
        )
