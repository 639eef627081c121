"""A store as a worker leaves it: findings, the incidents they make, and what was learned of the organisation."""

from __future__ import annotations

from collections.abc import Sequence

from collector.event import Actor, ActorType, Entity, Event, Kind
from models.finding import Reason, Scored
from service.grouping import IncidentBook
from service.incident import Incident, IncidentEvent, Status
from service.memory import Memory
from service.risk import DAY_S, RiskScale
from service.store import incidents, organisations, scored
from service.store.database import Database
from tests.service.stand_ins import START, CountingScorer

REASON = Reason("workflow_of_actor", "identity", "first workflow by mona", "release.yml", "ci.yml", 9.0, 40.0)


def finding(
    name: str,
    *,
    at: float = START,
    actor: str = "mona",
    entity: str = "acme/pay",
    score: float = 9.0,
    source: str = "github.audit",
    organisation: str = "default",
    is_finding: bool = True,
    links: dict[str, str] | None = None,
) -> Scored:
    """Return an event after scoring; name only what matters."""
    event = Event(
        organisation=organisation,
        id=name,
        ref=f"ref-{name}",
        source=source,
        kind=Kind.CHANGE,
        action="push",
        actor=Actor(ActorType.USER, actor),
        entity=Entity("repo", entity),
        observed_at=at,
        received_at=at,
        links={"repo": entity} if links is None else links,
    )
    return Scored(
        event=event,
        score=score,
        p_value=2.0**-score,
        novelty=score,
        members={"novelty": score},
        is_warm_up=False,
        is_finding=is_finding,
        model_version="own",
        reasons=(REASON,) if is_finding else (),
    )


def incident_of(
    name: str, members: Sequence[Scored], *, score: float, is_open: bool = False, status: Status = Status.NEW
) -> Incident:
    """Return an incident of findings."""
    events = [item.event for item in members]
    return Incident(
        id=name,
        organisation=events[0].organisation,
        status=status,
        title=f"{events[0].actor} did push",
        summary="It is odd.",
        score=score,
        risk=score,
        first_at=min(event.observed_at for event in events),
        last_at=max(event.observed_at for event in events),
        actors=list(dict.fromkeys(str(event.actor) for event in events)),
        entities=list(dict.fromkeys(str(event.entity) for event in events)),
        sources=list(dict.fromkeys(event.source for event in events)),
        reasons=[REASON],
        families=["identity"],
        is_open=is_open,
        events=[
            IncidentEvent(
                event.id,
                event.ref,
                event.observed_at,
                event.action,
                str(event.actor),
                str(event.entity),
                item.score,
                item.p_value,
                source=event.source,
                kind=event.kind.value,
            )
            for item, event in zip(members, events, strict=True)
        ],
    )


def seed(database: Database, number: int, *, position: int = 0, organisation: str = "default") -> list[str]:
    """Store so many incidents of one finding each, the first the weakest, in one batch; return their ids."""
    made = [
        finding(f"{organisation}-{position}-{n}", at=START + n * 60.0, actor=f"user{n % 3}", organisation=organisation)
        for n in range(number)
    ]
    found = [incident_of(f"inc_{item.event.id}", [item], score=1.0 + n) for n, item in enumerate(made)]
    store(database, made, found, position=position + number)
    return [incident.id for incident in found]


def store(database: Database, batch: Sequence[Scored], found: Sequence[Incident], *, position: int) -> None:
    """Store a batch as a worker does: events and incidents in one transaction."""
    with database.transaction() as connection:
        scored.add(connection, 0, [(position, item) for item in batch])
        incidents.save(connection, found, position)


def learn(database: Database, scores: Sequence[float], organisation: str = "default", days: float = 100.0) -> RiskScale:
    """Store an organisation that has seen closed incidents of these scores over some days; return its scale."""
    memory = Memory(CountingScorer(), IncidentBook(organisation=organisation))
    memory.events, memory.first_at, memory.last_at = 1_000, START, START + days * DAY_S
    scale = memory.book.risk
    scale.see_time(START)
    scale.see_time(START + days * DAY_S)
    for n, score in enumerate(scores):
        scale.learn(Incident(id=f"past_{n}", organisation=organisation, score=score, first_at=START, last_at=START))
    with database.transaction() as connection:
        organisations.save(connection, {organisation: memory})
    return scale
