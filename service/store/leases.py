"""Leases: what only one process at a time does, and until when it does, by the database's own clock."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Double, delete, func, literal_column, or_, select, type_coerce

from service.store.database import insert_into
from service.store.tables import leases

_JULIAN_1970 = 2440587.5


def take(connection: Connection, name: str, owner: str, seconds: float) -> bool:
    """Take a lease that nobody has, or renew one's own; return whether it is the owner's for so many seconds."""
    until = _now(connection) + seconds
    row = insert_into(connection, leases).values(name=name, owner=owner, until=until)
    taken = row.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": owner, "until": until},
        where=or_(leases.c.owner == owner, leases.c.until < _now(connection)),
    )
    return connection.execute(taken.returning(leases.c.owner)).one_or_none() is not None


def give_up(connection: Connection, name: str, owner: str) -> None:
    """Let another take a lease at once."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))


def owner_of(connection: Connection, name: str) -> str | None:
    """Return who has a lease now; None where nobody has."""
    live = (leases.c.name == name, leases.c.until >= _now(connection))
    return connection.scalar(select(leases.c.owner).where(*live))


def _now(connection: Connection) -> ColumnElement[float]:
    """Return the database's clock, in seconds since 1970 UTC: of several machines' clocks it is the one they share."""
    if connection.dialect.name == "postgresql":
        return type_coerce(func.extract("epoch", func.clock_timestamp()).cast(Double), Double)
    return type_coerce((func.julianday("now") - literal_column(str(_JULIAN_1970))) * 86400.0, Double)
