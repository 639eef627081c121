"""The gate: whether a pipeline's step may go on, by the unresolved incidents that concern it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from sqlalchemy import Connection

from service.incident import Incident
from service.store import events
from service.store.scored import body_of

LOOKED_AT = 500
"""Unresolved incidents of the risk in question that are looked at, strongest first."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What a step is about; an incident that touches any of it concerns the step."""

    repo: str
    sha: str = ""
    run: str = ""
    actor: str = ""
    """With or without its type: `user:mona` or `mona`."""


def concerns(connection: Connection, incident: Incident, step: Step) -> bool:
    """Return whether an incident touches a step's repository, commit, run or actor."""
    actors = set(chain.from_iterable((name, name.partition(":")[2]) for name in incident.actors))
    if step.actor in actors - {""} or f"repo:{step.repo}" in incident.entities:
        return True
    ids = [event.id for event in incident.events]
    return any(_touches(row.body, step) for row in events.by_id(connection, incident.organisation, ids).values())


def _touches(body: bytes, step: Step) -> bool:
    if not body:
        return False
    links = body_of(body).event.links
    asked = (("repo", step.repo), ("sha", step.sha), ("run", step.run))
    return any(links.get(role) == name for role, name in asked if name)
