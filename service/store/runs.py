"""Training runs that people asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from service.store.tables import training_runs
from service.store.triage import Act

WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


def ask(connection: Connection, organisation: str, identity: str, act: Act, state: str = WAITING) -> None:
    """Store that somebody wants a model version trained; a trainer picks up what waits."""
    row = {
        "id": identity,
        "organisation": organisation,
        "state": state,
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


def is_any_waiting(connection: Connection) -> bool:
    """Return whether a training run waits."""
    return (
        connection.execute(select(training_runs.c.id).where(training_runs.c.state == WAITING).limit(1)).first()
        is not None
    )


def begin(connection: Connection) -> tuple[str, str] | None:
    """Take the training run that waits longest; return its id and organisation, or None where none waits."""
    # of several trainers each takes another; SQLite lets one write at a time anyway
    waiting = select(training_runs).where(training_runs.c.state == WAITING).with_for_update(skip_locked=True)
    run = connection.execute(waiting.order_by(training_runs.c.asked_at, training_runs.c.id).limit(1)).one_or_none()
    if run is None:
        return None
    tell(connection, run.id, RUNNING)
    return run.id, run.organisation


def tell(connection: Connection, identity: str, state: str, *, version: str = "", message: str = "") -> None:
    """Store how far a training run has come."""
    mine = training_runs.c.id == identity
    connection.execute(update(training_runs).where(mine).values(state=state, version=version, message=message))


def give_up(connection: Connection, message: str) -> int:
    """Store that every run that was under way has failed; return how many those were."""
    under_way = training_runs.c.state == RUNNING
    return int(
        connection.execute(update(training_runs).where(under_way).values(state=FAILED, message=message)).rowcount
    )
