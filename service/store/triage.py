"""Triage: what people decided about incidents, in rows of its own, so that nobody waits for the worker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.store.database import take_turn
from service.store.errors import ConflictError, NotFoundError
from service.store.tables import changes, comments, incidents, triage


class Decision(NamedTuple):
    """What somebody changes about an incident; nothing where it stays as it is."""

    status: str | None = None
    assignee: str | None = None
    verdict: str | None = None

    def in_words(self) -> str:
        """Return what is changed, in words.

        >>> Decision(status="in_progress", assignee="").in_words()
        'status in progress, assigned to nobody'
        """
        told = {"status": self.status, "assigned to": self.assignee, "verdict": self.verdict}
        return ", ".join(
            f"{what} {value.replace('_', ' ') if what != 'assigned to' else value or 'nobody'}"
            for what, value in told.items()
            if value is not None
        )


class Act(NamedTuple):
    """Who does something, and when."""

    by: str
    at: float
    """Seconds since 1970 UTC."""


def decide(
    connection: Connection,
    organisation: str,
    incident: str,
    decision: Decision,
    act: Act,
    version: int | None = None,
) -> None:
    """Store a decision; raise ConflictError where `version` is given and is not the incident's any more."""
    status = require(connection, organisation, incident)
    now = connection.execute(select(triage).where(triage.c.incident_id == incident)).mappings().one_or_none()
    old = now["version"] if now else 0
    if version is not None and version != old:
        raise ConflictError
    before = now or {"status": status, "assignee": "", "verdict": ""}
    row = {name: before[name] if new is None else new for name, new in decision._asdict().items()}
    row |= {"updated_at": act.at, "updated_by": act.by, "version": old + 1}
    _store(connection, row | {"incident_id": incident, "organisation": organisation}, old)
    tell(connection, organisation, incident, act, decision.in_words())


def comment(connection: Connection, organisation: str, incident: str, text: str, act: Act) -> None:
    """Store what somebody wrote under an incident."""
    require(connection, organisation, incident)
    connection.execute(insert(comments).values(incident_id=incident, author=act.by, written_at=act.at, text=text))
    tell(connection, organisation, incident, act, "commented")


def tell(connection: Connection, organisation: str, incident: str, act: Act, what: str) -> None:
    """Store that somebody did something, for those who listen and for those who ask later."""
    take_turn(connection, changes.name)  # a listener must not hear of number 7 before 6 can be seen
    row = {"organisation": organisation, "incident_id": incident, "by": act.by, "at": act.at, "what": what}
    connection.execute(insert(changes).values(row))


def require(connection: Connection, organisation: str, incident: str) -> str:
    """Return the worker's status of an incident; raise NotFoundError where the organisation has none of this id."""
    mine = (incidents.c.id == incident, incidents.c.organisation == organisation)
    status = connection.scalar(select(incidents.c.status).where(*mine))
    if status is None:
        raise NotFoundError(f"there is no incident {incident} in {organisation}")
    return str(status)


def comments_of(connection: Connection, incident: str) -> Sequence[Row[Any]]:
    """Return what was written under an incident, oldest first."""
    return connection.execute(select(comments).where(comments.c.incident_id == incident).order_by(comments.c.id)).all()


def history_of(connection: Connection, incident: str) -> Sequence[Row[Any]]:
    """Return what people did with an incident, oldest first."""
    return connection.execute(select(changes).where(changes.c.incident_id == incident).order_by(changes.c.seq)).all()


def last_change(connection: Connection, organisation: str) -> int:
    """Return the number of the last thing people did; 0 before the first."""
    return int(connection.scalar(select(func.max(changes.c.seq)).where(changes.c.organisation == organisation)) or 0)


def changed_after(connection: Connection, organisation: str, seq: int, most: int) -> list[tuple[int, str]]:
    """Return what people did after a number: each number with the incident's id, in order."""
    after = (changes.c.organisation == organisation, changes.c.seq > seq)
    query = select(changes.c.seq, changes.c.incident_id).where(*after).order_by(changes.c.seq).limit(most)
    return [(row.seq, row.incident_id) for row in connection.execute(query)]


def _store(connection: Connection, row: dict[str, object], old: int) -> None:
    """Write a row over the version `old`; of two who do so at once one is told of the conflict."""
    if old:
        mine = (triage.c.incident_id == row["incident_id"], triage.c.version == old)
        if connection.execute(update(triage).where(*mine).values(row)).rowcount == 0:
            raise ConflictError
    else:
        try:
            connection.execute(insert(triage).values(row))
        except IntegrityError:
            raise ConflictError from None
