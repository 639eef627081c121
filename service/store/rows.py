"""Feature rows as they were scored, and what people said of them: what a training run reads."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from collector.event import Kind
from collector.stream.entry import Verdict
from service.store.tables import incident_events, scored_events, triage

ATTACKS = frozenset({Verdict.TRUE_POSITIVE, Verdict.TEST, Verdict.DUPLICATE})
"""What such an incident holds is never learned as ordinary; a duplicate may be one of an attack."""


class Horizon(NamedTuple):
    """How far an organisation's events have come."""

    partition: int
    position: int
    """Of the last event scored."""
    last_at: float
    """The newest event time."""


class StoredRow(NamedTuple):
    """One event as it was scored, with its feature row."""

    id: str
    actor: str
    observed_at: float
    score: float
    features: bytes


def horizon(connection: Connection, organisation: str, now: float) -> Horizon | None:
    """Return how far an organisation has come, leaving out times that are yet to be; None before its first event."""
    mine = scored_events.c.organisation == organisation
    place = select(scored_events.c.partition, scored_events.c.position).where(mine)
    last = connection.execute(place.order_by(scored_events.c.seq.desc()).limit(1)).one_or_none()
    if last is None:
        return None
    newest = select(func.max(scored_events.c.observed_at)).where(mine, scored_events.c.observed_at <= now)
    return Horizon(last.partition, last.position, float(connection.scalar(newest) or 0.0))


def of_kind(
    connection: Connection, organisation: str, kind: Kind, *, since: float, position: int, most: int
) -> list[StoredRow]:
    """Return the newest rows of a kind up to a position, oldest first; not those of its warm-up."""
    of = scored_events.c
    query = (
        select(of.id, of.actor, of.observed_at, of.score, of.features)
        .where(of.organisation == organisation, of.kind == kind.value, of.position <= position)
        .where(of.observed_at >= since, of.is_warm_up.is_(False), func.length(of.features) > 0)
        .order_by(of.seq.desc())
        .limit(most)
    )
    return [StoredRow(*row) for row in connection.execute(query)][::-1]


class JudgedEvent(NamedTuple):
    """An event of an incident that was judged."""

    id: str
    incident: str
    verdict: Verdict


def judged(connection: Connection, organisation: str) -> list[JudgedEvent]:
    """Return the events of all incidents that were judged, incident by incident."""
    query = (
        select(incident_events.c.event_id, triage.c.incident_id, triage.c.verdict)
        .join(triage, triage.c.incident_id == incident_events.c.incident_id)
        .where(triage.c.organisation == organisation, triage.c.verdict != "")
        .order_by(triage.c.incident_id, incident_events.c.event_id)
    )
    return [JudgedEvent(event, incident, Verdict(verdict)) for event, incident, verdict in connection.execute(query)]


def labels(connection: Connection, organisation: str) -> dict[Verdict, int]:
    """Return how many incidents have each verdict."""
    query = select(triage.c.verdict).where(triage.c.organisation == organisation, triage.c.verdict != "")
    counted = Counter(connection.scalars(query))
    return {verdict: counted[verdict.value] for verdict in Verdict if counted[verdict.value]}
