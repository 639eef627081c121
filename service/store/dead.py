"""Dead letters: what could not be read, with its reason, until somebody mends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select

from collector.stream.entry import Unreadable
from service.store.database import upsert
from service.store.tables import dead_letters


class Letter(NamedTuple):
    """A dead letter."""

    id: str
    organisation: str
    source: str
    received_at: float
    reason: str
    body: str


def save(connection: Connection, partition: int, letters: Sequence[tuple[int, Unreadable]]) -> None:
    """Store dead letters with their positions; the same delivery twice is one letter."""
    rows = [
        {
            "id": letter.id,
            "organisation": letter.organisation,
            "source": letter.source,
            "received_at": letter.received_at,
            "partition": partition,
            "position": position,
            "reason": letter.reason,
            "body": letter.body,
        }
        for position, letter in sorted(letters, key=lambda placed: placed[1].id)  # so that two workers never cross
    ]
    upsert(connection, dead_letters, "id", rows)


def letters(connection: Connection, organisation: str, after: str, most: int) -> list[Letter]:
    """Return dead letters after an id, in the order of their ids; of all organisations where none is named."""
    of = dead_letters.c
    query = select(*(of[name] for name in Letter._fields)).where(of.id > after)
    if organisation:
        query = query.where(of.organisation == organisation)
    return [Letter._make(row) for row in connection.execute(query.order_by(of.id).limit(most))]


def after(connection: Connection, partition: int, position: int, most: int) -> list[tuple[int, Letter]]:
    """Return a partition's dead letters after a position of the stream, each with its own, in order."""
    of = dead_letters.c
    query = select(of.position, *(of[name] for name in Letter._fields))
    query = query.where(of.partition == partition, of.position > position).order_by(of.position, of.id).limit(most)
    return [(row[0], Letter._make(row[1:])) for row in connection.execute(query)]


def by_id(connection: Connection, ids: Sequence[str]) -> list[Letter]:
    """Return the dead letters of these ids that there are."""
    of = dead_letters.c
    query = select(*(of[name] for name in Letter._fields)).where(of.id.in_(ids)).order_by(of.id)
    return [Letter._make(row) for row in connection.execute(query)]


def remove(connection: Connection, ids: Sequence[str]) -> None:
    """Remove dead letters that were read after all."""
    connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(ids)))


def count_by_source(connection: Connection, organisation: str | None = None) -> dict[str, int]:
    """Return how many dead letters there are of each source, of an organisation or of all."""
    query = select(dead_letters.c.source, func.count()).group_by(dead_letters.c.source)
    if organisation is not None:
        query = query.where(dead_letters.c.organisation == organisation)
    return {row[0]: row[1] for row in connection.execute(query)}
