"""Poisoned training: what a version still finds when accounts flood the history with what they want to be ordinary.

The rows are those of a simulated month. Into the part that is learned from, rows are put that are strange in the very
way that is planted later to judge the version: the worst that an attacker who knows the gate can do.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.tables import tell
from collector.event import Kind
from collector.networks import Networks
from collector.recognise import open_sources
from collector.simulator import play
from models.feature_row import decode_many
from models.finding import Scored
from models.scorer import Scorer
from training.dataset import FEWEST, HELD_OUT, Dataset, Rows, defended
from training.evaluation import evaluate
from training.fit import fit
from training.gate import judge
from training.planting import PLANTED, plant

SEED = 21
FLOODS = ((0.0, 1), (0.02, 1), (0.1, 1), (0.3, 1), (0.1, 5), (0.1, 100), (0.02, 100))
"""Share of all rows that the flood makes up in the end, and how many accounts take part."""


def main() -> None:
    """Fit on each flooded history, with and without the limits on influence, and tell what the gate says."""
    rows = _month()
    tell("poisoning", [row for share, accounts in FLOODS for row in _poisoned(rows, share, accounts)])


def _poisoned(rows: dict[Kind, Rows], share: float, accounts: int) -> Iterator[dict[str, object]]:
    cut = {kind: len(mine) - int(len(mine) * HELD_OUT) for kind, mine in rows.items()}
    old = {kind: _flooded(_part(mine, 0, cut[kind]), share, accounts) for kind, mine in rows.items()}
    held_out = {kind: _part(mine, cut[kind], len(mine)) for kind, mine in rows.items()}
    for is_limited in (False, True):
        learned = {kind: defended(mine)[0] if is_limited else mine for kind, mine in old.items()}
        dataset = Dataset("default", 0, 0, 0.0, 0.0, learned, held_out, [], {}, {})
        found = evaluate(dataset, fit({kind: mine.matrix for kind, mine in learned.items()}, SEED), {}, SEED)
        yield {
            "flood": f"{share:.0%} by {accounts}" if share else "none",
            "limits": "yes" if is_limited else "no",
            **{f"found: {kind}": quality.planted or 0.0 for kind, quality in found.kinds.items()},
            "gate": "passed" if judge(found).passed else "refused",
        }


def _flooded(rows: Rows, share: float, accounts: int) -> Rows:
    count = int(len(rows) * share / (1.0 - share))
    parts = [plant(rows.matrix, SEED + 1 + n) for n in range(count // PLANTED + 1)]
    half = len(rows) // 2
    return replace(
        rows,
        ids=[*rows.ids[:half], *(f"flood-{n}" for n in range(count)), *rows.ids[half:]],
        actors=[*rows.actors[:half], *(f"user:mallory{n % accounts}" for n in range(count)), *rows.actors[half:]],
        times=np.insert(rows.times, half, np.full(count, rows.times[half])),
        scores=np.insert(rows.scores, half, np.ones(count)),
        matrix=np.concatenate([rows.matrix[:half], np.concatenate(parts)[:count], rows.matrix[half:]]),
    )


def _part(rows: Rows, start: int, stop: int) -> Rows:
    places = np.arange(len(rows))
    return rows.chosen((places >= start) & (places < stop))


def _month() -> dict[Kind, Rows]:
    simulation = play(seed=SEED)
    with TemporaryDirectory() as folder:
        recording, networks = Path(folder, "month.ndjson.gz"), Path(folder, "networks.csv")
        recording.write_bytes(gzip.compress("\n".join(map(json.dumps, simulation.deliveries)).encode(), 1))
        networks.write_text("\n".join(simulation.networks()) + "\n", encoding="utf-8")
        [reading] = open_sources([recording], networks=Networks.read(networks))
        events = sorted(reading.events(), key=lambda event: event.received_at)
    scored = [one for one in Scorer(keep_rows=True).score(events) if not one.is_warm_up]
    found = {kind: _rows([one for one in scored if one.event.kind is kind]) for kind in Kind}
    return {kind: mine for kind, mine in found.items() if len(mine) >= FEWEST}


def _rows(scored: list[Scored]) -> Rows:
    return Rows(
        [one.event.id for one in scored],
        [str(one.event.actor) for one in scored],
        np.array([one.event.observed_at for one in scored]),
        np.array([one.score for one in scored]),
        decode_many([one.row for one in scored]),
    )


if __name__ == "__main__":
    main()
