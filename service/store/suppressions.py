"""Suppressions: what people asked not to be told; the worker obeys what the stream tells it of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from collector.stream.entry import Suppressed
from service.store import outbox
from service.store.errors import NotFoundError
from service.store.tables import suppressions
from service.store.triage import Act


def add(connection: Connection, suppressed: Suppressed, why: str, act: Act) -> None:
    """Store a suppression, and have the stream told."""
    told = {name: getattr(suppressed, name) for name in suppressed.__struct_fields__}
    connection.execute(insert(suppressions).values(**told, why=why, created_at=act.at, created_by=act.by))
    outbox.put(connection, suppressed)


def lift(connection: Connection, organisation: str, identity: str) -> None:
    """Remove a suppression, and have the stream told; raise NotFoundError where there is none of this id."""
    mine = (suppressions.c.organisation == organisation, suppressions.c.id == identity)
    if connection.execute(delete(suppressions).where(*mine)).rowcount == 0:
        raise NotFoundError(f"there is no suppression {identity} in {organisation}; perhaps it was lifted already")
    outbox.put(connection, Suppressed(organisation=organisation, id=identity, until=0.0))


def of(connection: Connection, organisation: str) -> Sequence[Row[Any]]:
    """Return an organisation's suppressions, newest first; those that are over, too."""
    query = select(suppressions).where(suppressions.c.organisation == organisation)
    return connection.execute(query.order_by(suppressions.c.created_at.desc(), suppressions.c.id)).all()
