"""Poller: what one step of fetching needs and gives, so that whoever takes the step can save it in the right order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from collector.stream.entry import Entry

OVERLAP_S = 300.0
"""How far back a list is read again: entries may be listed minutes after entries that are newer."""


class Kept(Protocol):
    """Where a poller goes on, by names of its own."""

    def get(self, name: str = "") -> bytes | None:
        """Return what was kept under a name."""

    def under(self, prefix: str) -> Mapping[str, bytes]:
        """Return everything that was kept under names which begin so."""


@dataclass
class Fetched:
    """What a step came to: nothing of it is kept before the stream has its entries."""

    entries: list[Entry] = field(default_factory=list)
    changes: dict[str, bytes | None] = field(default_factory=dict)
    """Where to go on, by name; None forgets it."""
    next_in_s: float | None = None
    """When to take the next step; None where more is waiting."""
    reached_at: float | None = None
    """Up to when everything has been fetched, in seconds since 1970 UTC."""
    missed: int = 0
    """What was gone before it could be fetched."""
    error: str = ""
    """What could not be fetched this time, though the rest was: the step counts as failed, and is kept."""
    afterwards: Callable[[], None] | None = None
    """What must happen at most once: it is done when the changes are kept."""


class Poller(Protocol):
    """Fetches from one place; what it holds in memory may be lost at any time."""

    @property
    def name(self) -> str:
        """Return what it asks and whom, such as `github.audit/acme`."""

    @property
    def organisation(self) -> str:
        """Return the organisation its events are told under."""

    @property
    def source(self) -> str:
        """Return the source of its deliveries."""

    @property
    def clock_ahead_s(self) -> float | None:
        """Return the server's clock minus ours; None where that is not known."""

    def fetch(self, kept: Kept, now: float) -> Fetched:
        """Take one step, of seconds rather than minutes; raise CollectorError where that is not possible now."""


class Turn(NamedTuple):
    """How a step ended, as it is told."""

    name: str
    organisation: str
    source: str
    at: float
    """When it ended, in seconds since 1970 UTC."""
    next_at: float
    error: str = ""
    """Why nothing could be fetched; empty where it went well or has to wait."""
    is_waiting: bool = False
    """The server, or our own allowance, asked to come again later."""
    delivered: int = 0
    unreadable: int = 0
    missed: int = 0
    reached_at: float | None = None
    clock_ahead_s: float | None = None

    @property
    def is_more(self) -> bool:
        """Return whether the next step can be taken at once."""
        return not self.error and not self.is_waiting and self.next_at <= self.at


class Standing(NamedTuple):
    """How a poller stands before a step."""

    next_at: float = 0.0
    failures: int = 0
    """Steps that failed since the last that went well."""


class Ledger(Protocol):
    """Keeps where pollers stand, and how they are doing."""

    def standing(self, poller: str) -> Standing:
        """Return how a poller stands."""

    def under(self, poller: str, prefix: str) -> dict[str, bytes]:
        """Return what a poller keeps under the names that begin so."""

    def record(self, turn: Turn, read: Mapping[str, bytes], changes: Mapping[str, bytes | None]) -> None:
        """Keep how a step ended and where to go on, or neither; `read` is what it began from.

        Raise OvertakenError where another process has come further meanwhile.
        """
