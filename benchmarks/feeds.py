"""What each feed is worth: what catching an attack costs with all feeds, without each, and with each alone.

The cost is false incidents a day that a team reads until it has seen the attack.

Only organisations of which all feeds were collected are scanned. `benchmarks.judged` says which, and who judges.
A dash is an attack that was not caught before its impact; `n/a` that the feed holds nothing of the organisation.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.judged import BUDGETS, HALF, Arm, judge, scan, worlds
from benchmarks.tables import tell

FEEDS = {
    "webhooks": frozenset({"github.webhook", "gitlab.webhook"}),
    "audit log": frozenset({"github.audit", "gitlab.audit"}),
    "job logs": frozenset({"joblog"}),
    "dependencies": frozenset({"lockfile", "sbom", "action_refs", "model_artifact"}),
    "cloud": frozenset({"cloudtrail", "kubernetes.audit"}),
}
_ALL = frozenset[str]().union(*FEEDS.values())
ARMS = (
    Arm("all feeds"),
    *(Arm(f"without {name}", without=sources) for name, sources in FEEDS.items()),
    *(Arm(f"{name} only", without=_ALL - sources) for name, sources in FEEDS.items()),
)


def main() -> int:
    """Scan every organisation with every choice of feeds and print what catching its attack costs."""
    chosen = [path for path in worlds() if not path.name.endswith("-partial") and "none" not in path.name]
    if not chosen:
        return 1
    caught: list[dict[str, object]] = []
    costs: dict[str, dict[str, object]] = {path.name: {"organisation": path.name} for path in chosen}
    with TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as pool:
        for arm in ARMS:
            out = Path(folder) / arm.name
            list(pool.map(scan, [(world, arm, out / world.name) for world in chosen]))
            *each, total = judge(out)
            shares = {f"caught at {budget}": total[f"caught_at_{budget}"] for budget in BUDGETS}
            caught.append({"arm": arm.name, "half": HALF, **shares})
            for row in each:
                costs[str(row["world"])][arm.name] = _cost(row)
    tell("feeds", caught)
    tell("feeds_by_attack", list(costs.values()))
    return 0


def _cost(row: dict[str, object]) -> str:
    if not row["incidents"]:
        return "n/a"
    cost = row["fa_at_catch"]
    return f"{cost:.2f}" if isinstance(cost, float) else "-"


if __name__ == "__main__":
    raise SystemExit(main())
