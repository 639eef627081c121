"""Rejection: an entry that cannot be worked off becomes a dead letter, and its partition goes on."""

from __future__ import annotations

import hashlib

import msgspec
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from collector.errors import CollectorError
from collector.stream.entry import Entry, Judged, Observed, Unreadable
from models.errors import ModelsError
from service.store.errors import StoreError

PREFIX = "rejected:"
"""What the id of such a letter begins with; its body is the entry itself, as JSON."""
_NOT_THE_ENTRYS = (StoreError, CollectorError, ModelsError, OSError, MemoryError, SQLAlchemyError)
_REASON = 500


def is_entrys_fault(error: Exception) -> bool:
    """Return whether an entry may be what failed, and not the world around it: disk, server, or a missing version."""
    return isinstance(error, DataError | IntegrityError) or not isinstance(error, _NOT_THE_ENTRYS)


def reason_of(error: Exception) -> str:
    """Return why an entry was rejected.

    >>> reason_of(ValueError("no such month"))
    'ValueError: no such month'
    """
    told = error.orig if isinstance(error, DataError | IntegrityError) and error.orig else error
    return f"{type(error).__name__}: {' '.join(str(told).split())}"[:_REASON]


def letter_of(entry: Entry, reason: str) -> Unreadable:
    """Return the dead letter of an entry; nothing of it is cut, so that it can be replayed once the fault is mended."""
    body = msgspec.json.encode(entry)
    event = entry.event if isinstance(entry, Observed) else None
    return Unreadable(
        organisation=entry.organisation,
        id=f"{PREFIX}{hashlib.blake2b(body, digest_size=12).hexdigest()}",
        source=event.source if event else "stream",
        received_at=event.received_at if event else entry.given_at if isinstance(entry, Judged) else 0.0,
        reason=reason,
        body=body.decode(),
    )
