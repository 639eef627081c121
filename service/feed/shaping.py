"""Rows of the store as the shapes that are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Row

from collector.stream.entry import SCRATCH, Verdict
from models.finding import Reason
from service.feed.rating import Rater
from service.incident import IncidentEvent, Status
from service.shapes import (
    ChangeShape,
    CommentShape,
    DrillShape,
    EventShape,
    IncidentDetail,
    IncidentShape,
    OrganisationShape,
    ReasonShape,
    SuppressionShape,
    TrainingRunShape,
)
from service.store.listing import Listed
from service.store.scored import body_of
from service.words import moment


def incident_shape(listed: Listed, rank: int, rater: Rater) -> IncidentShape:
    """Return an incident as lists show it."""
    return IncidentShape(**_incident(listed, rank, rater))


def incident_detail(listed: Listed, rank: int, rater: Rater, more: Mapping[str, Any]) -> IncidentDetail:
    """Return an incident whole."""
    return IncidentDetail(**_incident(listed, rank, rater), version=listed.version, **more)


def _incident(listed: Listed, rank: int, rater: Rater) -> dict[str, Any]:
    incident = listed.incident
    risk, period = rater.rate(listed)
    return {
        "id": incident.id,
        "organisation": incident.organisation,
        "rank": rank,
        "risk": risk,
        "status": Status(listed.status),
        "title": incident.title,
        "summary": incident.summary,
        "first_at": moment(incident.first_at),
        "last_at": moment(incident.last_at),
        "event_count": len(incident.events),
        "actors": incident.actors,
        "entities": incident.entities,
        "sources": incident.sources,
        "families": incident.families,
        "score": incident.score,
        "return_period_s": period,
        "is_open": incident.is_open,
        "assignee": listed.assignee,
        "verdict": Verdict(listed.verdict) if listed.verdict else None,
        "reasons": reason_shapes(incident.reasons),
        "related": incident.related,
    }


def reason_shapes(reasons: Iterable[Reason]) -> list[ReasonShape]:
    """Return reasons as they are told."""
    return [ReasonShape(**msgspec.structs.asdict(reason)) for reason in reasons]


def event_shape(row: Row[Any], incident: str | None = None) -> EventShape:
    """Return a stored event as a search lists it, whole where it is a finding."""
    return EventShape(
        id=row.id,
        ref=row.ref,
        time=moment(row.observed_at),
        source=row.source,
        kind=row.kind,
        action=row.action,
        actor=row.actor,
        entity=row.entity,
        score=row.score,
        p_value=row.p_value,
        model_version=row.model_version,
        incident=incident,
        **_body(row),
    )


def member_shape(member: IncidentEvent, incident: str, row: Row[Any] | None) -> EventShape:
    """Return an event as its incident lists it, with what is stored of it as long as it is kept."""
    told = msgspec.structs.asdict(member) | {"time": moment(member.time), "incident": incident}
    return EventShape(**told, **({"model_version": row.model_version, **_body(row)} if row is not None else {}))


def _body(row: Row[Any]) -> dict[str, Any]:
    if not row.body:
        return {}
    body = body_of(row.body)
    event = body.event
    told = {"links": event.links, "facts": event.facts, "numbers": event.numbers}
    return {"reasons": reason_shapes(body.reasons), **told}


def comment_shape(row: Row[Any]) -> CommentShape:
    """Return what somebody wrote."""
    return CommentShape(id=row.id, author=row.author, written_at=moment(row.written_at), text=row.text)


def change_shape(row: Row[Any]) -> ChangeShape:
    """Return what somebody did."""
    return ChangeShape(at=moment(row.at), by=row.by, what=row.what)


def organisation_shape(row: Row[Any], incidents: int, waiting: int) -> OrganisationShape:
    """Return an organisation with its incidents counted."""
    summary = msgspec.json.decode(row.summary) if row.summary else {}
    return OrganisationShape(
        name=row.name,
        events=row.events,
        first_at=moment(row.first_at) if row.events else None,
        last_at=moment(row.last_at) if row.events else None,
        incidents=incidents,
        open_incidents=waiting,
        model_version=row.model_version,
        is_simulated=SCRATCH in row.name or row.name in SIMULATED,
        summary=summary,
    )


SIMULATED = frozenset({"simulated"})
"""Organisations that were invented, whatever was learned of them."""


def training_shape(row: Row[Any]) -> TrainingRunShape:
    """Return a training that somebody asked for."""
    return TrainingRunShape(**dict(row._mapping) | {"asked_at": moment(row.asked_at)})  # noqa: SLF001  # its public way to a dictionary


def drill_shape(row: Row[Any]) -> DrillShape:
    """Return a drill."""
    return DrillShape(
        id=row.id,
        organisation=row.organisation,
        name=row.name,
        started_at=moment(row.started_at),
        finished_at=None if row.finished_at is None else moment(row.finished_at),
        result=msgspec.json.decode(row.result) if row.result else {},
    )


def suppression_shape(row: Row[Any]) -> SuppressionShape:
    """Return what somebody asked not to be told."""
    told = dict(row._mapping) | {"until": moment(row.until), "created_at": moment(row.created_at)}  # noqa: SLF001  # its public way to a dictionary
    return SuppressionShape(**told)
