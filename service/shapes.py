"""What the API answers and the page shows: plain shapes, times in RFC 3339."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict

from collector.stream.entry import Verdict
from service.incident import Role, Status


class Shape(BaseModel):
    """A value that is told and not changed."""

    model_config = ConfigDict(frozen=True)


class ReasonShape(Shape):
    """One thing that was unusual, in words and in numbers."""

    feature: str
    family: str
    text: str
    value: str
    usual: str
    weight: float
    """Surprise in bits."""
    n: float
    """Earlier observations the comparison rests on."""


class EventShape(Shape):
    """An event as an incident or a search lists it."""

    id: str
    ref: str
    time: datetime
    source: str = ""
    kind: str = ""
    action: str
    actor: str
    entity: str
    score: float
    p_value: float
    role: Role = Role.FINDING
    model_version: str = ""
    incident: str | None = None
    reasons: list[ReasonShape] = []
    links: dict[str, str] = {}
    facts: dict[str, str | list[str]] = {}
    numbers: dict[str, float] = {}


class CommentShape(Shape):
    """What somebody wrote under an incident."""

    id: int
    author: str
    written_at: datetime
    text: str


class ChangeShape(Shape):
    """Something somebody did with an incident."""

    at: datetime
    by: str
    what: str


class IncidentShape(Shape):
    """An incident as lists show it."""

    id: str
    organisation: str
    rank: int
    """1 is the riskiest of the organisation's incidents of all time."""
    risk: float
    status: Status
    title: str
    summary: str
    first_at: datetime
    last_at: datetime
    event_count: int
    actors: list[str]
    entities: list[str]
    sources: list[str]
    families: list[str]
    score: float
    """Strength in bits: what orders incidents."""
    return_period_s: float
    """Expected time between incidents like it, in seconds; 0 where not yet known."""
    is_open: bool
    """Whether it may still grow."""
    assignee: str = ""
    verdict: Verdict | None = None
    reasons: list[ReasonShape] = []
    related: list[str] = []
    """Incidents that share what this one is about, but were not merged with it."""


class IncidentDetail(IncidentShape):
    """An incident whole."""

    events: list[EventShape] = []
    """The strongest of its events, in the order they happened."""
    comments: list[CommentShape] = []
    history: list[ChangeShape] = []
    """What people did with it, oldest first."""
    version: int = 0
    """Counts the changes people made: its entity tag is `"VERSION"`."""


class BaselineShape(Shape):
    """What is usual for an entity in one respect."""

    feature: str
    about: str
    """The respect, in words."""
    usual: list[str]
    """The commonest values, or the usual amount."""
    n: float


class EntityShape(Shape):
    """An actor or an entity: what it does, and what of it stood out."""

    organisation: str
    type: str
    name: str
    events: int
    first_at: datetime | None
    last_at: datetime | None
    actions: dict[str, int] = {}
    """Its commonest actions, by how often."""
    hours: list[int] = []
    """Events by hour of the day, UTC: 24 numbers."""
    days: list[int] = []
    """Events a day over the last 30 days, oldest first."""
    peers: dict[str, int] = {}
    """Who or what it meets most: entities of an actor, actors of an entity."""
    baseline: list[BaselineShape] = []
    incidents: list[IncidentShape] = []
    strangest: list[EventShape] = []


class OrganisationShape(Shape):
    """An organisation and what was learned of it."""

    name: str
    events: int
    first_at: datetime | None
    last_at: datetime | None
    incidents: int
    open_incidents: int
    """Those nobody has resolved."""
    model_version: str
    is_simulated: bool
    """True for organisations that were invented: the demonstration and drills."""
    summary: dict[str, Any] = {}


class SuppressionShape(Shape):
    """Findings that are not to be told, until a time."""

    id: str
    organisation: str
    actor: str
    entity: str
    action: str
    source: str
    until: datetime
    why: str
    created_at: datetime
    created_by: str


class VersionShape(Shape):
    """A model version."""

    version: str
    created_at: datetime
    parent: str
    """The version that served when this one was trained."""
    is_serving: bool
    manifest: dict[str, Any]
    """What it was trained on and how good it was found to be."""


class TrainingRunShape(Shape):
    """A training that somebody asked for."""

    id: str
    organisation: str
    state: str
    """waiting, running, done or failed."""
    asked_at: datetime
    asked_by: str
    version: str
    """The model version it made; empty until then."""
    message: str


class DrillShape(Shape):
    """A simulated attack that was played, or is."""

    id: str
    organisation: str
    """The one it was played against."""
    name: str
    started_at: datetime
    finished_at: datetime | None
    result: dict[str, Any]
    """How it ended; empty while it runs."""


class GateShape(Shape):
    """Whether a pipeline's step may go on."""

    verdict: Literal["pass", "hold"]
    risk: float
    """The highest risk of the incidents found; 0 where there are none."""
    is_complete: bool
    """Whether everything delivered before the question was taken into account."""
    incidents: list[IncidentShape]
    """Those that concern the step and that nobody has resolved, riskiest first."""


Item = TypeVar("Item")


class ListShape(Shape, Generic[Item]):
    """A part of a list."""

    items: list[Item]
    next_cursor: str | None = None
    """Asks for the next part; null where this is the last."""
    total: int | None = None
    """How many there are in all parts, where that is counted."""
