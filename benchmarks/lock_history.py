"""Compromised packages planted in real histories of lockfiles: their rank among honest updates, and what those cost.

Needs the corpora, which are no part of this repository: `UNWONTED_BENCH_CORPORA` names their folder (default: a
neighbouring `shared/corpora`). `UNWONTED_BENCH_HALF` chooses which planted packages are used, by a hash of their
name: `tune` (the default) or `report`. The histories name packages and versions; checksums, and which packages run a
script when installed, are made up from the names, one package in 33 running one.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import OSA

from benchmarks.tables import tell
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.purls import purl_of
from collector.snapshot import Advisory, Affected, Packages, Pinned
from models.scorer import Scorer
from service.states import States

CORPORA = Path(os.environ.get("UNWONTED_BENCH_CORPORA", Path(__file__).parents[2] / "shared" / "corpora"))
HALF = os.environ.get("UNWONTED_BENCH_HALF", "tune")
PROJECTS = {"dependabot+dependabot-core": ("gem", "npm"), "pydantic+logfire": ("pypi", "pypi")}
"""Histories that are long enough, with their ecosystem, and that of the names planted there: none is known of gems."""
BURN_IN = 60
"""Updates that are learned from before anything is planted or counted."""
PLANTS = 25
"""Of each way, in each history."""
MANY = 3
"""Real projects that pin a name which others imitate."""
WEEK_S = 7 * 86_400.0
ARMS = ("all", "without name distance", "with OSV")

State = dict[str, tuple[str, ...]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Update:
    """One honest change of a lockfile, and all it pins afterwards."""

    at: float
    author: Actor
    state: State


@dataclass(frozen=True)
class Plant:
    """One compromised package, and how it comes."""

    way: str
    name: str
    version: str
    other_host: bool = False
    runs_script: bool = False
    other_content: bool = False


def main() -> int:
    """Play every plant into every history, once for each arm, and tell the ranks."""
    if not (CORPORA / "lock_history").is_dir():
        print(f"lock_history: no corpora at {CORPORA}; set UNWONTED_BENCH_CORPORA")
        return 1
    tell("lock_history", [row for project in PROJECTS for row in _project(project)])
    return 0


def _project(project: str) -> Iterator[Row]:
    updates = _updates(project)
    for arm in ARMS:
        honest, ranks = _play(project, updates, arm)
        weeks = (updates[-1].at - updates[BURN_IN].at) / WEEK_S
        findings = sum(score >= 3.5 for score in honest)
        for way, found in ranks.items():
            yield {
                "project": project.split("+")[1],
                "half": HALF,
                "arm": arm,
                "planted as": way,
                "n": len(found),
                "honest": len(honest),
                "median rank": sorted(found)[len(found) // 2],
                **{f"top {most}": sum(rank <= most for rank in found) / len(found) for most in (1, 3, 10)},
                "findings a week": findings / weeks,
            }


def _play(project: str, updates: Sequence[Update], arm: str) -> tuple[list[float], dict[str, list[int]]]:
    """Return the scores of the honest updates, and the ranks of the plants among them, by the way they came."""
    rng = random.Random(f"{project} {HALF}")  # noqa: S311  # a benchmark, not a secret
    moments: dict[int, list[Plant]] = {}
    for plant in _plants(project, updates, rng):
        moments.setdefault(_moment(updates, plant, rng), []).append(plant)
    scorer, states = Scorer(), States()
    honest: list[float] = []
    planted: dict[str, list[float]] = {}
    for i, update in enumerate(updates):
        for plant in moments.get(i, ()):
            copies = Scorer.from_arrays(scorer.arrays()), States.from_bytes(states.to_bytes())
            event, purl, version = _planted(project, update, plant)
            if arm == "with OSV":
                copies[1].take(_declared(event, purl, version))
            planted.setdefault(plant.way, []).append(_score(copies, event, arm))
        score = _score((scorer, states), _event(project, update), arm)
        honest += [score] if i >= BURN_IN else []
    return honest, {
        way: [1 + sum(other >= score for other in honest) for score in scores]
        for way, scores in sorted(planted.items())
    }


def _moment(updates: Sequence[Update], plant: Plant, rng: random.Random) -> int:
    """Return an update in which the package does not change by itself."""
    quiet = [
        i
        for i in range(BURN_IN, len(updates))
        if updates[i].state.get(plant.name) == updates[i - 1].state.get(plant.name)
        and (plant.version or plant.name in updates[i].state)
    ]
    return rng.choice(quiet)


def _score(memory: tuple[Scorer, States], event: Event, arm: str) -> float:
    scorer, states = memory
    taken = states.take(event)
    assert taken is not None  # noqa: S101  # lockfiles are always scored
    if arm == "without name distance":
        facts = {name: fact for name, fact in taken.facts.items() if name != "look_alike"}
        signals = {name: value for name, value in taken.signals.items() if name != "package_looks_alike"}
        taken = msgspec.structs.replace(taken, facts=facts, signals=signals)
    return scorer.score([taken])[0].score


def _declared(event: Event, purl: str, version: str) -> Event:
    about = Advisory("MAL-0", (Affected(purl, (version,)),), is_malicious=True, declared_at=event.observed_at)
    return msgspec.structs.replace(event, snapshot=about)


def _plants(project: str, updates: Sequence[Update], rng: random.Random) -> list[Plant]:
    ecosystem = PROJECTS[project][1]
    names = [
        row
        for row in _read("package_names/malicious.jsonl")
        if row["ecosystem"] == ecosystem and row["kind"] == "malicious" and _is_ours(row)
    ]
    own = [name for name in updates[-1].state if name in updates[BURN_IN].state]
    plants = []
    for row in rng.sample(names, PLANTS):
        version = (row["versions"] or [rng.choice(("1.0.0", "0.0.1", "99.9.9"))])[0]
        plants.append(Plant("new dependency", row["name"], version))
        plants.append(Plant("new dependency, with script", row["name"], version, runs_script=True))
    if PROJECTS[project][0] == ecosystem:
        plants += [
            Plant("new dependency, a letter off", row["name"], (row["versions"] or ["1.0.1"])[0])
            for row in rng.sample(_imitations(names, ecosystem), PLANTS)
        ]
    for name in rng.choices(own, k=PLANTS):
        plants.append(Plant("bumped, with script", name, "", runs_script=True))
        plants.append(Plant("bumped, from elsewhere", name, "", other_host=True))
        plants.append(Plant("same version, other content", name, "", other_content=True))
        plants.append(Plant("bumped, nothing else", name, ""))
    return plants


def _imitations(rows: Sequence[Row], ecosystem: str) -> list[Row]:
    """Return those whose name is a letter off one that several real projects pin: nothing of ours decides which."""
    pinned = [row for row in _read("package_names/benign.jsonl") if row["ecosystem"] == ecosystem]
    known = [row["name"] for row in pinned if row["projects"] >= MANY and len(row["name"]) > 3]
    return [row for row in rows if process.extractOne(row["name"], known, scorer=OSA.distance, score_cutoff=1)]


def _is_ours(row: Mapping[str, Any]) -> bool:
    even = hashlib.blake2b(f"{row['ecosystem']}/{row['name']}".encode(), digest_size=1).digest()[0] % 2 == 0
    return even == (HALF == "report")


def _updates(project: str) -> list[Update]:
    rows = sorted(_read(f"lock_history/{project}.jsonl"), key=lambda row: datetime.fromisoformat(row["time"]))
    state = _first_state(rows)
    found = []
    for row in rows:
        state = {name: versions for name, versions in state.items() if name not in row["removed"]}
        state |= {name: tuple(versions) for name, versions in row["added"].items()}
        state |= {name: tuple(after) for name, (_, after) in row["changed"].items()}
        actor = Actor(ActorType.BOT if row["author_kind"] == "bot" else ActorType.USER, row["author"])
        found.append(Update(datetime.fromisoformat(row["time"]).timestamp(), actor, dict(state)))
    return found


def _first_state(rows: Sequence[Row]) -> State:
    """Return what was pinned before the first change, as far as later ones tell, and others up to its number."""
    state: State = {}
    added: set[str] = set()
    for row in rows:
        added |= row["added"].keys() - state.keys()
        before = {**row["removed"], **{name: old for name, (old, _) in row["changed"].items()}}
        state |= {n: tuple(versions) for n, versions in before.items() if n not in state and n not in added}
    return state | {f"unchanged-{n}": ("1.0.0",) for n in range(max(0, rows[0]["pins"] - len(state)))}


def _event(project: str, update: Update, plant: Plant | None = None) -> Event:
    ecosystem, repo = PROJECTS[project][0], project.replace("+", "/")
    pinned = [_pin(ecosystem, name, version, plant) for name, all_of in update.state.items() for version in all_of]
    return Event(
        id=f"lockfile:{project}:{update.at}",
        ref="1",
        source="lockfile",
        kind=Kind.DEPENDENCY,
        action="lockfile",
        actor=update.author,
        entity=Entity("lockfile", f"{repo}/lock"),
        observed_at=update.at,
        received_at=update.at,
        links={"repo": repo, "branch": "main"},
        facts={
            "format": ecosystem,
            "branch_class": "default",
            "integrity": ["sha256"],
            "registry_host": sorted({pin.host for pin in pinned if pin.host}),
        },
        numbers={"packages": float(len(pinned))},
        snapshot=Packages(tuple(pinned), "lock"),
    )


def _planted(project: str, update: Update, plant: Plant) -> tuple[Event, str, str]:
    """Return an honest update with a compromised package in it, and that package's URL and version."""
    known = update.state.get(plant.name, ("1.0.0",))[0]
    version = plant.version or (known if plant.other_content else _next(known))
    state = {**update.state, plant.name: (version,)}
    return _event(project, replace(update, state=state), plant), purl_of(PROJECTS[project][0], plant.name), version


def _next(version: str) -> str:
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdecimal() else f"{version}.1"


def _pin(ecosystem: str, name: str, version: str, plant: Plant | None) -> Pinned:
    digest = hashlib.sha256(f"{name} {version}".encode()).hexdigest()
    runs_script = int(hashlib.sha256(name.encode()).hexdigest(), 16) % 33 == 0
    pin = Pinned(purl_of(ecosystem, name), version, "", f"sha256-{digest}", runs_script=runs_script)
    if plant is None or plant.name != name:
        return pin
    return msgspec.structs.replace(
        pin,
        host="files.example" if plant.other_host else "",
        integrity=f"sha256-{digest[::-1] if plant.other_content else digest}",
        runs_script=runs_script or plant.runs_script,
    )


def _read(name: str) -> list[Row]:
    return [json.loads(line) for line in (CORPORA / name).read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    raise SystemExit(main())
