"""Incidents: stored whole, with the columns people filter and order by."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from service.incident import Incident
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
        for table in _PARTS:
            connection.execute(delete(table).where(table.c.incident_id.in_(ids)))
    connection.execute(insert(incidents), [_row(incident, position) for incident in changed])
    for table, rows_of in _PARTS.items():
        rows = [row for incident in changed for row in rows_of(incident)]
        if rows:
            connection.execute(insert(table), rows)


def remove(connection: Connection, organisation: str) -> None:
    """Remove an organisation's incidents."""
    mine = select(incidents.c.id).where(incidents.c.organisation == organisation)
    for table in _PARTS:
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


def _row(incident: Incident, position: int) -> dict[str, object]:
    return {
        "id": incident.id,
        "organisation": incident.organisation,
        "status": incident.status.value,
        "risk": incident.risk,
        "score": incident.score,
        "first_at": incident.first_at,
        "last_at": incident.last_at,
        "changed": position,
        "is_open": incident.is_open,
        "body": _encode(incident),
    }


def _members(incident: Incident) -> list[dict[str, object]]:
    roles = {event.id: event.role.value for event in incident.events}
    return [{"event_id": name, "incident_id": incident.id, "role": role} for name, role in roles.items()]


def _names(incident: Incident) -> list[dict[str, object]]:
    told = {"actor": incident.actors, "entity": incident.entities, "source": incident.sources}
    return [{"incident_id": incident.id, "role": role, "name": name} for role, names in told.items() for name in names]


def _words(incident: Incident) -> list[dict[str, object]]:
    words = " ".join([incident.title, *incident.actors, *incident.entities, *incident.sources])
    return [{"incident_id": incident.id, "words": words.lower()}]


_PARTS = {incident_events: _members, incident_names: _names, incident_words: _words}
"""Tables that hold a part of an incident, and what makes their rows."""
