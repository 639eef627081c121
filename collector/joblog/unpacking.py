"""What a log is packed in, taken off as it streams: gzip, once or twice, and UTF-16."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from typing import Protocol

from collector.errors import DeliveryError, TooLongError

MAX_LOG = 100 << 20
"""Longest log, unpacked."""
PIECE = 1 << 18
"""Most bytes that come out at once, however small what went in."""
_GZIP = b"\x1f\x8b"
_WIDE = ((b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HEAD = 4
_MAX_LAYERS = 2
_MAX_MEMBERS = 4_096
_SLICE = 1 << 16
"""Bytes unpacked at once: each member costs a copy of what follows it."""


class _Layer(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...
    def finish(self) -> Iterator[bytes]: ...


class Unpacker:
    """Takes a log in any parts and gives its text as UTF-8 in parts, in constant memory.

    Raises TooLongError as soon as it is too long, and DeliveryError where the packing is damaged or breaks off.
    """

    def __init__(self, most: int = MAX_LOG, layers: int = _MAX_LAYERS) -> None:
        self._most = most
        self._layers = layers
        self._head = b""
        self._layer: _Layer | None = None
        self.size = 0
        """Bytes given so far."""

    @property
    def is_packed(self) -> bool:
        """Tell whether it is gzip, as far as has come."""
        return isinstance(self._layer, _Gzip)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what one more part holds."""
        if self._layer is None:
            self._head += data
            if len(self._head) < _HEAD:
                return
            data = self._head
            self._layer = self._layer_of(data)
        yield from self._bounded(self._layer.feed(data))

    def finish(self) -> Iterator[bytes]:
        """Yield what is left when nothing more comes."""
        if self._layer is None:
            self._layer = self._layer_of(self._head)
            yield from self._bounded(self._layer.feed(self._head))
        yield from self._bounded(self._layer.finish())

    def _layer_of(self, head: bytes) -> _Layer:
        if head.startswith(_GZIP) and self._layers:
            return _Gzip(Unpacker(self._most, self._layers - 1))
        encoding = next((name for mark, name in _WIDE if head.startswith(mark)), "")
        return _Wide(encoding) if encoding else _Plain()

    def _bounded(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        for part in parts:
            self.size += len(part)
            if self.size > self._most:
                raise TooLongError(f"a log may have {self._most / (1 << 20):g} MiB: send the part that matters")
            yield part


class _Plain:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> Iterator[bytes]:
        return iter(())


class _Wide:
    """Text of two or four bytes a character, as PowerShell writes it."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield self._decoder.decode(data).encode()

    def finish(self) -> Iterator[bytes]:
        yield self._decoder.decode(b"", final=True).encode()


class _Gzip:
    """One or more members of gzip, one after the other."""

    def __init__(self, inner: Unpacker) -> None:
        self._inner = inner
        self._member = zlib.decompressobj(31)
        self._members = 1

    def feed(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _SLICE):
            yield from self._feed(data[at : at + _SLICE])

    def finish(self) -> Iterator[bytes]:
        yield from self._inner.feed(self._member.flush())
        if not self._member.eof:
            raise DeliveryError("the log's gzip breaks off: send it again")
        yield from self._inner.finish()

    def _feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member.eof:
                data = data.lstrip(b"\0")  # padding between members
                if not data:
                    return
                self._next_member()
            try:
                part = self._member.decompress(data, PIECE)
            except zlib.error as error:
                raise DeliveryError(f"the log's gzip is damaged: {error}") from None
            yield from self._inner.feed(part)
            data = self._member.unconsumed_tail or self._member.unused_data

    def _next_member(self) -> None:
        self._members += 1
        if self._members > _MAX_MEMBERS:
            raise DeliveryError(f"the log's gzip has more than {_MAX_MEMBERS:,} members")
        self._member = zlib.decompressobj(31)
