"""Incident: findings that one person handles together."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from models.finding import Reason


class Status(StrEnum):
    """Where an incident stands in triage."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    SUPPRESSED = "suppressed"


class Role(StrEnum):
    """Why an event is listed in an incident."""

    FINDING = "finding"
    CONTEXT = "context"


class IncidentEvent(msgspec.Struct, frozen=True):
    """One event of an incident, as the scan's JSON and the API show it."""

    id: str
    ref: str
    time: float
    action: str
    actor: str
    entity: str
    score: float
    p_value: float
    role: Role = Role.FINDING
    source: str = ""
    kind: str = ""


class Incident(msgspec.Struct, kw_only=True):
    """Findings of one organisation that share rare links, with the risk they carry together."""

    id: str
    """Hash of the organisation and the first finding's event id."""
    organisation: str
    status: Status = Status.NEW
    title: str = ""
    summary: str = ""
    score: float = 0.0
    """Corroborated surprise in bits: what orders incidents."""
    risk: float = 0.0
    """0 to 100: how rarely this organisation sees an incident like it (50 weekly, 75 monthly, 90 yearly)."""
    return_period_s: float = 0.0
    """Expected time between incidents at least as strange, in seconds; 0 where not yet known."""
    first_at: float
    last_at: float
    actors: list[str] = []
    entities: list[str] = []
    reasons: list[Reason] = []
    events: list[IncidentEvent] = []
    families: list[str] = []
    """Independent families of facts that agree."""
    sources: list[str] = []
    """Names of the sources its events came from."""
    related: list[str] = []
    """Incidents that share what this one is about: linked, because people may have been told of both already."""
    is_open: bool = True
    """Whether it may still grow; a closed incident never does."""
