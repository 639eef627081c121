"""Aging: what is older than it is kept goes, a few rows at a time, so that nobody waits for it."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, or_, select, tuple_

from service.incident import Status
from service.store.listing import STATUS
from service.store.tables import dead_letters, incident_events, incidents, scored_events, triage

UNFINISHED = (Status.NEW.value, Status.IN_PROGRESS.value)
"""Incidents that somebody has yet to look at need their events."""


class Aged(NamedTuple):
    """What one look at the oldest events came to."""

    removed: int
    observed_at: float
    seq: int
    """With the time before it, the last event looked at: the next look begins after it."""
    is_last: bool


def events(connection: Connection, organisation: str, before: float, after: tuple[float, int], most: int) -> Aged:
    """Remove the oldest events of an organisation, except those of incidents that are open or unfinished."""
    of = scored_events.c
    place = tuple_(of.observed_at, of.seq)
    looked_at = connection.execute(
        select(of.seq, of.id, of.observed_at)
        .where(of.organisation == organisation, of.observed_at < before, place > after)
        .order_by(of.observed_at, of.seq)
        .limit(most)
    ).all()
    if not looked_at:
        return Aged(0, *after, is_last=True)
    needed = _needed(connection, organisation, [row.id for row in looked_at])
    old = [row.seq for row in looked_at if row.id not in needed]
    removed = connection.execute(delete(scored_events).where(of.seq.in_(old))).rowcount if old else 0
    last = looked_at[-1]
    return Aged(removed, last.observed_at, last.seq, is_last=len(looked_at) < most)


def letters(connection: Connection, before: float, most: int) -> int:
    """Remove the oldest dead letters; return how many. One that nobody knows the time of stays."""
    of = dead_letters.c
    old = select(of.id).where(of.received_at > 0.0, of.received_at < before).order_by(of.received_at).limit(most)
    ids = list(connection.scalars(old))
    return int(connection.execute(delete(dead_letters).where(of.id.in_(ids))).rowcount) if ids else 0


def _needed(connection: Connection, organisation: str, ids: list[str]) -> set[str]:
    joined = incident_events.join(incidents, incidents.c.id == incident_events.c.incident_id).outerjoin(
        triage, triage.c.incident_id == incidents.c.id
    )
    unfinished = or_(incidents.c.is_open, STATUS.in_(UNFINISHED))
    query = select(incident_events.c.event_id).select_from(joined)
    query = query.where(incident_events.c.event_id.in_(ids), incidents.c.organisation == organisation, unfinished)
    return set(connection.scalars(query))
