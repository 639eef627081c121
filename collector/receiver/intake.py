"""The intake: bodies as they arrive, within the limits of one body and of memory."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterator

from starlette.types import Message, Receive

from collector.receiver.problem import Refused, busy
from collector.receiver.settings import MIB, ReceiverSettings

_PIECE = 256 * 1024
"""Bytes unpacked at once, so that nobody else waits longer than that takes."""
_GZIP = 31
_PARTS = 10
"""How many times the time of a body a log may take: it is longer."""
_MAX_MEMBERS = 64
"""Most gzip members of one body: each costs a copy of what follows it."""


class Intake:
    """Reads bodies, and knows how many bytes of them are in memory over all requests."""

    def __init__(self, settings: ReceiverSettings) -> None:
        self._settings = settings
        self.held = 0
        """Bytes in memory."""

    async def read(self, receive: Receive, length: str, held: list[bytes]) -> bytes:
        """Return a whole body of an announced length, keeping what has arrived in `held` for `release`.

        Raises Refused as soon as it is too long, or its sender gone or too slow.
        """
        self._check(length, self._settings.max_body)
        await self._fill(held, receive)
        if len(held) > 1:
            held[:] = [b"".join(held)]
        return held[0]

    async def parts(self, receive: Receive, length: str, most: int) -> AsyncIterator[bytes]:
        """Yield a body as it arrives, in parts of at least 256 KiB but the last, and hold no more than one of them.

        Raises Refused as `read` does; the time of a body counts for each part, and ten times for all of them.
        """
        self._check(length, most)
        deadline, size, more = asyncio.get_running_loop().time() + _PARTS * self._settings.body_timeout_s, 0, True
        while more:
            held: list[bytes] = []
            try:
                more = await self._part(receive, held, size, deadline, most)
                part = b"".join(held)
                size += len(part)
                yield part
            finally:
                self.release(held)

    def hold(self, size: int) -> None:
        """Count memory that a request takes beside its body, until `let_go`; raise Refused where there is none left."""
        if self.held + size > self._settings.max_held:
            raise busy("full", "Too many bodies are in memory already: wait, then send again.", 1)
        self.held += size

    def let_go(self, size: int) -> None:
        """Count it no more."""
        self.held -= size

    async def _part(self, receive: Receive, held: list[bytes], size: int, deadline: float, most: int) -> bool:
        """Fill one part; return whether there is more."""
        first = size
        soon = asyncio.get_running_loop().time() + self._settings.body_timeout_s
        try:
            async with asyncio.timeout_at(min(soon, deadline)):
                while True:
                    message = await receive()
                    size = self._take(held, message, size, most)
                    if not message.get("more_body") or size - first >= _PIECE:
                        return bool(message.get("more_body"))
        except TimeoutError:
            raise _slow() from None

    async def unpack(self, encoding: str, held: list[bytes]) -> bytes:
        """Return the body that `held` ends in, unpacked where it is gzip, and count it.

        Raises Refused where it is packed otherwise, is not what it says, or becomes longer than a body may be.
        """
        encoding = encoding.strip().lower()
        if encoding in {"", "identity"}:
            return held[-1]
        if encoding not in {"gzip", "x-gzip"}:
            raise Refused(415, "packed", "Not unpacked here", "Send the body as it is, or packed with gzip.")
        packed, size, first = held[-1], 0, len(held)
        for piece in _pieces(packed):
            size = self._take(held, {"body": piece}, size)
            await asyncio.sleep(0)
        held[first:] = [b"".join(held[first:])]
        return held[-1]

    def release(self, held: list[bytes]) -> None:
        """Count a body no more."""
        self.held -= sum(map(len, held))

    async def _fill(self, parts: list[bytes], receive: Receive) -> None:
        message = await receive()
        self._take(parts, message, 0)
        if not message.get("more_body"):
            return
        size = len(parts[0])
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                while message.get("more_body"):
                    message = await receive()
                    size = self._take(parts, message, size)
        except TimeoutError:
            raise _slow() from None

    def _take(self, parts: list[bytes], message: Message, size: int, most: int = 0) -> int:
        """Add what has arrived; return how long the body is now."""
        if message.get("type") == "http.disconnect":
            raise Refused(400, "gone", "Broken off", "The connection ended in the middle of the body.")
        part = message.get("body", b"")
        most = most or self._settings.max_body
        if size + len(part) > most:
            raise _too_long(most)
        if self.held + len(part) > self._settings.max_held:
            raise busy("full", "Too many bodies are in memory already: wait, then send again.", 1)
        parts.append(part)
        self.held += len(part)
        return size + len(part)

    def _check(self, length: str, most: int) -> None:
        if length.isdecimal() and int(length[:20]) > most:
            raise _too_long(most)


def _too_long(most: int) -> Refused:
    limit = f"{most / MIB:g} MiB"
    return Refused(413, "long", "Too long", f"A body may have {limit}: send it in parts, or leave out what is big.")


def _slow() -> Refused:
    return Refused(408, "slow", "Too slow", "The body did not arrive in time: send it again.")


def _pieces(packed: bytes) -> Iterator[bytes]:
    """Yield what gzip holds, a bounded piece at a time, over all its members."""
    for _ in range(_MAX_MEMBERS):
        member = zlib.decompressobj(_GZIP)
        while not member.eof:
            try:
                piece = member.decompress(packed, _PIECE)
            except zlib.error:
                raise _damaged() from None
            if not piece and not member.unconsumed_tail and not member.eof:
                raise _damaged()  # it breaks off
            yield piece
            packed = member.unconsumed_tail
        packed = member.unused_data
        if not packed.strip(b"\0"):  # padding is allowed
            return
    raise _damaged()


def _damaged() -> Refused:
    return Refused(400, "damaged", "Damaged", "The body is no gzip, or breaks off: send it again.")
