"""Sample events with the verdict of the rule they were written for, planted in a simulated month: which would be told.

Needs the corpora, which are no part of this repository: `UNWONTED_BENCH_CORPORA` names their folder (default: a
neighbouring `shared/corpora`). Samples of GitHub are given to people and repositories of the simulated organisation,
which has a month of GitHub's feeds behind it; those of AWS and of Kubernetes come to an organisation that has never
seen a cloud or a cluster, so that they say what a feed's first day is like. Each sample is planted once, in the last
third, a few in each copy of the month and never two of one rule.

At a budget of N events a day a sample is told when fewer than N ordinary events a day are as strange. `true` are the
samples that their rule should find, `false` those it should not; a rule knows what it looks for, we do not.
"""

from __future__ import annotations

import bisect
import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.tables import tell
from collector.event import Kind
from collector.simulator import Simulation, play
from collector.simulator.names import ORGANISATION
from collector.simulator.simulation import START
from collector.sources.github_audit import kind_of

CORPORA = Path(os.environ.get("UNWONTED_BENCH_CORPORA", Path(__file__).parents[2] / "shared" / "corpora"))
SOURCES = {
    "github": "github.audit",
    "aws_cloudtrail": "cloudtrail",
    "aws_eks": "kubernetes.audit",
    "kubernetes": "kubernetes.audit",
}
BUDGETS = (1, 3, 10, 25)
SEED, DAYS = 21, 24
COPIES = 6
"""Copies of the month that the samples are spread over."""
FIRST_DAY = DAYS * 2 // 3
DAY_S = 86_400.0
_TIMES = ("@timestamp", "created_at", "at_sign_timestamp", "eventTime", "eventtime", "requestReceivedTimestamp")
_STALE = ("stageTimestamp", "timestamp", "p_event_time", "started_at", "completed_at", "p_log_type", "p_source_label")

JSON = dict[str, Any]


@dataclass(frozen=True)
class Sample:
    """One sample, and what became of it."""

    family: str
    rule: str
    name: str
    is_expected: bool
    body: JSON

    @property
    def ref(self) -> str:
        """Return the id it is planted under."""
        return "sample-" + hashlib.blake2b(self.name.encode(), digest_size=6).hexdigest()


def main() -> int:
    """Plant, scan, judge and tell."""
    if not (CORPORA / "panther").is_dir():
        print(
            f"There is no folder {CORPORA / 'panther'}: name the corpora's in UNWONTED_BENCH_CORPORA.", file=sys.stderr
        )
        return 1
    samples = [sample for family in SOURCES for sample in _samples(family)]
    month = play(SEED, DAYS)
    with TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [(month, group, Path(folder) / str(number)) for number, group in enumerate(_groups(samples))]
        scored = [row for rows in pool.map(lambda job: _scan(*job), jobs) for row in rows]
    tell("panther", [*_table(samples, scored)])
    return 0


