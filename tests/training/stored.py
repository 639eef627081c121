"""A store with feature rows in it, as a worker would have left them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from sqlalchemy import insert

from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.stream.entry import Verdict
from models.detector import Matrix
from models.feature_row import encode_many
from models.features import FEATURES
from models.finding import Scored
from service.store import scored
from service.store.database import Database
from service.store.tables import incident_events, triage

START = 1_767_225_600.0
"""A Thursday, midnight UTC."""
MINUTE = 60.0
PEOPLE = tuple(f"user{n}" for n in range(20))
COLUMNS = 24
"""Columns that hold bits, from the left."""


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    """Yield an empty store, and close it."""
    database = Database.embedded(folder / "store.sqlite")
    try:
        yield database
    finally:
        database.close()


def ordinary(count: int, seed: int = 1) -> Matrix:
    """Return rows in which something is a little surprising now and then."""
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, len(FEATURES)))
    rows[:, :COLUMNS] = np.where(rng.random((count, COLUMNS)) < 0.2, rng.exponential(1.2, (count, COLUMNS)), 0.0)
    return rows


def strange(count: int, seed: int = 1) -> Matrix:
    """Return rows in which much is surprising."""
    rows = ordinary(count, seed + 1000)
    rng = np.random.default_rng(seed)
    for row in rows:
        row[rng.choice(COLUMNS, 5, replace=False)] = 6.0
    return rows


def put(
    database: Database,
    matrix: Matrix,
    *,
    first: int = 0,
    kind: Kind = Kind.ACCESS,
    actors: Sequence[str] = PEOPLE,
    organisation: str = "default",
    is_warm_up: bool = False,
    score: float = 1.0,
) -> list[str]:
    """Store rows as events a minute apart; return the events' ids."""
    made = [
        (
            first + n + 1,
            _scored(
                _event(f"{kind}-{first + n}", first + n, kind, actors[n % len(actors)], organisation),
                row,
                is_warm_up,
                score,
            ),
        )
        for n, row in enumerate(encode_many(matrix))
    ]
    with database.transaction() as connection:
        scored.add(connection, 0, made)
    return [item.event.id for _, item in made]


def judge(
    database: Database,
    events: Sequence[str],
    verdict: Verdict,
    *,
    incident: str = "inc_1",
    organisation: str = "default",
) -> None:
    """Store that an incident of these events was judged."""
    with database.transaction() as connection:
        rows = [{"event_id": event, "incident_id": incident, "role": "finding"} for event in events]
        connection.execute(insert(incident_events), rows)
        connection.execute(
            insert(triage).values(
                incident_id=incident,
                organisation=organisation,
                status="resolved",
                assignee="",
                verdict=verdict.value,
                updated_at=START,
                updated_by="otto",
                version=1,
            )
        )


def _event(name: str, minute: int, kind: Kind, actor: str, organisation: str) -> Event:
    at = START + minute * MINUTE
    return Event(
        organisation=organisation,
        id=name,
        ref=name,
        source="test",
        kind=kind,
        action="git.clone",
        actor=Actor(ActorType.USER, actor),
        entity=Entity("repo", "acme/pay"),
        observed_at=at,
        received_at=at,
    )


def _scored(event: Event, row: bytes, is_warm_up: bool, score: float) -> Scored:  # noqa: FBT001  # positional in one place
    return Scored(
        event=event,
        score=score,
        p_value=2.0**-score,
        novelty=score,
        members={},
        is_warm_up=is_warm_up,
        is_finding=False,
        model_version="own",
        row=row,
    )
