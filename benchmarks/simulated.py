"""Where the played attacks of simulated months end up in a scan's list, and what stands above them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.tables import tell
from collector.simulator import ATTACKS, Simulation, play

SEEDS = (11, 12, 13)
SHARE = 0.3
"""An incident is an attack's when this share of its events, and two at least, belong to it."""

Row = dict[str, Any]


def main() -> None:
    """Scan some months, each with all attacks in it, and tell the rank of each."""
    tell("simulated", [row for seed in SEEDS for row in _month(seed)])


def _month(seed: int) -> Iterator[Row]:
    simulation = play(seed=seed, attacks=ATTACKS)
    began = time.perf_counter()
    incidents = _scan(simulation)
    seconds = time.perf_counter() - began
    for attack in simulation.attacks:
        rank, found = _rank(incidents, set(attack.refs))
        yield {
            "attack": attack.name,
            "seed": seed,
            "rank": rank or "none",
            "risk": round(found["risk"], 1) if found else 0.0,
            "incidents": len(incidents),
            "events/s": round(len(simulation.deliveries) / seconds),
        }
    yield {
        "attack": "(look-alikes in the top ten)",
        "seed": seed,
        "rank": _lookalikes(incidents[:10], simulation.labels),
        "risk": 0.0,
        "incidents": len(incidents),
        "events/s": round(len(simulation.deliveries) / seconds),
    }


def _scan(simulation: Simulation) -> list[Row]:
    with TemporaryDirectory() as folder:
        recording, networks = Path(folder, "month.ndjson.gz"), Path(folder, "networks.csv")
        recording.write_bytes(gzip.compress("\n".join(map(json.dumps, simulation.deliveries)).encode(), 1))
        networks.write_text("\n".join(simulation.networks()) + "\n", encoding="utf-8")
        command = [str(Path(sys.executable).with_name("unwonted")), "scan", str(recording), "--networks", str(networks)]
        printed = subprocess.run([*command, "--format", "json"], capture_output=True, check=True).stdout
    return list(json.loads(printed)["incidents"])


def _rank(incidents: list[Row], refs: set[str]) -> tuple[int, Row | None]:
    for incident in incidents:
        hits = sum(event["ref"] in refs for event in incident["events"])
        if hits >= 2 and hits >= SHARE * len(incident["events"]):
            return incident["rank"], incident
    return 0, None


def _lookalikes(incidents: list[Row], labels: dict[str, str]) -> int:
    """Count incidents that are mostly an honest look-alike."""
    mostly = [
        Counter(labels.get(event["ref"], "") for event in incident["events"]).most_common(1)[0][0]
        for incident in incidents
    ]
    return sum(label.startswith("trap:") for label in mostly)


if __name__ == "__main__":
    main()
