"""What the benchmarks on simulated organisations share: where these are, how one is scanned, and who judges.

The organisations and their judge are no part of this repository: `UNWONTED_BENCH_WORLDS` names the folder of
recordings, `UNWONTED_BENCH_SCORER` the script that judges (both default to a neighbouring `shared` folder).
`UNWONTED_BENCH_HALF` chooses the half: `tune` (the default) or `report`, which is for figures that are published
and for nothing else.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from collector.event import Event
from collector.networks import Networks
from collector.recognise import open_source
from collector.stream import Record
from collector.stream.entry import Observed
from models import kernel
from models.ensemble import MEMBERS
from models.finding import Scored
from models.scorer import Scorer
from service.grouping import IncidentBook
from service.incident import Incident
from service.memory import Memories, Memory, Outcome

SHARED = Path(__file__).parents[3] / "shared"
WORLDS = Path(os.environ.get("UNWONTED_BENCH_WORLDS", SHARED / "worlds"))
SCORER = Path(os.environ.get("UNWONTED_BENCH_SCORER", SHARED / "tools" / "score_worlds.py"))
HALF = os.environ.get("UNWONTED_BENCH_HALF", "tune")
BUDGETS = ("0.1", "0.3", "1.0", "3.0")
BATCH = 5_000
_RECORDING = "recording.ndjson.gz"


@dataclass(frozen=True)
class Arm:
    """One way to scan: by which detectors, how fast what is new becomes known, and without which sources."""

    name: str
    members: tuple[str, ...] = MEMBERS
    maturity_s: float = kernel.MATURITY_S
    without: frozenset[str] = frozenset()


def worlds() -> list[Path]:
    """Return the organisations of the chosen half; none where the folder or the judge is missing, which it says."""
    if not WORLDS.is_dir() or not SCORER.is_file():
        print(f"No organisations at {WORLDS}, or no judge at {SCORER}: set UNWONTED_BENCH_WORLDS and _SCORER.")
        return []
    return [path for path in sorted(WORLDS.iterdir()) if path.is_dir() and _half(path.name) == HALF]


def scan(job: tuple[Path, Arm, Path]) -> None:
    """Scan one organisation as a worker does, and write its scores and incidents into a folder for the judge."""
    world, arm, out = job
    memory = Memory(Scorer(members=arm.members, maturity_s=arm.maturity_s), IncidentBook())
    memories = Memories(lambda _: memory)
    outcome = Outcome()
    for batch in _batches(_records(world, arm.without)):
        taken = memories.take(batch)
        outcome.scored += taken.scored
        outcome.incidents.update(taken.incidents)
    out.mkdir(parents=True)
    (out / "scores.ndjson").write_text("\n".join(_score_line(scored) for _, scored in outcome.scored))
    incidents = [_incident(incident) for incident in memory.book.rank(outcome.incidents.values())]
    (out / "incidents.json").write_text(json.dumps({"incidents": incidents}))


def judge(results: Path, only: Collection[str] = ()) -> list[dict[str, object]]:
    """Return what the judge says of each organisation, and of all of them in the last row."""
    command: Sequence[str] = [sys.executable, str(SCORER), str(WORLDS), "--results", str(results), "--json"]
    if only:
        command = [*command, "--only", ",".join(sorted(only))]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line) for line in lines]


def _half(name: str) -> str:
    digits = re.search(r"\d+", name)
    return "tune" if digits and int(digits[0]) % 2 else "report"


def _records(world: Path, without: frozenset[str]) -> Iterator[Record]:
    networks = Networks.read(world / "networks.csv")
    events = open_source(world / _RECORDING, networks=networks).events()
    kept: Iterable[Event] = (event for event in events if event.source not in without)
    for position, event in enumerate(kept, 1):
        yield Record(position, Observed(event=event))


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(records, BATCH)):
        yield batch


def _incident(incident: Incident) -> dict[str, object]:
    return {
        "id": incident.id,
        "risk": incident.risk,
        "first_at": _time(incident.first_at),
        "events": [{"ref": event.ref} for event in incident.events],
        "reasons": [{"text": reason.text} for reason in incident.reasons],
    }


def _score_line(scored: Scored) -> str:
    event = scored.event
    return json.dumps({"id": event.id, "ref": event.ref, "time": _time(event.observed_at), "score": scored.score})


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
