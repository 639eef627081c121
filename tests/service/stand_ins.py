"""Events, and an engine whose every answer is plain to see: it finds what is called `odd`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from collector.event import Actor, ActorType, Entity, Event, Kind
from models.finding import Reason, Scored
from models.scorer import Scorer
from service.grouping import IncidentBook
from service.incident import Incident, IncidentEvent

START = 1_767_225_600.0
"""A Thursday, midnight UTC."""
DAY = 86_400.0


def make_event(
    name: str = "e1",
    *,
    at: float = START,
    received_at: float | None = None,
    action: str = "git.clone",
    actor: str = "mona",
    entity: str = "acme/pay",
    organisation: str = "default",
) -> Event:
    """Return an event; name only what matters."""
    return Event(
        organisation=organisation,
        id=name,
        ref=f"ref-{name}",
        source="github.audit",
        kind=Kind.ACCESS,
        action=action,
        actor=Actor(ActorType.USER, actor),
        entity=Entity("repo", entity),
        observed_at=at,
        received_at=at if received_at is None else received_at,
    )


def make_scored(event: Event, score: float = 1.0) -> Scored:
    """Return an event with its score; `odd` acts are findings with one reason."""
    is_odd = event.action == "odd"
    reason = Reason(
        "action_of_actor", "identity", f"first {event.action} by {event.actor}", event.action, "git.clone", 9.5, 20
    )
    return Scored(
        event=event,
        score=score,
        p_value=2.0**-score,
        novelty=score,
        members={"novelty": score},
        is_warm_up=False,
        is_finding=is_odd,
        model_version="stub",
        reasons=(reason,) if is_odd else (),
    )


class CountingScorer(Scorer):
    """Scores an event by how many came before it, so that order and repetition show."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def score(self, events: Sequence[Event]) -> list[Scored]:
        """Score events in order."""
        scored = []
        for event in events:
            self.seen.append(event.id)
            scored.append(make_scored(event, score=len(self.seen) % 7 + len(event.action) / 3))
        return scored

    def describe(self) -> dict[str, object]:
        """Return what was fitted."""
        return {"version": "stub", "rows": len(self.seen)}


class ActorBook(IncidentBook):
    """One incident for each actor with findings."""

    def __init__(self) -> None:
        super().__init__()
        self._by_actor: dict[str, Incident] = {}

    def add(self, scored: Sequence[Scored]) -> list[Incident]:
        """Return the incidents opened or changed."""
        findings = [item for item in scored if item.is_finding]
        return list({incident.id: incident for incident in map(self._incident_of, findings)}.values())

    def rank(self, incidents: Iterable[Incident]) -> list[Incident]:
        """Return the incidents, highest risk first."""
        return sorted(incidents, key=lambda incident: (-incident.risk, incident.id))

    def _incident_of(self, item: Scored) -> Incident:
        event, actor = item.event, str(item.event.actor)
        incident = self._by_actor.get(actor)
        if incident is None:
            at = event.observed_at
            incident = Incident(id=f"inc_{actor}", organisation=event.organisation, first_at=at, last_at=at)
            self._by_actor[actor] = incident
        incident.last_at = event.observed_at
        incident.title = f"{actor} did {event.action}"
        incident.summary = "It is odd."
        incident.actors, incident.entities = [actor], [str(event.entity)]
        incident.reasons = list(item.reasons)
        incident.events.append(
            IncidentEvent(
                event.id, event.ref, event.observed_at, event.action, actor, str(event.entity), item.score, item.p_value
            )
        )
        incident.risk = min(100.0, 40.0 + 10.0 * len(incident.events))
        incident.score = item.score
        incident.return_period_s = 40 * DAY * len(incident.events)
        return incident


def make_incident(
    name: str = "inc_1", *, risk: float = 50.0, title: str = "user:mona did odd", events: int = 1, score: float = 8.0
) -> Incident:
    """Return an incident of so many findings."""
    book = ActorBook()
    made = book.add([make_scored(make_event(f"{name}-{n}", at=START + n, action="odd"), 8.0) for n in range(events)])
    incident = made[0]
    incident.id, incident.risk, incident.title, incident.score = name, risk, title, score
    return incident
