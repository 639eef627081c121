"""Promotions: from which position of the stream which model version serves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert, select

from collector.stream.entry import Promoted
from service.store.tables import promotions


def save(connection: Connection, partition: int, promoted: Sequence[tuple[int, Promoted]]) -> None:
    """Store promotions that a worker has carried out."""
    rows = [
        {"organisation": entry.organisation, "version": entry.version, "partition": partition, "position": position}
        for position, entry in promoted
    ]
    if rows:
        connection.execute(insert(promotions), rows)


def history(connection: Connection, organisation: str) -> list[tuple[str, int]]:
    """Return an organisation's versions and the positions after which each serves, in order."""
    query = select(promotions.c.version, promotions.c.position).where(promotions.c.organisation == organisation)
    return [(version, position) for version, position in connection.execute(query.order_by(promotions.c.seq))]
