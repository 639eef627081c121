"""What is asked of the feed, and how it answers lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from service.incident import Status
from service.store.events import Search
from service.store.listing import Sort

__all__ = ["OPEN", "EventFilter", "Filter", "Page", "Sort"]

_T = TypeVar("_T")
OPEN = frozenset({Status.NEW, Status.IN_PROGRESS})
"""What waits for somebody."""


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which incidents are asked for, and in which order; what is left out excludes nothing."""

    statuses: frozenset[Status] = frozenset()
    source: str = ""
    entity: str = ""
    """Written `repo:acme/pay`."""
    actor: str = ""
    """Written `user:mona`."""
    since: datetime | None = None
    """Its last event is not older."""
    until: datetime | None = None
    """Its first event is not younger."""
    minimum_risk: float = 0.0
    text: str = ""
    """Found in title, actors, entities or sources, in upper or lower case."""
    sort: Sort = Sort.RISK

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """What an incident must name, each with its role."""
        asked = (("source", self.source), ("entity", self.entity), ("actor", self.actor))
        return tuple((role, name) for role, name in asked if name)


@dataclass(frozen=True, kw_only=True)
class EventFilter:
    """Which events are asked for; what is left out excludes nothing."""

    source: str = ""
    kind: str = ""
    action: str = ""
    actor: str = ""
    entity: str = ""
    since: datetime | None = None
    until: datetime | None = None
    minimum_score: float = 0.0
    """In bits."""
    findings_only: bool = False

    def search(self) -> Search:
        """Return it as the store is asked."""
        return Search(
            source=self.source,
            kind=self.kind,
            action=self.action,
            actor=self.actor,
            entity=self.entity,
            since=seconds(self.since),
            until=seconds(self.until),
            min_score=self.minimum_score,
            findings_only=self.findings_only,
        )


@dataclass(frozen=True)
class Page(Generic[_T]):
    """A part of a list."""

    items: list[_T]
    next_cursor: str | None
    """Asks for the next part; nothing where this is the last."""
    total: int | None = None
    """How many there are in all parts, where that is counted."""


def seconds(at: datetime | None) -> float | None:
    """Return a time in seconds since 1970 UTC."""
    return None if at is None else at.timestamp()
