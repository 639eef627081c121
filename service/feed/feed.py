"""The one layer under the API and the page: what is asked of the store, and what people decide there."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from collector.event import Event
from collector.stream.entry import MAX_COVERED, Judged, Promoted, Suppressed, Verdict
from service.feed.reading import Reader, strongest
from service.feed.sources import Sources
from service.incident import Status
from service.shapes import IncidentDetail, SuppressionShape, TrainingRunShape
from service.store import events, listing, outbox, runs, suppressions, triage
from service.store.database import Database
from service.store.errors import NotFoundError
from service.store.scored import body_of
from service.store.triage import Act, Decision


class EmptySuppressionError(ValueError):
    """A suppression that names nothing would hide everything."""

    def __init__(self) -> None:
        super().__init__(
            "a suppression that names nothing would hide everything: name an actor, entity, action or source"
        )


class Feed(Reader):
    """Reads the store, and writes what people decide; the stream is told through the outbox."""

    def __init__(
        self,
        database: Database,
        *,
        now: Callable[[], float] = time.time,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """Use a store; `committed` is called each time something new waits in the outbox."""
        super().__init__(database)
        self.sources = Sources(database, now=now)
        self._now = now
        self._committed = committed

    def triage(
        self,
        organisation: str,
        identity: str,
        *,
        status: Status | None = None,
        assignee: str | None = None,
        by: str,
        version: int | None = None,
    ) -> IncidentDetail:
        """Change status or assignee; raise NotFoundError, or ConflictError where `version` is not the last any more."""
        decision = Decision(status=status, assignee=assignee)
        with self._database.transaction() as connection:
            triage.decide(connection, organisation, identity, decision, self._act(by), version)
        return self._known(organisation, identity)

    def verdict(
        self,
        organisation: str,
        identity: str,
        verdict: Verdict,
        comment: str = "",
        *,
        by: str,
        version: int | None = None,
    ) -> IncidentDetail:
        """Judge and resolve an incident, and have the worker learn of it; raise as `triage` does."""
        act, decision = self._act(by), Decision(status=Status.RESOLVED, verdict=verdict)
        with self._database.transaction() as connection:
            triage.decide(connection, organisation, identity, decision, act, version)
            if comment:
                triage.comment(connection, organisation, identity, comment, act)
            judged = Judged(
                organisation=organisation,
                id=uuid.uuid4().hex,
                incident=identity,
                verdict=verdict,
                events=_covered(connection, organisation, identity),
                given_at=act.at,
                given_by=by,
            )
            outbox.put(connection, judged)
        self._committed()
        return self._known(organisation, identity)

    def comment(self, organisation: str, identity: str, text: str, *, by: str) -> IncidentDetail:
        """Write something under an incident; raise NotFoundError."""
        with self._database.transaction() as connection:
            triage.comment(connection, organisation, identity, text, self._act(by))
        return self._known(organisation, identity)

    def suppress(  # noqa: PLR0913  # the four fields that findings are matched by, and what people say of it
        self,
        organisation: str,
        *,
        actor: str = "",
        entity: str = "",
        action: str = "",
        source: str = "",
        until: datetime,
        why: str,
        by: str,
    ) -> SuppressionShape:
        """Have findings that match every field given told to nobody, until a time; raise EmptySuppressionError."""
        if not (actor or entity or action or source):
            raise EmptySuppressionError
        suppressed = Suppressed(
            organisation=organisation,
            id=f"sup_{uuid.uuid4().hex[:12]}",
            until=until.timestamp(),
            actor=actor,
            entity=entity,
            action=action,
            source=source,
        )
        with self._database.transaction() as connection:
            suppressions.add(connection, suppressed, why, self._act(by))
        self._committed()
        return next(one for one in self.suppressions(organisation) if one.id == suppressed.id)

    def lift(self, organisation: str, identity: str) -> None:
        """Have findings told again; raise NotFoundError."""
        with self._database.transaction() as connection:
            suppressions.lift(connection, organisation, identity)
        self._committed()

    def ask_for_training(self, organisation: str, *, by: str) -> TrainingRunShape:
        """Have a model version trained by whoever trains."""
        identity = f"run_{uuid.uuid4().hex[:12]}"
        with self._database.transaction() as connection:
            runs.ask(connection, organisation, identity, self._act(by))
        return next(run for run in self.training_runs(organisation) if run.id == identity)

    def promote(self, organisation: str, version: str, digest: str = "") -> None:
        """Let a model version serve from the stream's next record on; an empty one lets the own fits serve."""
        with self._database.transaction() as connection:
            promoted = Promoted(organisation=organisation, id=uuid.uuid4().hex, version=version, digest=digest)
            outbox.put(connection, promoted)
        self._committed()

    def _act(self, by: str) -> Act:
        return Act(by, self._now())

    def _known(self, organisation: str, identity: str) -> IncidentDetail:
        found = self.incident(organisation, identity)
        if found is None:
            raise NotFoundError(f"there is no incident {identity} in {organisation}")
        return found


def _covered(connection: Connection, organisation: str, identity: str) -> tuple[Event, ...]:
    """Return the events a verdict covers: the incident's strangest that are still kept."""
    incident = listing.read(connection, organisation, [identity])[identity].incident
    ids = [event.id for event in strongest(incident)]
    rows = events.by_id(connection, organisation, ids)
    kept = [rows[name] for name in ids if name in rows and rows[name].body]
    return tuple(body_of(row.body).event for row in kept[:MAX_COVERED])
