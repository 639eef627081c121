"""Dead letters: what could not be read, with its reason, until somebody mends it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from collector.stream.entry import Unreadable
from service.store.database import upsert
from service.store.tables import dead_letters


def save(connection: Connection, partition: int, letters: Sequence[tuple[int, Unreadable]]) -> None:
    """Store dead letters with their positions; the same delivery twice is one letter."""
    for position, letter in letters:
        values = {
            "id": letter.id,
            "organisation": letter.organisation,
            "source": letter.source,
            "received_at": letter.received_at,
            "partition": partition,
            "position": position,
            "reason": letter.reason,
            "body": letter.body,
        }
        connection.execute(upsert(connection, dead_letters, ["id"], values))
