"""The tables of the store; rows are written and read by the modules beside this one."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

metadata = MetaData()

_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by INTEGER only

scored_events = Table(
    "scored_events",
    metadata,
    Column("seq", _BIG, primary_key=True, comment="order in which the worker scored them"),
    Column("organisation", String, nullable=False),
    Column("id", String, nullable=False, comment="the event's id, unique within the dedupe horizon"),
    Column("ref", String, nullable=False),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("action", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("entity", String, nullable=False),
    Column("observed_at", Double, nullable=False, comment="seconds since 1970 UTC"),
    Column("score", Double, nullable=False, comment="bits"),
    Column("p_value", Double, nullable=False),
    Column("is_warm_up", Boolean, nullable=False),
    Column("is_finding", Boolean, nullable=False),
)

event_ranks = Table(
    "event_ranks",
    metadata,
    Column("seq", _BIG, primary_key=True),
    Column("rank", _BIG, nullable=False, comment="1 is the strangest"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String, primary_key=True),
    Column("organisation", String, nullable=False),
    Column("status", String, nullable=False),
    Column("risk", Double, nullable=False),
    Column("score", Double, nullable=False),
    Column("first_at", Double, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="the whole incident, msgpack"),
    Index("incidents_by_score", "organisation", "score"),
)

incident_events = Table(
    "incident_events",
    metadata,
    Column("event_id", String, primary_key=True),
    Column("incident_id", String, primary_key=True),
    Column("role", String, nullable=False),
    Index("incident_events_by_incident", "incident_id"),
)

positions = Table(
    "positions",
    metadata,
    Column("partition", Integer, primary_key=True),
    Column("position", _BIG, nullable=False, comment="the last record of the stream whose effects are stored"),
)
