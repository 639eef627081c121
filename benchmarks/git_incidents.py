"""Where the malicious commits of documented incidents end up in their real histories, and how loud well-run ones are.

Two files are named by the environment: UNWONTED_BENCH_GIT holds `owner/name TAB path` a line, UNWONTED_BENCH_INCIDENTS
the incidents as TOML (cases with `malicious` and `related` commits, and benign repositories).
"""

from __future__ import annotations

import hashlib
import math
import os
import sys
import time
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from benchmarks.tables import ROOT, tell
from collector.event import Event, Kind
from collector.sources.git import read_repository
from models.finding import Scored
from models.scorer import Scorer
from service.grouping import IncidentBook
from service.incident import Incident

NOW = 1_790_000_000.0
"""The reader's clock, fixed so that every run reads the same."""
WINDOW = 500
SHOWN_RISK = 50.0
"""Risk from which an incident is weekly or rarer, and would be shown."""
_CACHE = ROOT / "build" / "git_events"

Row = dict[str, Any]


def main() -> None:
    """Scan every history that is named and there, and tell ranks, noise and what both come to."""
    histories = histories_of(Path(_named("UNWONTED_BENCH_GIT")))
    listed = tomllib.loads(Path(_named("UNWONTED_BENCH_INCIDENTS")).read_text(encoding="utf-8"))
    rows: list[Row] = []
    for case in listed["cases"]:
        if case["repo"] in histories:
            rows += case_rows(case, scanned(case["repo"], histories[case["repo"]]))
    noise = [
        noise_row(entry["repo"], scanned(entry["repo"], histories[entry["repo"]]))
        for entry in listed["benign"]
        if entry["repo"] in histories
    ]
    tell("git_incidents", rows)
    tell("git_incidents_noise", noise)
    tell("git_incidents_summary", list(summary_rows(rows)))


def _named(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not Path(value).is_file():
        sys.exit(f"{variable} must name a file (it is '{value}'); see the first lines of benchmarks/git_incidents.py.")
    return value


def histories_of(file: Path) -> dict[str, Path]:
    """Return the git directories by repository, from a file with `owner/name TAB path` a line."""
    pairs = (line.split("\t") for line in file.read_text(encoding="utf-8").splitlines() if "\t" in line)
    return {name: Path(path) for name, path in pairs}


def events_of(name: str, path: Path) -> list[Event]:
    """Return the commits of a history by time, read again only when the repository or the source's code changed."""
    source = sorted((ROOT / "collector" / "sources" / "git").glob("*.py"))
    code = b"".join(file.read_bytes() for file in (*source, ROOT / "collector" / "zones.py"))
    key = hashlib.blake2b(code + str(path.resolve()).encode(), digest_size=8).hexdigest()
    cache = _CACHE / f"{name.replace('/', '+')}.{key}.msgpack"
    if cache.is_file():
        return msgspec.msgpack.decode(cache.read_bytes(), type=list[Event])
    commits = (event for event in read_repository(path, now=NOW) if event.kind is Kind.COMMIT)
    events = sorted(commits, key=lambda event: event.observed_at)
    _CACHE.mkdir(parents=True, exist_ok=True)
    cache.write_bytes(msgspec.msgpack.encode(events))
    return events


@dataclass(frozen=True)
class Scanned:
    """One history after scoring, in the order of its events."""

    scored: Sequence[Scored]
    incidents: Sequence[Incident]
    seconds: float

    def places(self) -> dict[str, int]:
        """Return where each commit stands, by its id."""
        return {item.event.ref: i for i, item in enumerate(self.scored)}


def scanned(name: str, path: Path) -> Scanned:
    """Score a history online: a later commit changes no earlier score."""
    events = events_of(name, path)
    began = time.perf_counter()
    scorer, book = Scorer(), IncidentBook()
    scored = scorer.score(events)
    incidents = book.rank(book.add(scored))
    return Scanned(scored, incidents, time.perf_counter() - began)


def case_rows(case: Row, scan: Scanned) -> Iterator[Row]:
    """Yield, for each malicious commit, its rank in the whole history and among the commits up to it."""
    places = scan.places()
    scores = np.array([item.score for item in scan.scored])
    ordinary = np.ones(len(scores), np.bool_)
    ordinary[[places[sha] for sha in (*case["malicious"], *case["related"]) if sha in places]] = False
    for k, sha in enumerate(case["malicious"]):
        at = places.get(sha)
        if at is None:
            continue
        first = max(0, at + 1 - WINDOW)
        rank = _rank(scores, ordinary, at, range(len(scores)))
        yield {
            "case": case["id"],
            "strength": case["strength"],
            "commit": sha[:8],
            "commits": len(scores),
            "rank": rank,
            "% of history": round(100.0 * rank / len(scores), 3),
            "above the top 1 %": max(0, rank - math.ceil(len(scores) / 100)),
            f"rank of {WINDOW}": _rank(scores, ordinary, at, range(first, at + 1)),
            "score": round(float(scores[at]), 2),
            **{f"% {name}": _of(values, k) for name, values in case["baseline_percentile"].items()},
        }


def _rank(scores: npt.NDArray[np.float64], ordinary: npt.NDArray[np.bool_], at: int, span: range) -> int:
    """Return 1 + how many ordinary commits of a span are at least as strange; ties count against us."""
    part = slice(span.start, span.stop)
    return 1 + int(np.count_nonzero(ordinary[part] & (scores[part] >= scores[at])))


def _of(values: Sequence[float], k: int) -> float | str:
    return values[k] if k < len(values) else ""


def noise_row(name: str, scan: Scanned) -> Row:
    """Return how much a history nobody attacked would show, and how fast it was scored."""
    commits = len(scan.scored)
    shown = sum(incident.risk >= SHOWN_RISK for incident in scan.incidents)
    findings = sum(item.is_finding for item in scan.scored)
    return {
        "repository": name,
        "commits": commits,
        f"findings / {WINDOW}": round(WINDOW * findings / commits, 2),
        f"shown / {WINDOW}": round(WINDOW * shown / commits, 2),
        "shown / year": round(shown / max(1.0, _years(scan)), 1),
        "ms / commit": round(1000.0 * scan.seconds / commits, 3),
    }


def _years(scan: Scanned) -> float:
    return (scan.scored[-1].event.observed_at - scan.scored[0].event.observed_at) / (365.25 * 86400.0)


def summary_rows(rows: Sequence[Row]) -> Iterator[Row]:
    """Yield, per strength, the share of cases with a malicious commit that nobody would overlook."""
    for strength in dict.fromkeys(row["strength"] for row in rows):
        cases: dict[str, list[Row]] = {}
        for row in rows:
            if row["strength"] == strength:
                cases.setdefault(row["case"], []).append(row)
        yield {
            "strength": strength,
            "cases": len(cases),
            f"top 5 of {WINDOW}": _share(cases, f"rank of {WINDOW}", 5),
            "top 1 % of history": _share(cases, "% of history", 1.0),
            "rounded up to a commit": _share(cases, "above the top 1 %", 0),
            **{f"top 1 %, {name}": _share(cases, f"% {name}", 1.0) for name in ("rules", "forest", "surprise")},
        }


def _share(cases: dict[str, list[Row]], column: str, most: float) -> str:
    found = sum(_is_any_within((row.get(column, "") for row in commits), most) for commits in cases.values())
    return f"{found} of {len(cases)}"


def _is_any_within(values: Iterable[Any], most: float) -> bool:
    return any(isinstance(value, int | float) and value <= most for value in values)


if __name__ == "__main__":
    main()
