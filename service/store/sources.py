"""How sources are: what came by the hour, when something came last, what was wrong, and when we ran ourselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, case, delete, func, select

from service.store.database import insert_into
from service.store.tables import source_findings, source_hours, source_states, uptimes

Key = tuple[str, str]
"""Organisation and source."""


@dataclass
class Hour:
    """What came of a source within an hour."""

    slots: int = 0
    events: int = 0
    unreadable: int = 0
    accepted: int = 0
    refused: int = 0
    unproven: int = 0
    ahead: int = 0
    lags: int = 0
    lag_s: float = 0.0


@dataclass
class State:
    """When something of a source came last, and what was wrong last; 0 where there is no such time."""

    door: str = ""
    first_at: float = 0.0
    last_at: float = 0.0
    observed_at: float = 0.0
    accepted_at: float = 0.0
    error_at: float = 0.0
    error: str = ""
    hook: str = ""


class Told(NamedTuple):
    """What the watch said of a source last, by one of its rules."""

    rule: str
    since: float
    told_at: float
    ended_at: float
    text: str

    @property
    def lasts(self) -> bool:
        """Return whether it is so still."""
        return self.ended_at == 0.0


def add_hours(connection: Connection, hours: Mapping[tuple[Key, int], Hour]) -> None:
    """Add what came, to what is known of the same hours."""
    rows = [
        {"organisation": key[0], "source": key[1], "hour": hour, **vars(found)}
        for (key, hour), found in sorted(hours.items(), key=lambda item: item[0])  # so that two never cross
    ]
    if not rows:
        return
    inserted, of = insert_into(connection, source_hours), source_hours.c
    new = inserted.excluded
    sums = {name: of[name] + new[name] for name in vars(Hour()) if name not in {"slots", "lag_s"}}
    lag = (of.lag_s * of.lags + new.lag_s * new.lags) / case((of.lags + new.lags > 0, of.lags + new.lags), else_=1)
    joined = {**sums, "slots": of.slots.op("|")(new.slots), "lag_s": lag}
    connection.execute(
        inserted.on_conflict_do_update(index_elements=["organisation", "source", "hour"], set_=joined), rows
    )


def put_states(connection: Connection, states: Mapping[Key, State]) -> None:
    """Store when something came last; what is known to be newer stays."""
    rows = [{"organisation": key[0], "source": key[1], **vars(state)} for key, state in sorted(states.items())]
    if not rows:
        return
    inserted, of = insert_into(connection, source_states), source_states.c
    new = inserted.excluded
    joined = {
        "first_at": case((of.first_at > 0.0, of.first_at), else_=new.first_at),
        **{name: _later(of[name], new[name]) for name in ("last_at", "observed_at", "accepted_at", "error_at")},
        "door": case((new.last_at > of.last_at, new.door), else_=of.door),
        "error": case((new.error_at > of.error_at, new.error), else_=of.error),
        "hook": case((new.hook != "", new.hook), else_=of.hook),
    }
    connection.execute(inserted.on_conflict_do_update(index_elements=["organisation", "source"], set_=joined), rows)


def add_uptime(connection: Connection, slots: Mapping[tuple[str, int], int]) -> None:
    """Note by door and hour in which slots we ran."""
    rows = [{"door": door, "hour": hour, "slots": bits} for (door, hour), bits in sorted(slots.items())]
    if rows:
        inserted = insert_into(connection, uptimes)
        joined = {"slots": uptimes.c.slots.op("|")(inserted.excluded.slots)}
        connection.execute(inserted.on_conflict_do_update(index_elements=["door", "hour"], set_=joined), rows)


def states(connection: Connection, organisation: str | None = None) -> dict[Key, State]:
    """Return how the sources of an organisation are, or of all."""
    query = select(source_states)
    if organisation is not None:
        query = query.where(source_states.c.organisation == organisation)
    rows = connection.execute(query.order_by(source_states.c.organisation, source_states.c.source))
    return {(row.organisation, row.source): State(*row[2:]) for row in rows}


def hours(connection: Connection, key: Key, since: int) -> dict[int, Hour]:
    """Return what came of one source by the hour, from an hour on, in order."""
    of = source_hours.c
    query = select(source_hours).where(of.organisation == key[0], of.source == key[1], of.hour >= since)
    return {row.hour: Hour(*row[3:]) for row in connection.execute(query.order_by(of.hour))}


def uptime(connection: Connection, door: str, since: int) -> dict[int, int]:
    """Return the slots by hour in which a door was open, from an hour on."""
    query = select(uptimes.c.hour, uptimes.c.slots).where(uptimes.c.door == door, uptimes.c.hour >= since)
    return {row.hour: row.slots for row in connection.execute(query)}


def sums(connection: Connection, organisation: str | None, since: int) -> dict[Key, Hour]:
    """Return what came since an hour, summed by source; its lag is no mean, and 0."""
    of = source_hours.c
    counted = [func.sum(of[name]).label(name) for name in vars(Hour()) if name not in {"slots", "lag_s"}]
    query = select(of.organisation, of.source, *counted).where(of.hour >= since)
    if organisation is not None:
        query = query.where(of.organisation == organisation)
    rows = connection.execute(query.group_by(of.organisation, of.source))
    names = [column.name for column in counted]
    return {(row.organisation, row.source): Hour(**{name: int(getattr(row, name)) for name in names}) for row in rows}


def told(connection: Connection, organisation: str | None = None) -> dict[tuple[Key, str], Told]:
    """Return what the watch said last, by source and rule."""
    query = select(source_findings)
    if organisation is not None:
        query = query.where(source_findings.c.organisation == organisation)
    return {((row.organisation, row.source), row.rule): Told(*row[2:]) for row in connection.execute(query)}


def tell(connection: Connection, findings: Iterable[tuple[Key, Told]]) -> None:
    """Store what the watch says, in place of what it said before by the same rule."""
    rows = [{"organisation": key[0], "source": key[1], **found._asdict()} for key, found in findings]
    if rows:
        inserted = insert_into(connection, source_findings)
        names = ("since", "told_at", "ended_at", "text")
        connection.execute(
            inserted.on_conflict_do_update(
                index_elements=["organisation", "source", "rule"],
                set_={name: inserted.excluded[name] for name in names},
            ),
            rows,
        )


def age(connection: Connection, before: int) -> int:
    """Remove what came, and when we ran, before an hour; return how many rows."""
    removed = connection.execute(delete(source_hours).where(source_hours.c.hour < before)).rowcount
    return int(removed) + int(connection.execute(delete(uptimes).where(uptimes.c.hour < before)).rowcount)


def remove(connection: Connection, organisation: str) -> None:
    """Remove all that is known of an organisation's sources."""
    for table in (source_hours, source_states, source_findings):
        connection.execute(delete(table).where(table.c.organisation == organisation))


def _later(old: Column[Any], new: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((new > old, new), else_=old)