def _samples(family: str) -> Iterator[Sample]:
    for path in sorted((CORPORA / "panther" / family).glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        yield Sample(family, told["rule"], path.stem, told["expected"], told["event"])


def _groups(samples: Sequence[Sample]) -> list[list[Sample]]:
    """Spread the samples over the copies, those of one rule over different ones as far as there are so many."""
    seen: dict[str, int] = defaultdict(int)
    groups: list[list[Sample]] = [[] for _ in range(COPIES)]
    for sample in samples:
        offset = int(hashlib.blake2b(sample.rule.encode(), digest_size=2).hexdigest(), 16)
        groups[(offset + seen[sample.rule]) % COPIES].append(sample)
        seen[sample.rule] += 1
    return groups


def _scan(month: Simulation, group: Sequence[Sample], folder: Path) -> list[tuple[str, float, bool]]:
    """Return ref, score and whether it is a sample, of every event of the last third."""
    folder.mkdir()
    planted = [_planted(sample, month, number / len(group)) for number, sample in enumerate(group)]
    deliveries = sorted([*month.deliveries, *planted], key=lambda delivery: str(delivery["received_at"]))
    (folder / "month.ndjson.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, deliveries)).encode(), 1))
    (folder / "networks.csv").write_text("\n".join(month.networks()) + "\n", encoding="utf-8")
    unwonted = str(Path(sys.executable).with_name("unwonted"))
    words = [unwonted, "scan", str(folder / "month.ndjson.gz"), "--networks", str(folder / "networks.csv"), "--quiet"]
    subprocess.run([*words, "--scores", str(folder / "scores"), "--format", "json"], capture_output=True, check=True)
    refs = {sample.ref for sample in group}
    since = _iso(START.timestamp() + FIRST_DAY * DAY_S)
    with (folder / "scores").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        (row["ref"], row["score"], row["ref"] in refs) for row in rows if row["time"] >= since or row["ref"] in refs
    ]


def _planted(sample: Sample, month: Simulation, share: float) -> JSON:
    """Return the delivery of a sample: at an hour of work of the last third, done by somebody who is there."""
    random = Random(sample.name)  # noqa: S311 (seeded on purpose)
    day = FIRST_DAY + int(share * (DAYS - FIRST_DAY))
    at = START.timestamp() + day * DAY_S + random.uniform(8, 17) * 3_600
    body = {name: value for name, value in sample.body.items() if name not in _STALE}
    body |= {name: _iso(at) for name in _TIMES if name in body}
    told = {"source": SOURCES[sample.family], "received_at": _iso(at + 2), "headers": {}, "body": body}
    if isinstance(body.get("repository"), dict):
        return {**told, **_hook(body, month, random, sample.ref)}
    if sample.family == "github":
        _settle(body, month, random)
    _name(body, sample)
    return told


def _name(body: JSON, sample: Sample) -> None:
    """Give a sample an id of its own, where its format has it."""
    log = body.get("properties", {}).get("log") if isinstance(body.get("properties"), dict) else None
    if isinstance(log, str):
        body["properties"] = {"log": json.dumps({**json.loads(log), "auditID": sample.ref})}
    elif "protoPayload" in body:
        body["insertId"] = sample.ref
    else:
        folded = "eventid" if "eventname" in body else "eventID"
        body[{"github": "_document_id", "aws_cloudtrail": folded}.get(sample.family, "auditID")] = sample.ref


def _hook(body: JSON, month: Simulation, random: Random, ref: str) -> JSON:
    """Return what makes a webhook of a sample that is one's payload."""
    who, repo = _somebody(month, random)
    kinds = (
        ("issue_comment", {"comment", "issue"}),
        ("pull_request_review_comment", {"comment"}),
        ("issues", {"issue"}),
        ("push", {"commits"}),
        ("gollum", {"pages"}),
        *((name, {name}) for name in ("workflow_run", "workflow_job", "pull_request", "alert", "release")),
        ("repository", set()),
    )
    event = next(name for name, keys in kinds if keys <= body.keys())
    body["repository"] = {**body["repository"], "full_name": repo}
    body["sender"] = {"login": who, "type": "User"}
    return {"source": "github.webhook", "headers": {"X-GitHub-Event": event, "X-GitHub-Delivery": ref}}


def _settle(body: JSON, month: Simulation, random: Random) -> None:
    """Give an audit entry to a person and a repository of the organisation."""
    is_admin = kind_of(str(body.get("action", ""))) is Kind.ADMIN
    who, repo = _somebody(month, random, is_owner=is_admin)
    body |= {"actor": who, "org": ORGANISATION}
    if body.get("repo"):
        body["repo"] = repo


def _somebody(month: Simulation, random: Random, *, is_owner: bool = False) -> tuple[str, str]:
    """Return a login and a repository; what is administration is done by one of the few owners."""
    people, repositories = month.organisation.people, month.organisation.repositories
    return random.choice(
        [person for person in people if person.is_owner or not is_owner]
    ).account.login, f"{ORGANISATION}/{random.choice(repositories).name}"


def _table(samples: Sequence[Sample], scored: Sequence[tuple[str, float, bool]]) -> Iterator[JSON]:
    of = {ref: score for ref, score, is_sample in scored if is_sample}
    ordinary = sorted(score for _, score, is_sample in scored if not is_sample)
    days = COPIES * (DAYS - FIRST_DAY)
    for family in SOURCES:
        for is_expected in (True, False):
            mine = [of[s.ref] for s in samples if s.family == family and s.is_expected is is_expected and s.ref in of]
            above = [(len(ordinary) - bisect.bisect_left(ordinary, score)) / days for score in mine]
            told = {f"told at {budget} a day": sum(one < budget for one in above) / len(mine) for budget in BUDGETS}
            yield {
                "family": family,
                "expected": str(is_expected).lower(),
                "samples": len(mine),
                **told,
                "ordinary events a day as strange, median": median(above),
            }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


if __name__ == "__main__":
    raise SystemExit(main())
