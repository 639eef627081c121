"""The JSON document: sources, model and incidents, as other programs read them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from service.incident import Incident
from service.words import rfc3339
from unwonted.report.report import Report


class _Source(msgspec.Struct):
    path: str
    source: str
    events: int
    skipped: int
    first_at: str | None
    last_at: str | None


class _Reason(msgspec.Struct):
    feature: str
    text: str
    value: str
    usual: str
    weight: float


class _Event(msgspec.Struct):
    ref: str
    time: str
    action: str
    actor: str
    entity: str
    score: float
    p_value: float
    role: str


class _Incident(msgspec.Struct):
    id: str
    rank: int
    risk: float
    status: str
    title: str
    summary: str
    first_at: str
    last_at: str
    event_count: int
    actors: list[str]
    entities: list[str]
    reasons: list[_Reason]
    events: list[_Event]


class _Document(msgspec.Struct):
    unwonted: str
    sources: list[_Source]
    model: dict[str, object]
    incidents: list[_Incident]


def to_json(report: Report, version: str, top: int | None) -> bytes:
    """Return the document, indented; `top` leaves out the incidents ranked lower."""
    document = _Document(
        unwonted=version,
        sources=[
            _Source(s.path, s.source, s.events, s.skipped, _time(s.first_at), _time(s.last_at)) for s in report.sources
        ],
        model=report.model,
        incidents=_incidents(report.incidents[:top]),
    )
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def _incidents(incidents: Sequence[Incident]) -> list[_Incident]:
    return [_incident(incident, rank) for rank, incident in enumerate(incidents, 1)]


def _incident(incident: Incident, rank: int) -> _Incident:
    return _Incident(
        id=incident.id,
        rank=rank,
        risk=incident.risk,
        status=incident.status.value,
        title=incident.title,
        summary=incident.summary,
        first_at=rfc3339(incident.first_at),
        last_at=rfc3339(incident.last_at),
        event_count=len(incident.events),
        actors=incident.actors,
        entities=incident.entities,
        reasons=[_Reason(r.feature, r.text, r.value, r.usual, r.weight) for r in incident.reasons],
        events=[
            _Event(e.ref, rfc3339(e.time), e.action, e.actor, e.entity, e.score, e.p_value, e.role.value)
            for e in incident.events
        ],
    )


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else rfc3339(seconds)
