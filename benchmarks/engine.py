"""Events a second and core of each stage of the engine, by batch size, and its forest beside pyod's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import Any

import msgspec
import numpy as np
from pyod.models.iforest import IForest

from benchmarks.tables import tell
from collector.delivery import read_delivery
from collector.event import Event
from collector.simulator import play
from collector.sources import Context, source_named
from models import kernel
from models.detector import Matrix
from models.ensemble import Ensemble
from models.extraction import Extraction, Observations, spec_arrays
from models.features import FEATURES
from models.features.feature import COLUMN
from models.isolation_forest import SUBSAMPLE, TREES, IsolationForest
from models.profile import LIMITS, Profiles
from models.scorer import Scorer
from models.vocabulary import Vocabulary

BATCHES = (1, 100, 5000)
KNOWN = 8000
"""Events the profiles have learned, and rows the ensemble was fitted on, before anything is timed."""
TIMED = {1: 500, 100: 5000, 5000: 10_000}
"""Events timed at most, by batch size; every stage is timed on the same ones."""

Row = dict[str, object]


def main() -> None:
    """Time all stages on one simulated month and tell them."""
    events = _month()
    observations = _Kernel()
    history = observations.measure(Extraction(Vocabulary()).observe(events[:KNOWN]))
    rows = observations.measure(Extraction(Vocabulary()).observe(events[KNOWN : KNOWN + max(TIMED.values())]))
    tell("engine", [*_stages(events, history, rows), *_forests(history, rows)])


def _month() -> list[Event]:
    events: list[Event] = []
    for body in play(seed=11).deliveries:
        delivery = read_delivery(msgspec.json.encode(body))
        events += source_named(delivery.source).parse(delivery, Context())
    return events


class _Kernel:
    """The compiled loop over profiles of its own."""

    def __init__(self) -> None:
        self._profiles = Profiles()
        self._limits = np.array([LIMITS["baselines"], LIMITS["values"], LIMITS["gauges"]], np.int64)
        self._spec = spec_arrays()

    def measure(self, observations: Observations) -> Matrix:
        """Return the feature rows of a batch, and learn it."""
        matrix = np.zeros((len(observations.times), len(FEATURES)))
        detail = np.zeros((len(observations.columns), 4))
        usual = np.zeros(len(observations.columns), np.int64)
        done = 0
        while done < len(matrix):
            profiles = self._profiles
            done += kernel.score_batch(
                *profiles.tables(), profiles.used, self._limits,
                observations.times[done:], observations.owners[done:], observations.starts[done:],
                observations.columns, observations.what, observations.numbers,
                *self._spec, COLUMN["standing"], kernel.MATURITY_S,
                matrix[done:], detail, usual,
            )  # fmt: skip
            if done < len(matrix):
                profiles.grow(3 * int(observations.starts[done + 1] - observations.starts[done]))
        return matrix


def _stages(events: Sequence[Event], history: Matrix, rows: Matrix) -> Iterator[Row]:
    ensemble = Ensemble.fit(history[-4000:], seed=0)
    ensemble.score(rows[:1])
    for size in BATCHES:
        timed = events[KNOWN : KNOWN + TIMED[size]]
        extraction, profiles = Extraction(Vocabulary()), _Kernel()
        profiles.measure(extraction.observe(events[:KNOWN]))
        observed: list[Observations] = []
        yield _row("extraction", size, _rate(timed, size, lambda part: observed.append(extraction.observe(part))))  # noqa: B023  # called at once
        batch = count()
        yield _row("kernel", size, _rate(timed, size, lambda _: profiles.measure(observed[next(batch)])))  # noqa: B023  # called at once
        yield _row("ensemble", size, _rate(rows[: len(timed)], size, ensemble.score))
    yield _row("all, from nothing, with fits and reasons", size, _rate(events, size, Scorer().score))


def _forests(history: Matrix, rows: Matrix) -> Iterator[Row]:
    columns = np.flatnonzero(history.std(axis=0) > 0)
    past, new = history[-4000:, columns].copy(), rows[:, columns].copy()
    theirs = IForest(n_estimators=TREES, max_samples=SUBSAMPLE, random_state=0).fit(past)
    ours = IsolationForest.fit(past, np.random.default_rng(0))
    ours.score(new[:1])
    for size in BATCHES:
        timed = new[: TIMED[size] // (10 if size == 1 else 1)]
        fast, slow = _rate(timed, size, ours.score), _rate(timed, size, theirs.decision_function)
        yield _row("forest, compiled", size, fast, f"{fast / slow:.1f}")
        yield _row("forest, pyod decision_function", size, slow)


def _rate(items: Any, size: int, work: Callable[[Any], object]) -> float:
    """Return items a second of processor time, handed over `size` at a time."""
    began = time.process_time()
    for at in range(0, len(items), size):
        work(items[at : at + size])
    return len(items) / (time.process_time() - began)


def _row(stage: str, size: int, rate: float, times: str = "") -> Row:
    return {
        "stage": stage,
        "batch": size,
        "events/s": round(rate),
        "µs an event": round(1e6 / rate, 1),
        "times pyod": times,
    }


if __name__ == "__main__":
    main()
