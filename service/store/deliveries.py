"""The log of deliveries: what became of each of the last requests of a source, and what it held where that was kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select

from service.store.sources import Key
from service.store.tables import deliveries as table

REFUSED = 300
"""Answers from this on are refusals."""


class Kept(NamedTuple):
    """One delivery as the log keeps it."""

    organisation: str
    source: str
    sender: str
    received_at: float
    status: int
    reason: str
    detail: str
    size: int
    events: int
    """How many it came to."""
    ids: Sequence[str]
    """Of the first of them."""
    letters: Sequence[str]
    headers: dict[str, str]
    body: str = ""
    """Masked; empty where it was not kept."""
    is_whole: bool = False
    """Whether the body is all of it."""
    id: int = 0

    @property
    def can_be_replayed(self) -> bool:
        """Return whether what was kept of it can be read again."""
        return self.is_whole and bool(self.body)


_of = table.c
_COLUMNS = [_of[name] for name in Kept._fields]
_LISTED = [column for column in _COLUMNS if column.name != "body"]


def add(connection: Connection, rows: Sequence[Kept]) -> None:
    """Add deliveries, in order."""
    if rows:
        connection.execute(insert(table), [_row(kept) for kept in rows])


def listed(
    connection: Connection, organisation: str, source: str, outcome: str, before: int | None, most: int
) -> list[Kept]:
    """Return deliveries without their bodies, newest first: all, or those `accepted`, `unreadable` or `refused`."""
    query = select(*_LISTED, (_of.body != "").label("has_body")).where(_of.organisation == organisation)
    if source:
        query = query.where(_of.source == source)
    if outcome:
        query = query.where(_OUTCOMES[outcome])
    if before is not None:
        query = query.where(_of.id < before)
    rows = connection.execute(query.order_by(_of.id.desc()).limit(most))
    return [_kept(row, "…" if row.has_body else "") for row in rows]


def one(connection: Connection, organisation: str, identity: int) -> Kept | None:
    """Return a delivery whole; nothing where the organisation has none of this number."""
    query = select(*_COLUMNS).where(_of.id == identity, _of.organisation == organisation)
    row = connection.execute(query).one_or_none()
    return None if row is None else _kept(row, row.body)


def cut(connection: Connection, key: Key, most: int) -> int:
    """Remove all but the newest of a source; return how many."""
    mine = (_of.organisation == key[0], _of.source == key[1])
    last = connection.scalar(select(_of.id).where(*mine).order_by(_of.id.desc()).offset(most - 1).limit(1))
    return 0 if last is None else int(connection.execute(delete(table).where(*mine, _of.id < last)).rowcount)


def age(connection: Connection, before: float, most: int) -> int:
    """Remove the oldest that were received before a time; return how many."""
    old = list(connection.scalars(select(_of.id).where(_of.received_at < before).order_by(_of.received_at).limit(most)))
    return int(connection.execute(delete(table).where(_of.id.in_(old))).rowcount) if old else 0


def remove(connection: Connection, organisation: str) -> None:
    """Remove all that is known of an organisation's deliveries."""
    connection.execute(delete(table).where(_of.organisation == organisation))


_OUTCOMES: dict[str, ColumnElement[bool]] = {
    "accepted": (_of.status < REFUSED) & (_of.reason == ""),
    "unreadable": (_of.status < REFUSED) & (_of.reason != ""),
    "refused": _of.status >= REFUSED,
}
OUTCOMES = tuple(_OUTCOMES)


def _row(kept: Kept) -> dict[str, Any]:
    row = kept._asdict()
    del row["id"]
    return row | {name: msgspec.json.encode(row[name]).decode() for name in ("ids", "letters", "headers")}


def _kept(row: Row[*tuple[Any, ...]], body: str) -> Kept:
    told = {name: getattr(row, name) for name in Kept._fields if name != "body"}
    told |= {name: msgspec.json.decode(told[name]) for name in ("ids", "letters", "headers")}
    return Kept(**told, body=body)
