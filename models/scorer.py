"""Scorer: one organisation's events in, scores and reasons out; it learns after scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from collector.event import Event, Kind
from models import kernel
from models.detector import Matrix
from models.ensemble import MEMBERS, NOVELTY, Ensemble
from models.explanation import Explainer
from models.extraction import Extraction, Observations, spec_arrays
from models.features import FEATURES
from models.features.feature import COLUMN, DAY_S
from models.finding import Scored
from models.novelty import novelty
from models.profile import LIMITS, Profiles
from models.vocabulary import Vocabulary

HISTORY = 8192
"""Past feature rows kept of a kind, for fits."""
FIRST_TAILS = (32, 64, 128, 256)
"""Rows of a kind at which the novelty tail alone is fitted."""
FIRST_FIT = 512
REFIT_S = 7 * DAY_S
GROWTH = 2.0
"""A refit needs a week of event time and twice as many rows: cost stays logarithmic in history."""
UNCALIBRATED_BITS = 12.0
"""Novelty that halves the p-value once, before anything is known about usual novelty."""
FINDING_BITS = 4.5
"""An event is a finding from this score on: about one event in 22."""
CHUNK = 512
"""Events measured at once at most; bounds the observation arrays."""


@dataclass
class _History:
    """Past rows of one kind, and the ensemble fitted on them."""

    rows: Matrix = field(default_factory=lambda: np.zeros((HISTORY, len(FEATURES)), np.float32))
    seen: int = 0
    ensemble: Ensemble | None = None
    fitted_rows: int = 0
    fitted_at: float = 0.0
    fits: int = 0
    warm_up: int = 0

    def past(self) -> Matrix:
        """Return the kept rows, oldest first."""
        if self.seen <= HISTORY:
            return self.rows[: self.seen].astype(np.float64)
        at = self.seen % HISTORY
        return np.concatenate([self.rows[at:], self.rows[:at]]).astype(np.float64)

    def is_due(self, seen: int, at: float) -> bool:
        """Return whether having seen so many rows is a fixed point of the stream at which to fit."""
        if seen in FIRST_TAILS or seen == FIRST_FIT:
            return True
        grown = self.fitted_rows >= FIRST_FIT and seen >= GROWTH * self.fitted_rows
        return grown and at - self.fitted_at >= REFIT_S


class Scorer:
    """Measures, scores and learns, strictly in the order of the stream."""

    def __init__(
        self,
        *,
        organisation: str = "default",
        seed: int = 0,
        members: Sequence[str] = MEMBERS,
        maturity_s: float = kernel.MATURITY_S,
    ) -> None:
        self.organisation = organisation
        self.profiles = Profiles()
        self.vocabulary = Vocabulary()
        self._seed = seed
        self._maturity_s = maturity_s
        self._members = tuple(members)
        self._extraction = Extraction(self.vocabulary)
        self._explainer = Explainer(self.vocabulary)
        self._spec = spec_arrays()
        self._history: dict[Kind, _History] = {}
        self._limits = np.array([LIMITS["baselines"], LIMITS["values"], LIMITS["gauges"]], np.int64)

    def score(self, events: Sequence[Event]) -> list[Scored]:
        """Score events in order, each before the profiles learn from it.

        Any split of the same sequence into calls gives the same bits.
        """
        out: list[Scored] = []
        while len(out) < len(events):
            out.extend(self._score_chunk(events[len(out) : len(out) + CHUNK]))
        return out

    def describe(self) -> dict[str, object]:
        """Return what was fitted, for reports."""
        kinds = {
            str(kind): {
                "rows": history.seen,
                "fits": history.fits,
                "fitted_rows": history.fitted_rows,
                "warm_up": history.warm_up,
            }
            for kind, history in sorted(self._history.items())
        }
        return {"version": self.version, "members": list(self._members), "features": len(FEATURES), "kinds": kinds}

    @property
    def version(self) -> str:
        """Name of the model version in use; a scan fits its own as it goes."""
        return "scan"

    def _score_chunk(self, events: Sequence[Event]) -> list[Scored]:
        observations = self._extraction.observe(events)
        events = events[: len(observations.times)]
        matrix, detail, usual = self._measure(observations)
        out: list[Scored] = []
        start = 0
        while start < len(events):  # between two fits many rows are scored at once
            stop, due = self._until_fit(events, observations, start)
            out.extend(self._judge(events, observations, matrix, detail, usual, range(start, stop)))
            if due is not None:
                self._fit(due, float(observations.times[stop - 1]))
            start = stop
        return out

    def _measure(self, observations: Observations) -> tuple[Matrix, Matrix, np.ndarray]:
        count = len(observations.times)
        matrix = np.zeros((count, len(FEATURES)))
        detail = np.zeros((len(observations.columns), 4))
        usual = np.zeros(len(observations.columns), np.int64)
        done = 0
        while done < count:
            profiles = self.profiles
            done += kernel.score_batch(
                profiles.baselines, profiles.values, profiles.gauges, profiles.used, self._limits,
                observations.times[done:], observations.owners[done:], observations.starts[done:],
                observations.columns, observations.what, observations.numbers, *self._spec, COLUMN["standing"], self._maturity_s,
                matrix[done:], detail, usual,
            )  # fmt: skip
            if done < count:
                profiles.grow(3 * int(observations.starts[done + 1] - observations.starts[done]))
        return matrix, detail, usual

    def _until_fit(self, events: Sequence[Event], observations: Observations, start: int) -> tuple[int, Kind | None]:
        """Return up to where rows can be scored before the next fit, and the kind that is due there."""
        seen = {kind: history.seen for kind, history in self._history.items()}
        for i in range(start, len(events)):
            kind = events[i].kind
            seen[kind] = seen.get(kind, 0) + 1
            if self._past_of(kind).is_due(seen[kind], float(observations.times[i])):
                return i + 1, kind
        return len(events), None

    def _past_of(self, kind: Kind) -> _History:
        if kind not in self._history:
            self._history[kind] = _History()
        return self._history[kind]

    def _judge(
        self,
        events: Sequence[Event],
        observations: Observations,
        matrix: Matrix,
        detail: Matrix,
        usual: np.ndarray,
        span: range,
    ) -> list[Scored]:
        bits = np.zeros(len(span))
        members: list[dict[str, float]] = [{} for _ in span]
        for kind in dict.fromkeys(events[i].kind for i in span):
            chosen = [i for i in span if events[i].kind is kind]
            history = self._history[kind]
            rows = matrix[chosen]
            kind_bits, member_bits = self._bits(history, rows)
            for k, i in enumerate(chosen):
                bits[i - span.start] = kind_bits[k]
                members[i - span.start] = {name: float(values[k]) for name, values in member_bits.items()}
                history.rows[history.seen % HISTORY] = rows[k]
                history.seen += 1
                history.warm_up += not self._is_fitted(history)
        return [
            self._scored(
                events[i], float(bits[i - span.start]), members[i - span.start], observations, detail, usual, matrix, i
            )
            for i in span
        ]

    def _scored(
        self, event: Event, bits: float, members: dict[str, float], observations: Observations, detail: Matrix,
        usual: np.ndarray, matrix: Matrix, i: int,
    ) -> Scored:  # fmt: skip
        is_finding = bits >= FINDING_BITS
        reasons = self._explainer.reasons(observations, i, detail, usual) if is_finding else ()
        return Scored(
            event=event,
            score=bits,
            p_value=max(2.0**-bits, 1e-300),
            novelty=float(novelty(matrix[i : i + 1])[0]),
            members=members,
            is_warm_up=not self._is_fitted(self._history[event.kind]),
            is_finding=is_finding and bool(reasons),
            model_version=self.version,
            reasons=reasons,
        )

    def _bits(self, history: _History, rows: Matrix) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        if history.ensemble is not None:
            return history.ensemble.score(rows)
        bits = novelty(rows) / UNCALIBRATED_BITS
        return bits, {NOVELTY: bits}

    def _is_fitted(self, history: _History) -> bool:
        return history.fitted_rows >= FIRST_FIT

    def _fit(self, kind: Kind, at: float) -> None:
        history = self._history[kind]
        members = self._members if history.seen >= FIRST_FIT else (NOVELTY,)
        history.ensemble = Ensemble.fit(history.past(), self._seed, members)
        history.fitted_rows = history.seen
        history.fitted_at = at
        history.fits += 1
