"""Note: what a receiver tells of one request, as the watch reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

UNPROVEN = frozenset({"signature", "unsigned", "token"})
"""Why a request is refused that was not proven to be its sender's."""
NOBODYS = "unknown"
"""The source of what was refused under a name that nobody is known by: strangers may write any."""


class Note(Protocol):
    """One request, accepted or refused: `collector.receiver.journal.DeliveryNote` is one."""

    @property
    def sender(self) -> str:
        """Who sent it by its name on the URL; empty where that names none."""

    @property
    def organisation(self) -> str:
        """Whose it is; empty where nothing tells."""

    @property
    def received_at(self) -> float:
        """When it came, in seconds since 1970 UTC."""

    @property
    def status(self) -> int:
        """What it was answered."""

    @property
    def reason(self) -> str:
        """One word; empty for what was accepted and read."""

    @property
    def detail(self) -> str:
        """What was wrong, in words."""

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the events it came to."""

    @property
    def letters(self) -> Sequence[str]:
        """Ids of the dead letters it came to."""

    @property
    def size(self) -> int:
        """Bytes of its body."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Those a source may look at."""

    @property
    def body(self) -> bytes:
        """Its body as it was sent, with what secrets it holds."""
