"""Detection on simulated organisations at fixed budgets: each member alone, their mean, and how learning matures.

Needs the worlds and their scorer, which are no part of this repository: `UNWONTED_BENCH_WORLDS`
names the folder of worlds, `UNWONTED_BENCH_SCORER` the script that judges (both default to a
neighbouring `shared` folder). `UNWONTED_BENCH_HALF` chooses the half: `tune` (the default) or
`report`, which is for figures that are published and for nothing else.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.tables import tell
from collector.event import Event
from collector.networks import Networks
from collector.recognise import open_source
from models import kernel
from models.ensemble import MEMBERS
from models.finding import Scored
from models.scorer import Scorer
from service.grouping import IncidentBook

SHARED = Path(__file__).parents[2] / "shared"
WORLDS = Path(os.environ.get("UNWONTED_BENCH_WORLDS", SHARED / "worlds"))
SCORER = Path(os.environ.get("UNWONTED_BENCH_SCORER", SHARED / "tools" / "score_worlds.py"))
HALF = os.environ.get("UNWONTED_BENCH_HALF", "tune")
BUDGETS = ("0.1", "0.3", "1.0", "3.0")


@dataclass(frozen=True)
class Arm:
    """One way to score."""

    name: str
    members: tuple[str, ...]
    maturity_s: float = kernel.MATURITY_S


ARMS = (
    *(Arm(member, (member,)) for member in MEMBERS),
    Arm("mean of all", MEMBERS),
    Arm("mean of all, learning at once", MEMBERS, 0.0),
)


def main() -> int:
    """Score every world of the half with every arm and print the table."""
    if not WORLDS.is_dir() or not SCORER.is_file():
        print(f"worlds: no worlds at {WORLDS} or no scorer at {SCORER}; set UNWONTED_BENCH_WORLDS and _SCORER")
        return 1
    worlds = [path for path in sorted(WORLDS.iterdir()) if path.is_dir() and _half(path.name) == HALF]
    rows = []
    with TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as pool:
        for arm in ARMS:
            out = Path(folder) / arm.name
            list(pool.map(_scan, [(world, arm, out / world.name) for world in worlds]))
            rows.append({"arm": arm.name, "half": HALF, **_judge(out)})
    tell("worlds", rows)
    return 0


def _half(name: str) -> str:
    digits = re.search(r"\d+", name)
    return "tune" if digits and int(digits[0]) % 2 else "report"


def _events(world: Path) -> Iterator[Event]:
    networks = Networks.read(world / "networks.csv")
    seen: set[str] = set()
    for event in open_source(world / "recording.ndjson.gz", networks=networks).events():
        if event.id not in seen:
            seen.add(event.id)
            yield event


def _scan(job: tuple[Path, Arm, Path]) -> None:
    world, arm, out = job
    scorer, book = Scorer(members=arm.members, maturity_s=arm.maturity_s), IncidentBook()
    scored = scorer.score(list(_events(world)))
    found = book.add(scored)
    out.mkdir(parents=True)
    (out / "scores.ndjson").write_text("\n".join(map(_score_line, scored)))
    incidents = [
        {
            "id": incident.id,
            "risk": incident.risk,
            "first_at": _time(incident.first_at),
            "events": [{"ref": event.ref} for event in incident.events],
            "reasons": [{"text": reason.text} for reason in incident.reasons],
        }
        for incident in book.rank(found)
    ]
    (out / "incidents.json").write_text(json.dumps({"incidents": incidents}))


def _score_line(scored: Scored) -> str:
    event = scored.event
    return json.dumps({"id": event.id, "ref": event.ref, "time": _time(event.observed_at), "score": scored.score})


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _judge(results: Path) -> dict[str, object]:
    command: Sequence[str] = [sys.executable, str(SCORER), str(WORLDS), "--results", str(results), "--json"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    total = json.loads(lines[-1])
    caught = {f"caught at {budget}": total[f"caught_at_{budget}"] for budget in BUDGETS}
    solid = {name: total[name] for name in ("solid@3", "solid@10", "rec@10", "rec@25")}
    return {**caught, **solid, "opened a day": total["opened_per_day"]}


if __name__ == "__main__":
    raise SystemExit(main())
