"""Scorer: one organisation's events in, scores and reasons out; it learns after scoring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from collector.event import Event, Kind
from models import history as past
from models import kernel
from models.arrays import digest_of, owned, part, prefixed
from models.commonness import Commonness
from models.detector import Arrays, Matrix
from models.ensemble import MEMBERS, NOVELTY, Ensemble
from models.explanation import Explainer
from models.extraction import Extraction, Ints, Observations, spec_arrays
from models.features import FEATURES
from models.features.feature import COLUMN
from models.finding import Reason, Scored
from models.history import History
from models.novelty import novelty
from models.profile import LIMITS, Profiles
from models.vocabulary import Vocabulary

UNCALIBRATED_BITS = 12.0
"""Novelty that halves the p-value once, before anything is known about usual novelty."""
TRUST = 256.0
"""Rows at which what was learned of usual novelty weighs as much as that assumption."""
FINDING_BITS = 3.5
"""An event is a finding from this score on: about one event in 22."""
OWN = "own"
"""Name of what an organisation fits by itself, as it goes."""
CHUNK = 512
"""Events measured at once at most; bounds the observation arrays."""

_ALWAYS_TOLD = [feature.is_always_told for feature in FEATURES]


@dataclass(frozen=True)
class _Measured:
    """A chunk of events with what the kernel measured of them."""

    events: Sequence[Event]
    observations: Observations
    matrix: Matrix
    detail: Matrix
    usual: Ints


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
        self.commonness = Commonness()
        self.vocabulary = Vocabulary()
        self._seed = seed
        self._maturity_s = maturity_s
        self._members = tuple(members)
        self._extraction = Extraction(self.vocabulary)
        self._explainer = Explainer(self.vocabulary)
        self._spec = spec_arrays()
        self._history: dict[Kind, History] = {}
        self._limits = np.array([LIMITS["baselines"], LIMITS["values"], LIMITS["gauges"]], np.int64)

    def score(self, events: Sequence[Event]) -> list[Scored]:
        """Score events in order, each before the profiles learn from it.

        Any split of the same sequence into calls gives the same bits.
        """
        out: list[Scored] = []
        while len(out) < len(events):
            out.extend(self._score_chunk(events[len(out) : len(out) + CHUNK]))
        return out

    def arrays(self) -> Arrays:
        """Return everything learned, independent of how tables grew; scoring on changes none of these arrays."""
        arrays = prefixed("profiles.", self.profiles.arrays())
        arrays |= prefixed("commonness.", self.commonness.arrays())
        arrays |= prefixed("vocabulary.", self.vocabulary.arrays())
        for kind, history in self._history.items():
            arrays |= prefixed(f"history.{kind}.", history.arrays())
        return arrays

    @classmethod
    def from_arrays(
        cls,
        arrays: Arrays,
        *,
        organisation: str = "default",
        seed: int = 0,
        members: Sequence[str] = MEMBERS,
        maturity_s: float = kernel.MATURITY_S,
    ) -> Scorer:
        """Return a scorer that goes on where `arrays` was taken, to the bit; they must be of this `LAYOUT`."""
        scorer = cls(organisation=organisation, seed=seed, members=members, maturity_s=maturity_s)
        arrays = owned(arrays)
        scorer.profiles = Profiles.from_arrays(part(arrays, "profiles."))
        scorer.commonness = Commonness.from_arrays(part(arrays, "commonness."))
        scorer._know(Vocabulary.from_arrays(part(arrays, "vocabulary.")))  # its own class
        for kind in Kind:
            if history := part(arrays, f"history.{kind}."):
                scorer._history[kind] = History.from_arrays(history)
        return scorer

    def digest(self) -> str:
        """Return a SHA-256 over everything learned, the same on every worker that read the same stream."""
        return digest_of(self.arrays())

    def _know(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._extraction = Extraction(vocabulary)
        self._explainer = Explainer(vocabulary)

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
        """Name of the model version in use."""
        return OWN

    def _score_chunk(self, events: Sequence[Event]) -> list[Scored]:
        measured = self._measure(events)
        out: list[Scored] = []
        while len(out) < len(measured.events):  # between two fits many rows are scored at once
            start = len(out)
            stop, due = self._until_fit(measured, start)
            out.extend(self._judge(measured, range(start, stop)))
            if due is not None:
                self._fit(due, float(measured.observations.times[stop - 1]))
        return out

    def _measure(self, events: Sequence[Event]) -> _Measured:
        observations = self._extraction.observe(events)
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
                observations.columns, observations.what, observations.numbers, *self._spec, COLUMN["standing"],
                self._maturity_s, matrix[done:], detail, usual,
            )  # fmt: skip
            if done < count:
                profiles.grow(3 * int(observations.starts[done + 1] - observations.starts[done]))
        self._temper(events[:count], observations, matrix, detail)
        return _Measured(events[:count], observations, matrix, detail, usual)

    def _temper(self, events: Sequence[Event], observations: Observations, matrix: Matrix, detail: Matrix) -> None:
        event_of = np.repeat(np.arange(len(matrix)), np.diff(observations.starts))
        is_measured = np.zeros(matrix.shape, np.bool_)
        is_measured[event_of, observations.columns] = True
        is_measured[np.ix_([event.kind is Kind.COMMIT for event in events], _ALWAYS_TOLD)] = True
        self.commonness.temper(matrix, is_measured)
        matrix += 0.0  # no negative zeros: what is kept of a row leaves zeros out
        detail[:, 0] = np.minimum(detail[:, 0], matrix[event_of, observations.columns])

    def _until_fit(self, measured: _Measured, start: int) -> tuple[int, Kind | None]:
        """Return up to where rows can be scored before the next fit, and the kind that is due there."""
        seen = {kind: history.seen for kind, history in self._history.items()}
        for i in range(start, len(measured.events)):
            kind = measured.events[i].kind
            seen[kind] = seen.get(kind, 0) + 1
            if self._past_of(kind).is_due(seen[kind], float(measured.observations.times[i])):
                return i + 1, kind
        return len(measured.events), None

    def _past_of(self, kind: Kind) -> History:
        if kind not in self._history:
            self._history[kind] = History()
        return self._history[kind]

    def _judge(self, measured: _Measured, span: range) -> list[Scored]:
        scored: dict[int, Scored] = {}
        for kind in dict.fromkeys(measured.events[i].kind for i in span):
            chosen = [i for i in span if measured.events[i].kind is kind]
            history = self._history[kind]
            rows = measured.matrix[chosen]
            bits, members = self._bits(history, rows)
            sums = novelty(rows)
            for k, i in enumerate(chosen):
                by_member = {name: float(values[k]) for name, values in members.items()}
                scored[i] = self._scored(measured, i, float(bits[k]), float(sums[k]), by_member)
                history.remember(rows[k])
        return [scored[i] for i in span]

    def _scored(self, measured: _Measured, i: int, bits: float, total: float, members: dict[str, float]) -> Scored:
        event = measured.events[i]
        reasons: tuple[Reason, ...] = ()
        if bits >= FINDING_BITS:
            reasons = self._explainer.reasons(measured.observations, i, measured.detail, measured.usual)
        return Scored(
            event=event,
            score=bits,
            p_value=max(2.0**-bits, 1e-300),
            novelty=total,
            members=members,
            is_warm_up=not self._history[event.kind].is_fitted,
            is_finding=bool(reasons),
            model_version=self.version,
            reasons=reasons,
        )

    def _bits(self, history: History, rows: Matrix) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        bits = novelty(rows) / UNCALIBRATED_BITS
        if history.ensemble is None:
            return bits, {NOVELTY: bits}
        learned, members = history.ensemble.score(rows)
        if history.is_fitted:
            return learned, members
        # A first day has no novelty at all, so the second would look like a catastrophe.
        share = history.fitted_rows / (history.fitted_rows + TRUST)
        return share * learned + (1.0 - share) * bits, members

    def _fit(self, kind: Kind, at: float) -> None:
        history = self._history[kind]
        members = self._members if history.seen >= past.FIRST_FIT else (NOVELTY,)
        history.ensemble = Ensemble.fit(history.past(), self._seed, members)
        history.fitted_rows = history.seen
        history.fitted_at = at
        history.fits += 1
