"""The journal: what became of each request, told once to whoever keeps a log of deliveries."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import msgspec

from collector.receiver.problem import Refused

_LOG = logging.getLogger(__name__)
_MAX_DETAIL = 500
_NOTHING: Mapping[str, str] = {}


class DeliveryNote(msgspec.Struct, frozen=True, kw_only=True):
    """One request, accepted or refused."""

    sender: str
    """Who sent it by its name on the URL, `github` or `joblog`; empty where the URL names none we know."""
    organisation: str
    """Whose it is; of a refused request whom it would have been for, empty where nothing tells."""
    received_at: float
    """When it came, in seconds since 1970 UTC by our clock."""
    status: int
    """What it was answered: 2xx is accepted and durable."""
    reason: str = ""
    """One word; empty for what was accepted and read, `unreadable` where some of it was stored as dead letters. Of a
    refusal `signature`, `unsigned`, `token`, `not_local`, `long`, `full`, `stream` and others, as in the metrics."""
    detail: str = ""
    """What was wrong, in words."""
    ids: tuple[str, ...] = ()
    """Ids of the events it came to, duplicates of earlier ones included."""
    letters: tuple[str, ...] = ()
    """Ids of the dead letters it came to."""
    size: int = 0
    """Length of the body in bytes, as it was sent; 0 where it was refused unread."""
    headers: Mapping[str, str] = _NOTHING
    """Those a source may look at, none of them a credential; empty where it was refused unread."""
    body: bytes = b""
    """The body itself, as it was sent and with what secrets it holds: mask before keeping any of it, and keep no
    reference to it, because the receiver counts the memory as free. Empty where it was refused unread."""


Journal = Callable[[DeliveryNote], None]
"""Called once for each request, on the event loop just before its answer: it must be quick and keep to memory."""


def refusal_note(
    refused: Refused,
    *,
    sender: str,
    organisation: str,
    received_at: float,
    body: bytes,
    headers: Mapping[str, str] = _NOTHING,
) -> DeliveryNote:
    """Return the note of a request that was refused; with its body go the headers that say what it is."""
    return DeliveryNote(
        sender=sender,
        organisation=organisation,
        received_at=received_at,
        status=refused.status,
        reason=refused.reason,
        detail=refused.detail[:_MAX_DETAIL],
        size=len(body),
        headers=headers if body else _NOTHING,
        body=body,
    )


def tell(journal: Journal, note: DeliveryNote) -> None:
    """Hand a note on; a journal that fails costs no delivery."""
    try:
        journal(note)
    except Exception:  # noqa: BLE001 (the delivery's fate is decided, and its sender waits for the answer)
        _LOG.exception("journal_failed")
