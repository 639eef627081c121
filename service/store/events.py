"""Scored events as they are looked up: by incident, by entity, or by what is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from service.store.tables import incident_events, incidents, scored_events

_of = scored_events.c
_TOLD = [column for column in _of if column.name != "features"]
_COUNTED = (_of.seq, _of.observed_at, _of.action, _of.actor, _of.entity, _of.score)
"""What habits are made of; the rest of a row is many times larger."""


@dataclass(frozen=True, kw_only=True)
class Search:
    """Which events are wanted; what is left empty excludes nothing."""

    source: str = ""
    kind: str = ""
    action: str = ""
    actor: str = ""
    entity: str = ""
    since: float | None = None
    until: float | None = None
    min_score: float = 0.0
    """In bits."""
    findings_only: bool = False


def search(
    connection: Connection, organisation: str, wanted: Search, before: int | None, limit: int
) -> Sequence[Row[Any]]:
    """Return events scored before a number, last scored first."""
    query = select(*_TOLD).where(_of.organisation == organisation, *_conditions(wanted))
    if before is not None:
        query = query.where(_of.seq < before)
    return connection.execute(query.order_by(_of.seq.desc()).limit(limit)).all()


def by_id(connection: Connection, organisation: str, ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Return events by their ids; of one scored twice, beyond the dedupe horizon, the later."""
    query = select(*_TOLD).where(_of.organisation == organisation, _of.id.in_(ids)).order_by(_of.seq)
    return {row.id: row for row in connection.execute(query)}


def incidents_of(connection: Connection, organisation: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the strongest incident of each event that stands in one."""
    # asked for by the events alone: a planner that is also given the organisation may walk through all its incidents
    query = (
        select(incident_events.c.event_id, incidents.c.id, incidents.c.organisation)
        .join(incidents, incidents.c.id == incident_events.c.incident_id)
        .where(incident_events.c.event_id.in_(ids))
        .order_by(incidents.c.score)
    )
    return {row.event_id: row.id for row in connection.execute(query) if row.organisation == organisation}


def recent_of(connection: Connection, organisation: str, name: str, most: int) -> list[Row[Any]]:
    """Return what habits are made of, of the events last scored of an actor or an entity, last first."""
    found: list[Row[Any]] = []
    for mine in _sides(organisation, name):
        found += connection.execute(select(*_COUNTED).where(*mine).order_by(_of.seq.desc()).limit(most))
    return sorted({row.seq: row for row in found}.values(), key=lambda row: -row.seq)[:most]


def by_number(connection: Connection, numbers: Sequence[int]) -> list[Row[Any]]:
    """Return events whole, in the order of the numbers given."""
    rows = {row.seq: row for row in connection.execute(select(*_TOLD).where(_of.seq.in_(numbers)))}
    return [rows[number] for number in numbers]


def span_of(connection: Connection, organisation: str, name: str) -> tuple[int, float | None]:
    """Return how many events there are of an actor or an entity, and when the first scored happened."""
    count = 0
    firsts: list[float] = []
    for mine in _sides(organisation, name):
        count += int(connection.scalar(select(func.count()).select_from(scored_events).where(*mine)) or 0)
        firsts += connection.scalars(select(_of.observed_at).where(*mine).order_by(_of.seq).limit(1))
    return count, min(firsts, default=None)


def _sides(organisation: str, name: str) -> Iterator[tuple[ColumnElement[bool], ...]]:
    """Yield where a name is found: each has an index of its own, which one condition on both would not use.

    Who acts on itself is counted twice; to tell would cost a look at every event.
    """
    yield _of.organisation == organisation, _of.actor == name
    yield _of.organisation == organisation, _of.entity == name


def _conditions(wanted: Search) -> Iterator[ColumnElement[bool]]:
    for name in ("source", "kind", "action", "actor", "entity"):
        if value := getattr(wanted, name):
            yield _of[name] == value
    if wanted.since is not None:
        yield _of.observed_at >= wanted.since
    if wanted.until is not None:
        yield _of.observed_at <= wanted.until
    if wanted.min_score > 0.0:
        yield _of.score >= wanted.min_score
    if wanted.findings_only:
        yield _of.is_finding
