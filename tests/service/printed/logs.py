"""Logs as their events carry them."""

from __future__ import annotations

from collections.abc import Sequence

from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.snapshot import Line, Printed

START = 1_767_225_600.0
DAY = 86_400.0
CI = "acme/pay:ci.yml/test"
USUAL = ("fetching the repository", "downloading left pad", "run make test", "ok # tests", "done in # s")


def log_event(
    lines: Sequence[str] = USUAL,
    *,
    at: float = START,
    job: str = CI,
    run: str = "",
    conclusion: str = "",
    texts: dict[str, str] | None = None,
) -> Event:
    """Return the event of a log that printed these shapes, in order; `texts` are what stood there."""
    texts = texts or {}
    printed = Printed(tuple(Line(shape, texts.get(shape, ""), number) for number, shape in enumerate(lines, 1)))
    links = {"job": job, "repo": job.split(":", 1)[0]} | ({"run": run} if run else {})
    return Event(
        id=f"joblog:{job}:{at}",
        ref=f"{job}:{at}",
        source="joblog",
        kind=Kind.LOG,
        action="log",
        actor=Actor(ActorType.USER, "mona"),
        entity=Entity("job", job),
        observed_at=at,
        received_at=at,
        links=links,
        facts={"conclusion": conclusion} if conclusion else {},
        snapshot=printed,
    )


def run_event(run: str, conclusion: str, *, at: float = START) -> Event:
    """Return the event that tells how a run ended."""
    return Event(
        id=f"run:{run}",
        ref=run,
        source="github.webhook",
        kind=Kind.RUN,
        action="workflow_run.completed",
        actor=Actor(ActorType.USER, "mona"),
        entity=Entity("workflow", "acme/pay:ci.yml"),
        observed_at=at,
        received_at=at,
        links={"run": run},
        facts={"conclusion": conclusion},
    )
