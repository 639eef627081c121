"""Detection on simulated organisations at fixed budgets: each member alone, their mean, and how learning matures.

`benchmarks.judged` says which organisations, and who judges.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.judged import BUDGETS, HALF, Arm, judge, scan, worlds
from benchmarks.tables import tell
from models.ensemble import MEMBERS

ARMS = (
    *(Arm(member, (member,)) for member in MEMBERS),
    Arm("mean of all"),
    Arm("mean of all, learning at once", maturity_s=0.0),
)


def main() -> int:
    """Score every organisation of the half with every arm and print the table."""
    chosen = worlds()
    if not chosen:
        return 1
    rows = []
    with TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as pool:
        for arm in ARMS:
            out = Path(folder) / arm.name
            list(pool.map(scan, [(world, arm, out / world.name) for world in chosen]))
            rows.append({"arm": arm.name, "half": HALF, **_told(judge(out)[-1])})
    tell("worlds", rows)
    return 0


def _told(total: dict[str, object]) -> dict[str, object]:
    caught = {f"caught at {budget}": total[f"caught_at_{budget}"] for budget in BUDGETS}
    solid = {name: total[name] for name in ("solid@3", "solid@10", "rec@10", "rec@25")}
    return {**caught, **solid, "opened a day": total["opened_per_day"]}


if __name__ == "__main__":
    raise SystemExit(main())
