"""Pages with many incidents: how long feed, incident and entity take over HTTP, of the API and of the page.

Fills a store with `UNWONTED_BENCH_INCIDENTS` incidents (default 100,000) of five findings each, in batches as a
worker stores them, nine of ten resolved by somebody; serves it, and asks for pages of all kinds at random.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Connection, insert

from benchmarks.tables import tell
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.stream.entry import Verdict
from models.finding import Reason, Scored
from models.scorer import Scorer
from service.api import Gatekeeper, Wiring, build, install_problems
from service.feed import Feed, Filter
from service.grouping import IncidentBook
from service.incident import Incident, IncidentEvent, Status
from service.memory import Memory
from service.store import incidents, organisations, scored
from service.store.database import Database
from service.store.tables import triage
from service.web import page_router

INCIDENTS = int(os.environ.get("UNWONTED_BENCH_INCIDENTS", "100000"))
ASKED = 60
"""Requests of each kind."""
BATCH = 1_000
EVENTS = 5
OPEN_SHARE = 0.1
PEOPLE, REPOS = 2_000, 800
START = 1_700_000_000.0
SECONDS = 700.0
"""Between two incidents: a hundred thousand fill two years."""
ORGANISATION = "default"


class Asked(NamedTuple):
    """A kind of request, and how one of it is made."""

    kind: str
    path: Callable[[random.Random], str]


def main() -> None:
    """Fill a store, serve it, and tell how long its pages take."""
    with TemporaryDirectory() as folder, closing(Database.embedded(Path(folder) / "store.sqlite")) as database:
        began = time.perf_counter()
        fill(database, INCIDENTS, random.Random(7))  # noqa: S311  # the same store each time
        filled_s = time.perf_counter() - began
        feed = Feed(database)
        names = [one.id for one in feed.incidents(ORGANISATION, limit=1_000).items]
        with _served(database, feed) as port:
            rows = [_measured(port, asked) for asked in _kinds(_cursor(feed), names)]
    told = {"incidents": INCIDENTS, "filled in s": round(filled_s)}
    tell("feed", [row | told for row in rows])


def fill(database: Database, number: int, rng: random.Random) -> None:
    """Store so many incidents, and what people did with nine of ten."""
    memory = Memory(Scorer(organisation=ORGANISATION), IncidentBook(organisation=ORGANISATION))
    memory.first_at, memory.last_at, memory.events = START, START + number * SECONDS, number * EVENTS
    memory.book.risk.see_time(memory.first_at)
    memory.book.risk.see_time(memory.last_at)
    for first in range(0, number, BATCH):
        made = [_incident(n, rng) for n in range(first, min(first + BATCH, number))]
        for incident, _ in made:
            memory.book.risk.learn(incident)
        with database.transaction() as connection:
            items = [item for _, found in made for item in found]
            scored.add(connection, 0, [(first + 1, item) for item in items])
            incidents.save(connection, [incident for incident, _ in made], first + 1)
            _resolve(connection, [incident for incident, _ in made if rng.random() > OPEN_SHARE])
    with database.transaction() as connection:
        organisations.save(connection, {ORGANISATION: memory})


def _resolve(connection: Connection, resolved: Sequence[Incident]) -> None:
    """Store rows as `service.store.triage` does, but many at once."""
    told = {
        "organisation": ORGANISATION,
        "status": Status.RESOLVED.value,
        "assignee": "ada",
        "verdict": Verdict.BENIGN.value,
        "updated_at": START,
        "updated_by": "ada",
        "version": 1,
    }
    connection.execute(insert(triage), [{"incident_id": incident.id, **told} for incident in resolved])


def _incident(number: int, rng: random.Random) -> tuple[Incident, list[Scored]]:
    """Return an incident of five findings by one of many people; a few people have far more than others."""
    at = START + number * SECONDS
    person, repo = int(PEOPLE * rng.random() ** 4), int(REPOS * rng.random() ** 3)
    found = [_finding(f"e{number}-{n}", at + n, f"dev-{person}", f"acme/repo-{repo}", rng) for n in range(EVENTS)]
    actor, entity = f"user:dev-{person}", f"repo:acme/repo-{repo}"
    incident = Incident(
        id=f"inc_{rng.getrandbits(64):016x}",
        organisation=ORGANISATION,
        title=f"{actor} changed a workflow of {entity}",
        summary="A workflow that this person never touched runs commands that nobody ever ran here.",
        score=rng.gammavariate(3.0, 3.0),
        first_at=at,
        last_at=at + EVENTS,
        actors=[actor],
        entities=[entity],
        sources=["github.webhook"],
        families=["identity", "content", "network", "time"],
        reasons=[_reason(n) for n in range(12)],
        is_open=False,
        events=[
            IncidentEvent(f.event.id, f.event.ref, f.event.observed_at, "push", actor, entity, f.score, f.p_value)
            for f in found
        ],
    )
    return incident, found


def _finding(name: str, at: float, person: str, repo: str, rng: random.Random) -> Scored:
    event = Event(
        organisation=ORGANISATION,
        id=name,
        ref=f"{rng.getrandbits(160):040x}",
        source="github.webhook",
        kind=Kind.CHANGE,
        action="push",
        actor=Actor(ActorType.USER, person),
        entity=Entity("repo", repo),
        observed_at=at,
        received_at=at,
        links={"repo": repo, "branch": "main", "sha": name},
        facts={"files": [f".github/workflows/{n}.yml" for n in range(10)], "commands": ["curl", "bash", "base64"]},
        numbers={"commits": 3.0},
    )
    score = 8.0 + rng.random() * 8.0
    reasons = tuple(_reason(n) for n in range(5))
    return Scored(event, score, 2.0**-score, score, {"novelty": score}, False, True, "own", reasons)


def _reason(number: int) -> Reason:
    text = f"the command curl --upload-file was never run in this repository before ({number})"
    return Reason(f"feature_{number}", "content", text, "curl --upload-file", "npm, node, git", 9.0 + number, 120.0)


def _cursor(feed: Feed) -> str:
    """Return a cursor to the middle of the feed."""
    after = None
    for _ in range(INCIDENTS // 2 // 5_000):
        after = feed.incidents(ORGANISATION, Filter(), after=after, limit=5_000).next_cursor
    return after or ""


def _kinds(middle: str, names: Sequence[str]) -> Iterator[Asked]:
    """Yield what is asked for: kinds that readers see, and those that cost most."""
    feed, opened = "/api/v1/incidents", "status=new&status=in_progress"
    yield Asked("feed: those that wait", lambda _: f"{feed}?{opened}")
    yield Asked("feed: all", lambda _: feed)
    yield Asked("feed: from its middle on", lambda _: f"{feed}?cursor={middle}")
    yield Asked("feed: newest", lambda _: f"{feed}?{opened}&sort=newest")
    yield Asked("feed: 75 or riskier", lambda _: f"{feed}?minimum_risk=75")
    yield Asked("feed: of the busiest actor", lambda _: f"{feed}?actor=user:dev-0&{opened}")
    yield Asked("feed: of any actor", lambda rng: f"{feed}?actor=user:dev-{rng.randrange(PEOPLE)}")
    yield Asked("feed: with a text", lambda rng: f"{feed}?text=repo-{rng.randrange(REPOS)}&{opened}")
    yield Asked("incident", lambda rng: f"{feed}/{rng.choice(names)}")
    yield Asked("entity: the busiest actor", lambda _: "/api/v1/entities?type=user&name=dev-0")
    yield Asked(
        "entity: a busy repository", lambda rng: f"/api/v1/entities?type=repo&name=acme/repo-{rng.randrange(20)}"
    )
    yield Asked("page: feed", lambda _: "/")
    yield Asked("page: incident", lambda rng: f"/incidents/{rng.choice(names)}")


def _measured(port: int, asked: Asked) -> dict[str, object]:
    rng = random.Random(3)  # noqa: S311  # the same pages each time
    took = []
    for _ in range(ASKED):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        path = asked.path(rng)
        began = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        size = len(answer.read())
        took.append((time.perf_counter() - began) * 1_000)
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"GET {path} answered {answer.status}")
    took.sort()
    row: dict[str, object] = {"asked for": asked.kind, "p50 ms": statistics.median(took)}
    return row | {"p95 ms": took[int(ASKED * 0.95)], "worst ms": took[-1], "KiB": size / 1_024}


@contextmanager
def _served(database: Database, feed: Feed) -> Iterator[int]:
    gatekeeper = Gatekeeper(database, is_loopback=True)
    app = FastAPI()
    app.include_router(build(Wiring(feed, gatekeeper)))
    app.include_router(page_router(feed, gatekeeper))
    install_problems(app)
    taken = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    try:
        yield taken.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        taken.close()


if __name__ == "__main__":
    main()
