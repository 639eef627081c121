"""What is told of sources, deliveries and coverage: plain shapes, as those of incidents are."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from service.shapes import Shape

SourceState = Literal["waiting", "live", "quiet", "silent", "failing"]
"""`waiting` never told anything, `quiet` told nothing for a day and that is usual, `silent` is not usual."""


IncidentKindState = Literal["shown", "partly", "unseen", "beyond"]
"""`partly` means some of its stages, `beyond` that no feed that can be read here shows what makes it stand out."""


class SourceFindingShape(Shape):
    """Something the watch said of a source."""

    rule: str
    text: str
    told_at: datetime
    ended_at: datetime | None = None
    """None while it lasts."""


class PollerShape(Shape):
    """How something that is fetched is doing."""

    name: str
    source: str
    last_ok_at: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None
    failures: int = 0
    next_at: datetime | None = None
    reached_at: datetime | None = None
    """Up to when everything was fetched."""
    lag_s: float | None = None
    """How far that is behind."""
    clock_ahead_s: float | None = None
    delivered: int = 0
    unreadable: int = 0
    missed: int = 0


class SourceShape(Shape):
    """How a source is."""

    name: str
    state: SourceState
    first_at: datetime | None = None
    """When its first event was received."""
    last_at: datetime | None = None
    """When its last event was received."""
    last_event_at: datetime | None = None
    """The newest time its events told."""
    last_accepted_at: datetime | None = None
    """When a request of its was last let in."""
    last_error_at: datetime | None = None
    last_error: str = ""
    """Why it was last refused, or could not be read."""
    is_proof_failing: bool = False
    hook: str = ""
    """What its sender calls the hook."""
    events: int = 0
    """Of the last 24 hours, as the numbers below it."""
    accepted: int = 0
    refused: int = 0
    unproven: int = 0
    """Refused for want of a proof."""
    unreadable: int = 0
    dead_letters: int = 0
    """Everything of it that waits to be mended."""
    lag_s: float | None = None
    """From the time an event tells until it is received; a mean of medians."""
    usual_every_s: float | None = None
    """How often something usually comes at this hour of the week; None where that is not known, or seldom."""
    per_hour: tuple[int, ...] = ()
    """Events of the last 24 hours, oldest first."""
    per_day: tuple[int, ...] = ()
    """Events of the last 14 days, oldest first."""
    findings: tuple[SourceFindingShape, ...] = ()
    """What the watch said of it last, by each of its rules."""
    pollers: tuple[PollerShape, ...] = ()


class DeliveryShape(Shape):
    """What became of a request."""

    id: int
    source: str
    sender: str
    received_at: datetime
    status: int
    reason: str
    """One word; empty where it was accepted and read."""
    detail: str
    size: int
    events: int
    ids: list[str]
    """Of its first events."""
    letters: list[str]
    """Dead letters it came to."""
    headers: dict[str, str]
    can_be_replayed: bool
    """Whether its body was kept whole."""


class DeliveryDetail(DeliveryShape):
    """A request with what was kept of its body."""

    body: str
    """Masked; empty where it was not kept."""
    is_whole: bool


class ReplayShape(Shape):
    """What a delivery that was read again came to."""

    delivery: int
    entries: int
    """What it added to the stream."""
    known: int
    """Events that had been accepted before; nothing changed for them."""
    unreadable: int
    reason: str = ""
    """Why it still cannot be read."""


class IncidentKindShape(Shape):
    """An incident of the past, and what of yours would show one like it."""

    id: str
    name: str
    year: str
    state: IncidentKindState
    by: list[str]
    """Feeds of yours that would show it."""
    needs: list[str]
    """Feeds each of which would."""
    told_by: str
    """What stands out in it."""


class SourceFeedShape(Shape):
    """A feed: sources that show the same."""

    id: str
    name: str
    is_live: bool
    last_at: datetime | None = None
    sources: tuple[str, ...] = ()
    """Those of it that delivered in the last seven days."""
    shows: int
    """Incidents it shows by itself."""
    adds: list[str]
    """Incidents that it would show and nothing live does; empty where it is live."""
    how: str = ""


class CoverageShape(Shape):
    """Which incidents of the past the live feeds would show."""

    known: int
    shown: int
    partly: int
    beyond: int
    """Incidents that no feed here can show."""
    sentence: str
    feeds: list[SourceFeedShape]
    incidents: list[IncidentKindShape]
