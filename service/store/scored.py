"""Scored events: written by the batch, ranked at the end, read back in the order they were scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Integer, Row, cast, delete, func, insert, select

from collector.event import Event
from models.finding import Reason, Scored
from service.store.bulk import insert_rows
from service.store.tables import event_ranks, incident_events, incidents, scored_events

_COLUMNS = tuple(column.name for column in scored_events.c if column.name != "seq")


class Totals(NamedTuple):
    """What was scored, counted."""

    events: int
    actors: int
    entities: int
    warm_up: int
    findings: int
    sources: tuple[str, ...]
    """Names of the sources the events came from, in alphabetical order."""


class RankedEvent(NamedTuple):
    """One event as it is told: what it was, how strange, and in which incident."""

    id: str
    ref: str
    observed_at: float
    source: str
    action: str
    actor: str
    entity: str
    score: float
    p_value: float
    is_warm_up: bool
    rank: int
    """1 is the strangest."""
    incident: str | None
    """Id of its incident."""


class FindingBody(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of a finding beside its columns."""

    event: Event
    reasons: tuple[Reason, ...]


_encode = msgspec.msgpack.Encoder().encode
body_of = msgspec.msgpack.Decoder(FindingBody).decode


def add(connection: Connection, partition: int, batch: Sequence[tuple[int, Scored]]) -> None:
    """Store a batch in its order, each event with its position in the partition."""
    insert_rows(connection, scored_events, _COLUMNS, [row_of(scored, partition, at) for at, scored in batch])


def remove(connection: Connection, organisation: str) -> None:
    """Remove an organisation's events."""
    connection.execute(delete(scored_events).where(scored_events.c.organisation == organisation))


def rank(connection: Connection) -> None:
    """Give every event its rank by score; of equal scores the earlier scored ranks first."""
    connection.execute(delete(event_ranks))
    place = func.row_number().over(order_by=(scored_events.c.score.desc(), scored_events.c.seq))
    connection.execute(insert(event_ranks).from_select(["seq", "rank"], select(scored_events.c.seq, place)))


def ranked(connection: Connection) -> Iterator[RankedEvent]:
    """Yield every event with its rank and incident, in the order they were scored.

    An event that stands in several incidents is shown with the strongest; memory stays bounded.
    """
    incident = (
        select(incident_events.c.incident_id)
        .join(incidents, incidents.c.id == incident_events.c.incident_id)
        .where(incident_events.c.event_id == scored_events.c.id)
        .order_by(incidents.c.score.desc(), incidents.c.id)
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(*(scored_events.c[name] for name in RankedEvent._fields[:-2]), event_ranks.c.rank, incident)
        .join(event_ranks, event_ranks.c.seq == scored_events.c.seq)
        .order_by(scored_events.c.seq)
    )
    yield from map(RankedEvent._make, connection.execution_options(yield_per=5_000).execute(query))


def strangest(connection: Connection, most: int) -> Sequence[Row[Any]]:
    """Return the events of highest score; of equal scores the earlier scored come first."""
    query = select(scored_events).order_by(scored_events.c.score.desc(), scored_events.c.seq).limit(most)
    return connection.execute(query).all()


def totals(connection: Connection) -> Totals:
    """Count events, and the distinct actors and entities in them."""
    of = scored_events.c
    counted = connection.execute(
        select(
            func.count(),
            func.count(of.actor.distinct()),
            func.count(of.entity.distinct()),
            func.coalesce(func.sum(cast(of.is_warm_up, Integer)), 0),
            func.coalesce(func.sum(cast(of.is_finding, Integer)), 0),
        ).select_from(scored_events)
    ).one()
    sources = connection.scalars(select(of.source).distinct().order_by(of.source))
    events, actors, entities, warm_up, findings = counted
    return Totals(events, actors, entities, warm_up, findings, tuple(sources))


def row_of(scored: Scored, partition: int, position: int) -> tuple[object, ...]:
    """Return the values of an event's columns, in their order; the number is the database's."""
    event, actor, entity = scored.event, scored.event.actor, scored.event.entity
    return (
        event.organisation,
        event.id,
        event.ref,
        event.source,
        event.kind.value,
        event.action,
        f"{actor.type.value}:{actor.name}",
        f"{entity.type}:{entity.name}",
        event.observed_at,
        scored.score + 0.0,  # SQLite would keep no sign of a zero
        scored.p_value,
        scored.is_warm_up,
        scored.is_finding,
        scored.model_version,
        partition,
        position,
        scored.row,
        _encode(FindingBody(event, scored.reasons)) if scored.is_finding else b"",
    )
