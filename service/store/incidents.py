"""Incidents: stored whole, with the columns people filter and order by."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, func, select

from service.incident import Incident
from service.store.bulk import insert_rows, names_of
from service.store.tables import incident_events, incident_names, incident_words, incidents

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Incident).decode


def save(connection: Connection, changed: Sequence[Incident], position: int) -> None:
    """Store incidents as they are after a position of the stream, in place of what was stored under their ids."""
    if not changed:
        return
    for start in range(0, len(changed), 500):  # a database takes only so many parameters at once
        ids = [incident.id for incident in changed[start : start + 500]]
        connection.execute(delete(incidents).where(incidents.c.id.in_(ids)))
        for table in PARTS:
            connection.execute(delete(table).where(table.c.incident_id.in_(ids)))
    insert_rows(connection, incidents, names_of(incidents), [row_of(incident, position) for incident in changed])
    for table, rows_of in PARTS.items():
        insert_rows(connection, table, names_of(table), [row for incident in changed for row in rows_of(incident)])


def remove(connection: Connection, organisation: str) -> None:
    """Remove an organisation's incidents."""
    mine = select(incidents.c.id).where(incidents.c.organisation == organisation)
    for table in PARTS:
        connection.execute(delete(table).where(table.c.incident_id.in_(mine)))
    connection.execute(delete(incidents).where(incidents.c.organisation == organisation))


def count(connection: Connection) -> int:
    """Return how many incidents there are."""
    return int(connection.scalar(select(func.count()).select_from(incidents)) or 0)


def by_score(connection: Connection, organisation: str, limit: int | None = None) -> list[Incident]:
    """Return an organisation's incidents as they were last saved, strongest first; risk orders them the same way."""
    query = (
        select(incidents.c.body)
        .where(incidents.c.organisation == organisation)
        .order_by(incidents.c.score.desc(), incidents.c.first_at, incidents.c.id)
        .limit(limit)
    )
    return [_decode(body) for body in connection.scalars(query)]


def row_of(incident: Incident, position: int) -> tuple[object, ...]:
    """Return the values of an incident's columns, in their order."""
    return (
        incident.id,
        incident.organisation,
        incident.status.value,
        incident.risk,
        incident.score,
        incident.first_at,
        incident.last_at,
        position,
        incident.is_open,
        _encode(incident),
    )


def _members(incident: Incident) -> list[tuple[object, ...]]:
    roles = {event.id: event.role.value for event in incident.events}
    return [(name, incident.id, role) for name, role in roles.items()]


def _names(incident: Incident) -> list[tuple[object, ...]]:
    told = {"actor": incident.actors, "entity": incident.entities, "source": incident.sources}
    return [(incident.id, role, name) for role, names in told.items() for name in names]


def _words(incident: Incident) -> list[tuple[object, ...]]:
    words = " ".join([incident.title, *incident.actors, *incident.entities, *incident.sources])
    return [(incident.id, words.lower())]


PARTS = {incident_events: _members, incident_names: _names, incident_words: _words}
"""Tables that hold a part of an incident, and what makes their rows."""
