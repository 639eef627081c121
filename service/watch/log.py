"""The log: notes of requests, kept in memory until they are stored, and masked only then.

It is best effort: a flood leaves its last requests, and what cannot be stored is left out. No delivery waits for it.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from threading import Lock
from typing import NamedTuple

import msgspec

from collector.delivery import decode_json
from collector.errors import DeliveryError
from collector.masking import mask_headers, mask_text, mask_value
from collector.texts import storable_text
from service.store import deliveries
from service.store.database import Database
from service.store.deliveries import REFUSED, Kept
from service.store.sources import Key
from service.watch.note import Names, Note

WAITING = 100
"""Requests of a source that wait at most, of those that went well and of the others; the last ones stay."""
HELD_BYTES = 16 << 20
"""Bytes of bodies that wait at most."""
BODY_CHARACTERS = 64_000
"""Longest body that is kept whole."""
IDS = 100
"""Ids that are kept of a request's events."""
_READ_BYTES = 1 << 20
"""Longest body that is looked at."""
_GZIP = b"\x1f\x8b"
_LONGEST_TEXT = 500


class _Waiting(NamedTuple):
    key: Key
    note: Note
    body: bytes
    """As much of it as is looked at; empty where none is to be kept."""


class DeliveryLog:
    """What became of the last requests; may be told by one thread and stored by another."""

    def __init__(self, names: Names, *, keeps_all: bool = False) -> None:
        """Name requests as others do; the bodies of what went well are kept only where all are."""
        self.dropped = 0
        """Requests that were left out since the start."""
        self._names = names
        self._keeps_all = keeps_all
        self._lock = Lock()
        self._waiting: dict[tuple[Key, bool], deque[_Waiting]] = {}
        self._held = 0

    def noted(self, note: Note) -> None:
        """Take a request in."""
        key = self._names.key(note)
        went_well = note.status < REFUSED and not note.reason
        body = note.body[:_READ_BYTES] if self._keeps_all or not went_well else b""
        with self._lock:
            waiting = self._waiting.setdefault((key, went_well), deque())
            if len(waiting) >= WAITING:
                self._held -= len(waiting.popleft().body)
                self.dropped += 1
            if self._held + len(body) > HELD_BYTES:
                body = b""
            self._held += len(body)
            waiting.append(_Waiting(key, note, body))

    def flush(self, database: Database, most: int) -> int:
        """Store what waits and leave so many of each source; return how many were stored."""
        with self._lock:
            waiting, self._waiting, self._held = self._waiting, {}, 0
        rows = [_kept(*one) for one in sorted(_all(waiting), key=lambda one: one.note.received_at)]
        if rows:
            with database.transaction() as connection:
                deliveries.add(connection, rows)
                for key in sorted({(row.organisation, row.source) for row in rows}):
                    deliveries.cut(connection, key, most)
        return len(rows)


def _all(waiting: dict[tuple[Key, bool], deque[_Waiting]]) -> Iterator[_Waiting]:
    for some in waiting.values():
        yield from some


def _kept(key: Key, note: Note, body: bytes) -> Kept:
    text, is_whole = masked(body)
    return Kept(
        organisation=key[0],
        source=storable_text(key[1]),
        sender=storable_text(note.sender),
        received_at=note.received_at,
        status=note.status,
        reason=note.reason,
        detail=storable_text(mask_text(note.detail)[:_LONGEST_TEXT]),
        size=note.size,
        events=len(note.ids),
        ids=[storable_text(name) for name in note.ids[:IDS]],
        letters=[storable_text(name) for name in note.letters[:IDS]],
        headers={
            storable_text(name): storable_text(mask_text(value)[:_LONGEST_TEXT])
            for name, value in mask_headers(dict(note.headers)).items()
        },
        body=text,
        is_whole=is_whole and len(body) == note.size,
    )


def masked(body: bytes) -> tuple[str, bool]:
    """Return a body with its secrets masked, unpacked where it is packed, and whether it is all there.

    >>> masked(b'{"password": "hunter2hunter2"}')
    ('{"password":"***"}', True)
    """
    is_whole = len(body) < _READ_BYTES
    if body.startswith(_GZIP):
        body, is_whole = _unpacked(body)
    text = None
    if is_whole:
        # what is no JSON, or none that can be written, is masked as the text it is
        with suppress(DeliveryError, ValueError, OverflowError):
            text = msgspec.json.encode(mask_value(decode_json(body))).decode()
    if text is None:
        text = mask_text(body[: 4 * BODY_CHARACTERS].decode(errors="replace"))
    return storable_text(text[:BODY_CHARACTERS]), is_whole and len(text) <= BODY_CHARACTERS


def _unpacked(body: bytes) -> tuple[bytes, bool]:
    packed = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = packed.decompress(body, _READ_BYTES)
    except zlib.error:
        return b"", False
    return unpacked, packed.eof
