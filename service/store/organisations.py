"""Organisations: what a worker learned of each, as people and the API are told it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, delete, select

from service.memory import Memory
from service.store.database import upsert
from service.store.tables import dead_letters, organisations, promotions


def save(connection: Connection, memories: Mapping[str, Memory]) -> None:
    """Store what is known of organisations now."""
    rows = [
        {
            "name": name,
            "events": memory.events,
            "first_at": memory.first_at,
            "last_at": memory.last_at,
            "model_version": memory.scorer.version,
            "risk_scale": memory.book.risk.to_bytes(),
            "summary": msgspec.json.encode(memory.scorer.describe()),
        }
        for name, memory in memories.items()
    ]
    upsert(connection, organisations, "name", rows)


def names(connection: Connection) -> list[str]:
    """Return the names of all organisations, in alphabetical order."""
    return list(connection.scalars(select(organisations.c.name).order_by(organisations.c.name)))


def remove(connection: Connection, name: str) -> None:
    """Remove what the worker stored about an organisation beside its events and incidents."""
    connection.execute(delete(organisations).where(organisations.c.name == name))
    connection.execute(delete(promotions).where(promotions.c.organisation == name))
    connection.execute(delete(dead_letters).where(dead_letters.c.organisation == name))
