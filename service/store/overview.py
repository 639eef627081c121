"""Organisations counted, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from service.store.listing import STATUS
from service.store.tables import incidents, organisations, triage


def all_organisations(connection: Connection) -> Sequence[Row[Any]]:
    """Return what the worker stored of each organisation, in alphabetical order."""
    return connection.execute(select(organisations).order_by(organisations.c.name)).all()


def risk_scale(connection: Connection, organisation: str) -> bytes:
    """Return an organisation's scale of risk as it was last stored; empty where there is none."""
    query = select(organisations.c.risk_scale).where(organisations.c.name == organisation)
    return connection.scalar(query) or b""


def incidents_by_status(connection: Connection) -> dict[tuple[str, str], int]:
    """Return how many incidents there are by organisation and status."""
    joined = incidents.outerjoin(triage, triage.c.incident_id == incidents.c.id)
    query = select(incidents.c.organisation, STATUS, func.count()).select_from(joined)
    rows = connection.execute(query.group_by(incidents.c.organisation, STATUS))
    return {(organisation, status): count for organisation, status, count in rows}
