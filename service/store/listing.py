"""Incidents as they are listed: filtered, ranked and paged by the index alone, however many there are."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import BindParameter, ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from service.incident import Incident
from service.store.tables import incident_names, incident_words, incidents, triage

_decode = msgspec.msgpack.Decoder(Incident).decode
_of = incidents.c
STATUS = func.coalesce(triage.c.status, _of.status)
"""The analyst's where one decided, else the worker's."""
_JOINED = incidents.outerjoin(triage, triage.c.incident_id == _of.id)


class Sort(StrEnum):
    """In which order incidents are listed."""

    RISK = "risk"
    """Strongest first."""
    NEWEST = "newest"
    """Begun last first."""


class Place(NamedTuple):
    """Where an incident stands in both orders."""

    score: float
    first_at: float
    id: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which incidents of an organisation are wanted; what is left empty excludes nothing."""

    organisation: str
    statuses: frozenset[str] = frozenset()
    names: tuple[tuple[str, str], ...] = ()
    """What it must name, each with its role: actor, entity, source."""
    since: float | None = None
    """Its last event is not older."""
    until: float | None = None
    """Its first event is not younger."""
    open_score: float = 0.0
    """Least score of an incident that may still grow."""
    closed_score: float = 0.0
    """Least score of the others."""
    text: str = ""
    """Found in title, actors, entities or sources."""


class Listed(NamedTuple):
    """An incident with what people decided about it."""

    incident: Incident
    stored_risk: float
    status: str
    assignee: str
    verdict: str
    version: int


def places(connection: Connection, wanted: Wanted, sort: Sort, after: Place | None, limit: int) -> list[Place]:
    """Return where the next incidents stand, in order."""
    query = _where(select(_of.score, _of.first_at, _of.id), wanted)
    if sort is Sort.RISK:
        query = query.order_by(_of.score.desc(), _of.first_at, _of.id)
    else:
        query = query.order_by(_of.first_at.desc(), _of.id)
    if after is not None:
        query = query.where(*_after(sort, *after))
    return [Place._make(row) for row in connection.execute(query.limit(limit))]


def total(connection: Connection, wanted: Wanted) -> int:
    """Return how many incidents are wanted."""
    return int(connection.scalar(_where(select(func.count()), wanted)) or 0)


def ranks(connection: Connection, organisation: str, listed: Sequence[Place]) -> dict[str, int]:
    """Return the rank of each among all incidents of the organisation; 1 is the strongest.

    What lies between two of them is counted once, so that a page costs one walk through the index.
    """
    found: dict[str, int] = {}
    above, rank = _TOP, 0
    for place in sorted(listed, key=lambda place: (-place.score, place.first_at, place.id)):
        between = {"organisation": organisation, **_bound("above", above), **_bound("below", place)}
        rank += int(connection.scalar(_BETWEEN, between) or 0)
        found[place.id], above = rank, place
    return found


def read(connection: Connection, organisation: str, ids: Sequence[str]) -> dict[str, Listed]:
    """Return incidents with what people decided about them."""
    columns = (_of.body, _of.risk, STATUS, triage.c.assignee, triage.c.verdict, triage.c.version)
    # asked for by id alone: a planner that is also given the organisation may walk through all it has
    query = select(*columns).select_from(_JOINED).where(_of.id.in_(ids))
    found = (_listed(row) for row in connection.execute(query))
    return {listed.incident.id: listed for listed in found if listed.incident.organisation == organisation}


def naming(connection: Connection, organisation: str, name: str, most: int) -> list[Place]:
    """Return where the strongest incidents stand that name an actor or an entity."""
    named = select(incident_names.c.incident_id).where(
        incident_names.c.role.in_(("actor", "entity")), incident_names.c.name == name
    )
    query = select(_of.score, _of.first_at, _of.id).where(_of.organisation == organisation, _of.id.in_(named))
    query = query.order_by(_of.score.desc(), _of.first_at, _of.id).limit(most)
    return [Place._make(row) for row in connection.execute(query)]


def last_change(connection: Connection, organisation: str) -> int:
    """Return the position of the stream at which an incident last changed; 0 before the first."""
    return int(connection.scalar(select(func.max(_of.changed)).where(_of.organisation == organisation)) or 0)


def changed_after(connection: Connection, organisation: str, position: int, most: int) -> list[tuple[int, str]]:
    """Return incidents that changed after a position of the stream: each position with the id, in order.

    Those that changed at one position come together, also where they are more than `most`.
    """
    after = (_of.organisation == organisation, _of.changed > position)
    query = select(_of.changed, _of.id).where(*after).order_by(_of.changed, _of.id)
    rows = [(row.changed, row.id) for row in connection.execute(query.limit(most))]
    if len(rows) == most:
        last, name = rows[-1]
        rest = query.where(_of.changed == last, _of.id > name)
        rows += [(row.changed, row.id) for row in connection.execute(rest)]
    return rows


def _where(query: Select[Any], wanted: Wanted) -> Select[Any]:
    return query.select_from(_JOINED).where(_of.organisation == wanted.organisation, *_conditions(wanted))


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.statuses:
        yield STATUS.in_(wanted.statuses)
    for role, name in wanted.names:
        named = select(incident_names.c.incident_id).where(incident_names.c.role == role, incident_names.c.name == name)
        yield _of.id.in_(named)
    if wanted.since is not None:
        yield _of.last_at >= wanted.since
    if wanted.until is not None:
        yield _of.first_at <= wanted.until
    least = min(wanted.open_score, wanted.closed_score)
    if least > 0.0:
        yield _of.score >= least
        yield or_(
            and_(_of.is_open, _of.score >= wanted.open_score), and_(~_of.is_open, _of.score >= wanted.closed_score)
        )
    if wanted.text:
        said = incident_words.c.words.contains(wanted.text.lower(), autoescape=True)
        yield _of.id.in_(select(incident_words.c.incident_id).where(said))


def _after(sort: Sort, score: Any, first_at: Any, identity: Any) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of the incidents that come after a place; the first part lets the index begin there."""
    later = and_(_of.first_at == first_at, _of.id > identity)
    if sort is Sort.RISK:
        return _of.score <= score, or_(_of.score < score, _of.first_at > first_at, later)
    return _of.first_at <= first_at, or_(_of.first_at < first_at, later)


def _bound(side: str, place: Place) -> dict[str, object]:
    return {f"{side}_{name}": value for name, value in place._asdict().items()}


def _between() -> Select[Any]:
    """Return what counts the incidents after a place, up to and with another; made once, as making it takes longest."""
    below_score: BindParameter[float] = bindparam("below_score")
    below_first_at: BindParameter[float] = bindparam("below_first_at")
    up_to = or_(
        _of.score > below_score,
        _of.first_at < below_first_at,
        and_(_of.first_at == below_first_at, _of.id <= bindparam("below_id")),
    )
    after = _after(Sort.RISK, bindparam("above_score"), bindparam("above_first_at"), bindparam("above_id"))
    mine = (_of.organisation == bindparam("organisation"), _of.score >= below_score, up_to)
    return select(func.count()).select_from(incidents).where(*mine, *after)


_TOP = Place(sys.float_info.max, 0.0, "")
"""Before the strongest."""
_BETWEEN = _between()


def _listed(row: Sequence[Any]) -> Listed:
    body, risk, status, assignee, verdict, version = row
    return Listed(_decode(body), risk, status, assignee or "", verdict or "", version or 0)
