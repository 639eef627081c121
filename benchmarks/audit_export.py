"""A very large audit export in bounded memory: events a second, peak memory, and what was found.

Writes a synthetic GitHub audit export of `UNWONTED_BENCH_LINES` entries (default 1,000,000; comma
separates several sizes) over ninety days of an invented organisation, with one stolen token near
the end, and scans it with the command.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.tables import tell

SIZES = tuple(int(size) for size in os.environ.get("UNWONTED_BENCH_LINES", "1000000").split(","))
UNWONTED = Path(sys.executable).with_name("unwonted")
START = 1_767_225_600
DAYS = 90
PEOPLE, REPOS = 2000, 800
ACTIONS = ("git.fetch", "git.clone", "git.push", "workflows.created_workflow_run", "pull_request.create", "user.login")
SHARES = (0.55, 0.12, 0.12, 0.12, 0.05, 0.04)
STOLEN = 40
"""Clones with the stolen token."""


def main() -> None:
    """Scan an export of each size and tell what it took."""
    tell("audit_export", [_scan(lines) for lines in SIZES])


def _scan(lines: int) -> dict[str, object]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "audit.ndjson"
        with path.open("w", encoding="utf-8") as file:
            file.writelines(_entries(lines))
        command = [str(UNWONTED), "scan", str(path), "--quiet", "--format", "json", "--top", "50"]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    incidents = json.loads(done.stdout)["incidents"]
    stolen = (i["rank"] for i in incidents if any(e["ref"].startswith("stolen-") for e in i["events"]))
    return {
        "lines": lines,
        "events a second": lines / seconds,
        "CPU us an event": usage.ru_utime / lines * 1e6,
        "peak RSS MiB": usage.ru_maxrss / 1024,
        "incidents explained": sum(bool(i["reasons"]) for i in incidents),
        "rank of the stolen token": next(stolen, 0),
    }


def _entries(lines: int) -> Iterator[str]:
    rng = np.random.default_rng(7)
    people = rng.zipf(1.3, lines) % PEOPLE
    # a person works in a few repositories, mostly in the first of them
    repos = (people * 7 + rng.geometric(0.5, lines)) % REPOS
    actions = rng.choice(len(ACTIONS), lines, p=SHARES)
    theft = lines - lines // 20
    times = np.sort(rng.random(lines)) * DAYS * 86400
    for i in range(lines):
        who = {"actor": f"dev-{people[i]}", "hashed_token": f"token-{people[i]}", "action": ACTIONS[actions[i]]}
        where = {"repo": f"acme/repo-{repos[i]}", "actor_ip": f"198.18.{people[i] % 250}.{people[i] % 17 + 1}"}
        yield _entry(f"d{i}", times[i], {**who, **where, "user_agent": "git/2.47.1"})
        if 0 <= i - theft < STOLEN:
            thief = {"actor": "dev-11", "hashed_token": "token-11", "action": "git.clone"}
            there = {"repo": f"acme/repo-{300 + i % 200}", "actor_ip": "203.0.113.7"}
            yield _entry(f"stolen-{i}", times[i], {**thief, **there, "user_agent": "python-requests/2.32"})


def _entry(document: str, at: float, facts: dict[str, str]) -> str:
    entry = {"@timestamp": int((START + at) * 1000), "_document_id": document, "org": "acme", **facts}
    return json.dumps(entry, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    main()
