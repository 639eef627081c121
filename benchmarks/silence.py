"""Silence: how soon a feed that was cut off is told, and how often one is that was not, by the history of its own.

The organisations are those of `benchmarks.judged`, which says how a half of them is chosen: the limits in
`service.watch.rhythm` were chosen on `tune`. Each source is walked through in the order of its deliveries, always
knowing no more than what had come by then; then it is cut off at eight moments of its last third.
"""

from __future__ import annotations

import gzip
import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.judged import HALF, worlds
from benchmarks.tables import tell
from collector.delivery import parse_time
from service.watch.rhythm import LEAST_DAYS, LEAST_S, Rhythm
from service.watch.slots import HOUR_S, PER_HOUR, SLOT_S, bit_of, hour_of, slot_of

DAY_S = 86_400.0
CUTS = 8
"""Moments at which each source is cut off."""
PATIENCE_S = 7 * DAY_S
ALWAYS = (1 << PER_HOUR) - 1


class Walked(NamedTuple):
    """What became of one source."""

    source: str
    days: float
    false: int
    """Silences told that ended by themselves."""
    hours: list[float]
    """From each cut until it was told; 168 where it was not within a week."""


def main() -> int:
    """Walk through every source and print what was told, by source."""
    chosen = worlds()
    if not chosen:
        return 1
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        walked = [one for some in pool.map(walk, chosen) for one in some]
    by_source: dict[str, list[Walked]] = defaultdict(list)
    for one in walked:
        by_source[one.source].append(one)
    tell("silence", [_row(name, by_source[name]) for name in sorted(by_source)] + [_row("all", walked)])
    return 0


def walk(world: Path) -> list[Walked]:
    """Return what became of each source of an organisation."""
    return [_walked(source, slots) for source, slots in sorted(_slots(world).items()) if len(slots) > 1]


def _walked(source: str, slots: Sequence[int]) -> Walked:
    days = (slots[-1] - slots[0]) * SLOT_S / DAY_S
    up = dict.fromkeys(range(slots[0] // PER_HOUR, slots[-1] // PER_HOUR + 200), ALWAYS)
    drawn = random.Random(f"{source} {slots[0]}")  # noqa: S311  # moments, no secrets
    cuts = [drawn.choice(slots[2 * len(slots) // 3 :]) for _ in range(CUTS)]
    return Walked(source, days, _false(slots, up), [_hours_until_told(slots, up, cut) for cut in cuts])


def _false(slots: Sequence[int], up: dict[int, int]) -> int:
    active: dict[int, int] = {}
    told = 0
    for slot, following in pairwise(slots):
        at = float(slot * SLOT_S)
        active[hour_of(at)] = active.get(hour_of(at), 0) | bit_of(at)
        end = float(following * SLOT_S) - 1.0
        if end - at >= LEAST_S and (slot - slots[0]) * SLOT_S >= LEAST_DAYS * DAY_S:
            told += Rhythm.learn(active, up, at).silence(at, end, up).is_unusual
    return told


def _hours_until_told(slots: Sequence[int], up: dict[int, int], cut: int) -> float:
    active: dict[int, int] = {}
    for slot in slots:
        if slot <= cut:
            at = float(slot * SLOT_S)
            active[hour_of(at)] = active.get(hour_of(at), 0) | bit_of(at)
    last = float(cut * SLOT_S)
    rhythm = Rhythm.learn(active, up, last)
    now = last + LEAST_S
    while now < last + PATIENCE_S and not rhythm.silence(last, now, up).is_unusual:
        now += SLOT_S
    return min(now - last, PATIENCE_S) / HOUR_S


def _slots(world: Path) -> dict[str, list[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for source, at in _received(world / "recording.ndjson.gz"):
        found[source].add(slot_of(at))
    return {source: sorted(slots) for source, slots in found.items()}


def _received(recording: Path) -> Iterator[tuple[str, float]]:
    with gzip.open(recording, "rt", encoding="utf-8") as lines:
        for line in lines:
            delivery = json.loads(line)
            if at := parse_time(delivery["received_at"]):
                yield delivery["source"], at


def _row(name: str, walked: Sequence[Walked]) -> dict[str, object]:
    hours = [hour for one in walked for hour in one.hours]
    return {
        "source": name,
        "half": HALF,
        "organisations": len(walked),
        "source-days": round(sum(one.days for one in walked)),
        "told, and none": sum(one.false for one in walked),
        "hours until told, median": float(median(hours)),
        "nine in ten": sorted(hours)[int(0.9 * len(hours))],
        "not within a week": sum(hour >= PATIENCE_S / HOUR_S for hour in hours),
        "cut": len(hours),
    }


if __name__ == "__main__":
    raise SystemExit(main())
