"""Pollers: how each one is doing, as the page, the API and `unwonted doctor` tell it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, select, update

from service.store.database import insert_into
from service.store.tables import pollers


class PollerState(NamedTuple):
    """How a poller is doing; times are seconds since 1970 UTC by the clock of the process that polls."""

    name: str
    """What it asks and whom, such as `github.audit/acme`."""
    organisation: str
    source: str
    """The source of what it delivers."""
    last_ok_at: float | None = None
    """End of the last turn that went well."""
    last_error: str = ""
    """Empty where the last turn went well."""
    last_error_at: float | None = None
    failures: int = 0
    """Turns that failed since the last that went well."""
    next_at: float | None = None
    """When it asks again."""
    reached_at: float | None = None
    """Up to when everything has been fetched: now minus this is how far it is behind."""
    clock_ahead_s: float | None = None
    """The server's clock minus ours, as its last answer told."""
    delivered: int = 0
    """Events appended to the stream so far."""
    unreadable: int = 0
    """Dead letters appended so far."""
    missed: int = 0
    """What was gone before it could be fetched."""


def states(connection: Connection) -> list[PollerState]:
    """Return how every poller there ever was is doing, by name."""
    return [_state(row) for row in connection.execute(select(pollers).order_by(pollers.c.name))]


def state_of(connection: Connection, name: str) -> PollerState | None:
    """Return how one is doing; None where it never took a turn."""
    row = connection.execute(select(pollers).where(pollers.c.name == name)).one_or_none()
    return None if row is None else _state(row)


def put(connection: Connection, state: PollerState) -> None:
    """Store how one is doing."""
    row = state._asdict()
    inserted = insert_into(connection, pollers).values(row)
    rest = {name: inserted.excluded[name] for name in row if name != "name"}
    connection.execute(inserted.on_conflict_do_update(index_elements=["name"], set_=rest))


def ask_now(connection: Connection, name: str) -> bool:
    """Have a poller take its next turn at once; return whether there is one of this name."""
    changed = connection.execute(update(pollers).where(pollers.c.name == name).values(next_at=0.0))
    return int(changed.rowcount) > 0


def keep_only(connection: Connection, organisation: str, names: Collection[str]) -> int:
    """Forget how an organisation's other pollers were doing, as nobody runs them; return how many.

    Where they would go on is kept: one that comes back misses nothing.
    """
    of = pollers.c
    gone = connection.execute(delete(pollers).where(of.organisation == organisation, of.name.not_in(names)))
    return int(gone.rowcount)


def _state(row: Row[Any]) -> PollerState:
    return PollerState(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
