"""Drills: rows of what was played against an organisation, and what they are judged by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from service.store.tables import drills, incidents, organisations, scored_events


def begin(connection: Connection, key: str, organisation: str, name: str, started_at: float) -> None:
    """Store that a drill runs."""
    row = {"id": key, "organisation": organisation, "name": name, "started_at": started_at, "result": b""}
    connection.execute(insert(drills), [row])


def finish(connection: Connection, key: str, finished_at: float, result: bytes) -> None:
    """Store how a drill ended, as JSON."""
    connection.execute(update(drills).where(drills.c.id == key).values(finished_at=finished_at, result=result))


def recent(connection: Connection, organisation: str, limit: int) -> Sequence[Row[Any]]:
    """Return the drills played against an organisation, the latest first."""
    mine = drills.c.organisation == organisation
    return connection.execute(
        select(drills).where(mine).order_by(drills.c.started_at.desc(), drills.c.id).limit(limit)
    ).all()


def one(connection: Connection, key: str) -> Row[Any] | None:
    """Return a drill; None where there is none of this id."""
    return connection.execute(select(drills).where(drills.c.id == key)).one_or_none()


def strengths(connection: Connection, organisation: str, since: float) -> list[float]:
    """Return the strength of each of an organisation's incidents that lasted until a time at least."""
    mine = (incidents.c.organisation == organisation, incidents.c.last_at >= since)
    return list(connection.scalars(select(incidents.c.score).where(*mine)))


def span(connection: Connection, organisation: str) -> tuple[float, float] | None:
    """Return when an organisation's history begins and ends; None where it has none."""
    found = connection.execute(
        select(organisations.c.first_at, organisations.c.last_at).where(
            organisations.c.name == organisation, organisations.c.events > 0
        )
    ).one_or_none()
    return (float(found.first_at), float(found.last_at)) if found else None


def unfinished(connection: Connection, before: float) -> Sequence[Row[Any]]:
    """Return the drills that were begun before a time and have no end."""
    waiting = (drills.c.finished_at.is_(None), drills.c.started_at < before)
    return connection.execute(select(drills).where(*waiting).order_by(drills.c.started_at)).all()


def strongest(connection: Connection, scratch: str, organisation: str, since: float) -> tuple[int, int]:
    """Return the rank of one organisation's strongest event among another's since a time, and of how many."""
    of = scored_events.c
    peak = connection.scalar(select(func.max(of.score)).where(of.organisation == scratch)) or 0.0
    rivals = (of.organisation == organisation, of.observed_at >= since)
    total = connection.scalar(select(func.count()).where(*rivals)) or 0
    above = connection.scalar(select(func.count()).where(*rivals, of.score > peak)) or 0
    return above + 1, total + 1
