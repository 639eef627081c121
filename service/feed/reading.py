"""Reading the feed: what is asked becomes queries, and rows become shapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row

from service.feed import cursors, entities, shaping
from service.feed.filters import OPEN, EventFilter, Filter, Page, seconds
from service.feed.gate import LOOKED_AT, Step, concerns
from service.feed.rating import Rater, Raters
from service.feed.totals import Marker, Totals, marker_of
from service.feed.usual import Usual
from service.incident import Incident, IncidentEvent
from service.shapes import (
    DrillShape,
    EntityShape,
    EventShape,
    GateShape,
    IncidentDetail,
    IncidentShape,
    OrganisationShape,
    SuppressionShape,
    TrainingRunShape,
)
from service.store import drills, events, listing, overview, promotions, runs, suppressions, triage
from service.store.database import Database
from service.store.errors import NotFoundError
from service.store.listing import Place, Sort, Wanted
from service.words import moment

SHOWN = 100
"""Events that come with an incident; the others are paged."""
NAMED = 20
"""Incidents that come with an entity."""


class Reader:
    """Incidents, events and entities of every organisation; may be shared by threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._raters = Raters()
        self._totals = Totals()
        self._usual = Usual(database)

    def organisations(self) -> list[OrganisationShape]:
        """Return all organisations, in alphabetical order."""
        with self._database.reading() as connection:
            return [self._organisation(connection, row) for row in overview.all_organisations(connection)]

    def incidents(
        self, organisation: str, wanted: Filter | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[IncidentShape]:
        """Return the incidents asked for, in order; raise BadCursorError."""
        asked = wanted or Filter()
        place = _place(asked.sort, after)
        with self._database.reading() as connection:
            rater = self._rater(connection, organisation)
            narrowed = wanted_of(organisation, asked, rater)
            found = listing.places(connection, narrowed, asked.sort, place, limit + 1)
            items = self._shapes(connection, organisation, found[:limit], rater)
            total = self._totals.of(connection, narrowed)
        more = cursors.write((asked.sort, *found[limit - 1])) if len(found) > limit else None
        return Page(items, more, total)

    def incident(self, organisation: str, identity: str) -> IncidentDetail | None:
        """Return an incident whole; nothing where the organisation has none of this id."""
        with self._database.reading() as connection:
            listed = listing.read(connection, organisation, [identity]).get(identity)
            if listed is None:
                return None
            incident = listed.incident
            shown = sorted(strongest(incident)[:SHOWN], key=lambda event: (event.time, event.id))
            more = {
                "events": _members(connection, incident, shown),
                "comments": [shaping.comment_shape(row) for row in triage.comments_of(connection, identity)],
                "history": [shaping.change_shape(row) for row in triage.history_of(connection, identity)],
            }
            rank = listing.ranks(connection, organisation, [_place_of(incident)])[identity]
            return shaping.incident_detail(listed, rank, self._rater(connection, organisation), more)

    def incident_events(
        self, organisation: str, identity: str, *, after: str | None = None, limit: int = 100
    ) -> Page[EventShape]:
        """Return the events of an incident in the order they happened; raise NotFoundError, BadCursorError."""
        start = cursors.read(after, tuple[float, str]) if after else None
        with self._database.reading() as connection:
            listed = listing.read(connection, organisation, [identity]).get(identity)
            if listed is None:
                raise NotFoundError(f"there is no incident {identity} in {organisation}")
            ordered = sorted(listed.incident.events, key=lambda event: (event.time, event.id))
            rest = [event for event in ordered if start is None or (event.time, event.id) > start]
            items = _members(connection, listed.incident, rest[:limit])
        more = cursors.write((rest[limit - 1].time, rest[limit - 1].id)) if len(rest) > limit else None
        return Page(items, more, len(ordered))

    def events(
        self, organisation: str, wanted: EventFilter | None = None, *, after: str | None = None, limit: int = 100
    ) -> Page[EventShape]:
        """Return the events asked for, last scored first; raise BadCursorError."""
        before = cursors.read(after, int) if after else None
        search = (wanted or EventFilter()).search()
        with self._database.reading() as connection:
            rows = events.search(connection, organisation, search, before, limit + 1)
            named = events.incidents_of(connection, organisation, [row.id for row in rows[:limit]])
        items = [shaping.event_shape(row, named.get(row.id)) for row in rows[:limit]]
        return Page(items, cursors.write(rows[limit - 1].seq) if len(rows) > limit else None)

    def entity(self, organisation: str, type_: str, name: str) -> EntityShape | None:
        """Return an actor or an entity; nothing where no event and no incident names it."""
        whole = f"{type_}:{name}"
        with self._database.reading() as connection:
            count, first = events.span_of(connection, organisation, whole)
            rows = events.recent_of(connection, organisation, whole, entities.RECENT)
            places = listing.naming(connection, organisation, whole, NAMED)
            rater = self._rater(connection, organisation)
            named = self._shapes(connection, organisation, places, rater)
            strangest = events.by_number(connection, entities.strangest(rows))
            of = events.incidents_of(connection, organisation, [row.id for row in strangest])
        if not count and not named:
            return None
        return EntityShape(
            organisation=organisation,
            type=type_,
            name=name,
            events=count,
            first_at=None if first is None else moment(first),
            **entities.habits(rows, whole),
            baseline=self._usual.of(organisation, whole),
            incidents=named,
            strangest=[shaping.event_shape(row, of.get(row.id)) for row in strangest],
        )

    def incident_counts(self) -> dict[tuple[str, str], int]:
        """Return how many incidents there are by organisation and status."""
        with self._database.reading() as connection:
            return overview.incidents_by_status(connection)

    def revision(self, organisation: str) -> int:
        """Return a number that grows with every change of the organisation's incidents."""
        return sum(self.marker(organisation))

    def marker(self, organisation: str) -> Marker:
        """Return where a listener who knows everything stands."""
        with self._database.reading() as connection:
            return marker_of(connection, organisation)

    def changes(self, organisation: str, heard: Marker, most: int = 100) -> tuple[Marker, list[IncidentShape]]:
        """Return the incidents that changed since, as they are now, and where the listener stands then."""
        with self._database.reading() as connection:
            found = listing.changed_after(connection, organisation, heard.position, most)
            done = triage.changed_after(connection, organisation, heard.seq, most)
            ids = list(dict.fromkeys(name for _, name in [*found, *done]))
            listed = listing.read(connection, organisation, ids)
            places = [_place_of(listed[name].incident) for name in ids if name in listed]
            shapes = self._shapes(connection, organisation, places, self._rater(connection, organisation))
        position = found[-1][0] if found else heard.position
        return Marker(position, done[-1][0] if done else heard.seq), shapes

    def gate(self, organisation: str, step: Step, highest: float, *, is_complete: bool) -> GateShape:
        """Return whether a step may go on: it is held by an unresolved incident of this risk that concerns it."""
        with self._database.reading() as connection:
            rater = self._rater(connection, organisation)
            asked = wanted_of(organisation, Filter(statuses=OPEN, minimum_risk=highest), rater)
            places = listing.places(connection, asked, Sort.RISK, None, LOOKED_AT)
            listed = listing.read(connection, organisation, [place.id for place in places])
            holding = [place for place in places if concerns(connection, listed[place.id].incident, step)]
            found = self._shapes(connection, organisation, holding[:NAMED], rater)
        return GateShape(
            verdict="hold" if found else "pass",
            risk=max((incident.risk for incident in found), default=0.0),
            is_complete=is_complete,
            incidents=found,
        )

    def training_runs(self, organisation: str) -> list[TrainingRunShape]:
        """Return the last trainings that somebody asked for, newest first."""
        with self._database.reading() as connection:
            return [shaping.training_shape(row) for row in runs.trainings(connection, organisation, SHOWN)]

    def drills(self, organisation: str) -> list[DrillShape]:
        """Return the last drills played against an organisation, newest first."""
        with self._database.reading() as connection:
            return [shaping.drill_shape(row) for row in drills.recent(connection, organisation, SHOWN)]

    def promotions(self, organisation: str) -> list[str]:
        """Return the model versions that were let serve, in order; an empty one means the organisation's own fits."""
        with self._database.reading() as connection:
            return [version for version, _ in promotions.history(connection, organisation)]

    def suppressions(self, organisation: str) -> list[SuppressionShape]:
        """Return what people asked not to be told, newest first."""
        with self._database.reading() as connection:
            return [shaping.suppression_shape(row) for row in suppressions.of(connection, organisation)]

    def _organisation(self, connection: Connection, row: Row[Any]) -> OrganisationShape:
        every = Wanted(organisation=row.name)
        waiting = replace(every, statuses=frozenset(OPEN))
        return shaping.organisation_shape(row, self._totals.of(connection, every), self._totals.of(connection, waiting))

    def _rater(self, connection: Connection, organisation: str) -> Rater:
        return self._raters.of(organisation, overview.risk_scale(connection, organisation))

    def _shapes(
        self, connection: Connection, organisation: str, places: Sequence[Place], rater: Rater
    ) -> list[IncidentShape]:
        listed = listing.read(connection, organisation, [place.id for place in places])
        ranks = listing.ranks(connection, organisation, places)
        return [shaping.incident_shape(listed[place.id], ranks[place.id], rater) for place in places]


def strongest(incident: Incident) -> list[IncidentEvent]:
    """Return an incident's events, highest score first."""
    return sorted(incident.events, key=lambda event: (-event.score, event.time, event.id))


def wanted_of(organisation: str, asked: Filter, rater: Rater) -> Wanted:
    """Return what is asked as the store understands it: scores in place of risks."""
    return Wanted(
        organisation=organisation,
        statuses=frozenset(status.value for status in asked.statuses),
        names=asked.names,
        since=seconds(asked.since),
        until=seconds(asked.until),
        open_score=rater.least_score(asked.minimum_risk, is_open=True),
        closed_score=rater.least_score(asked.minimum_risk, is_open=False),
        text=asked.text,
    )


def _place(sort: Sort, after: str | None) -> Place | None:
    if not after:
        return None
    asked, score, first_at, identity = cursors.read(after, tuple[str, float, float, str])
    if asked != sort:
        raise cursors.BadCursorError
    return Place(score, first_at, identity)


def _place_of(incident: Incident) -> Place:
    return Place(incident.score, incident.first_at, incident.id)


def _members(connection: Connection, incident: Incident, members: Sequence[IncidentEvent]) -> list[EventShape]:
    rows = events.by_id(connection, incident.organisation, [member.id for member in members])
    return [shaping.member_shape(member, incident.id, rows.get(member.id)) for member in members]
