"""Training runs that people asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from service.store.tables import training_runs
from service.store.triage import Act

WAITING = "waiting"


def ask(connection: Connection, organisation: str, identity: str, act: Act) -> None:
    """Store that somebody wants a model version trained; a trainer picks it up."""
    row = {
        "id": identity,
        "organisation": organisation,
        "state": WAITING,
        "asked_at": act.at,
        "asked_by": act.by,
        "version": "",
        "message": "",
    }
    connection.execute(insert(training_runs).values(row))


def trainings(connection: Connection, organisation: str, most: int) -> Sequence[Row[Any]]:
    """Return the last training runs of an organisation, newest first."""
    query = select(training_runs).where(training_runs.c.organisation == organisation)
    return connection.execute(query.order_by(training_runs.c.asked_at.desc(), training_runs.c.id).limit(most)).all()
