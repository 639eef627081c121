"""Cursors: where each poller goes on, kept only once the stream holds what came before."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, select

from service.store.database import insert_into, take_turn
from service.store.errors import ConflictError
from service.store.tables import cursors


def under(connection: Connection, poller: str, prefix: str = "") -> dict[str, bytes]:
    """Return what a poller keeps under the names that begin so."""
    mine = (cursors.c.poller == poller, cursors.c.name.startswith(prefix, autoescape=True))
    query = select(cursors.c.name, cursors.c.body).where(*mine)
    # SQLite's LIKE takes "A" for "a"
    return {row.name: row.body for row in connection.execute(query) if row.name.startswith(prefix)}


def save(
    connection: Connection,
    poller: str,
    read: Mapping[str, bytes],
    changes: Mapping[str, bytes | None],
    at: float,
) -> None:
    """Change what a poller keeps, None removing it; `read` is what it kept when the poller began.

    Raise ConflictError where another process has changed one of those names meanwhile.
    """
    take_turn(connection, f"cursors {poller}")
    of = cursors.c
    found = select(of.name, of.body).where(of.poller == poller, of.name.in_(changes))
    there = {row.name: row.body for row in connection.execute(found)}
    if any(there.get(name) != read.get(name) for name in changes):
        raise ConflictError(f"another process polls {poller} as well and has come further")
    if gone := [name for name, body in changes.items() if body is None]:
        connection.execute(delete(cursors).where(of.poller == poller, of.name.in_(gone)))
    rows = [
        {"poller": poller, "name": name, "body": body, "changed_at": at}
        for name, body in changes.items()
        if body is not None
    ]
    if rows:
        put = insert_into(connection, cursors)
        kept = {"body": put.excluded.body, "changed_at": put.excluded.changed_at}
        connection.execute(put.on_conflict_do_update(index_elements=["poller", "name"], set_=kept), rows)
