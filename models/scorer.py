"""Scorer: one organisation's events in, scores and reasons out; it learns after scoring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np

from collector.event import Event, Kind
from models import history as past
from models import kernel
from models.arrays import digest_of, owned, part, prefixed
from models.baseline import Baseline, baselines_of
from models.commonness import Commonness
from models.detector import Arrays, Matrix, Scores
from models.ensemble import MEMBERS, NOVELTY, Ensemble
from models.errors import UnknownVersionError
from models.explanation import MIN_BITS, Explainer
from models.extraction import Extraction, Ints, Observations, event_time, is_state, spec_arrays
from models.feature_row import encode_many
from models.features import FEATURES
from models.features.feature import COLUMN
from models.finding import Scored
from models.history import History
from models.influence import Influence
from models.novelty import novelty
from models.novelty_tail import NoveltyTail
from models.profile import LIMITS, Profiles
from models.settled import Settled
from models.signals import raised
from models.vocabulary import Vocabulary, stable_id

TRUST = 256.0
"""Rows of a kind at which its own usual novelty weighs as much as that of all kinds."""
FINDING_BITS = 3.5
"""An event is a finding from this score on: about one event in 22."""
OWN = "own"
"""Name of what an organisation fits by itself, as it goes."""
CHUNK = 512
"""Events measured at once at most; bounds the observation arrays."""

_PARTS: dict[str, type[Profiles | Commonness | NoveltyTail | Vocabulary | Settled | Influence]] = {
    "profiles": Profiles,
    "commonness": Commonness,
    "novelty_tail": NoveltyTail,
    "vocabulary": Vocabulary,
    "settled": Settled,
    "influence": Influence,
}
"""What is learned beside the histories, each with arrays of its own."""
_ALWAYS_TOLD = [feature.is_always_told for feature in FEATURES]


class Options(TypedDict, total=False):
    """What a scorer is made with, beside what it learned."""

    organisation: str
    seed: int
    members: Sequence[str]
    maturity_s: float
    keep_rows: bool


@dataclass(frozen=True)
class _Measured:
    """A chunk of events with what the kernel measured of them."""

    events: Sequence[Event]
    observations: Observations
    matrix: Matrix
    detail: Matrix
    usual: Ints
    novelty: Scores
    rarity: Scores
    """How rare as much novelty is among events of all kinds, in bits."""


@dataclass(frozen=True)
class _Said:
    """What the ensemble said of one event."""

    bits: float
    novelty: float
    members: dict[str, float]
    row: bytes


class Scorer:
    """Measures, scores and learns, strictly in the order of the stream."""

    def __init__(
        self,
        *,
        organisation: str = "default",
        seed: int = 0,
        members: Sequence[str] = MEMBERS,
        maturity_s: float = kernel.MATURITY_S,
        keep_rows: bool = False,
    ) -> None:
        self.organisation = organisation
        self.profiles = Profiles()
        self.commonness = Commonness()
        self.novelty_tail = NoveltyTail()
        self.vocabulary = Vocabulary()
        self.settled = Settled()
        self.influence = Influence()
        self.version = OWN
        """Name of the model version that serves."""
        self._serving: Mapping[Kind, Ensemble] = {}
        self._keep_rows = keep_rows
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

    def learn_verdict(self, events: Sequence[Event], *, is_usual: bool) -> None:
        """Learn what an analyst said of events that were scored before.

        Usual (`benign`, `false_positive`): what the events showed counts as known at once, and for seen
        `kernel.SIGHTINGS` times, for everyone whose history it was measured against; and the same actor doing
        the same to the same is settled as long as nothing else is strange about it. An actor's verdicts
        mature at most `influence.CAP` events within about a month, and of each at most `kernel.MAX_MATURED`
        observations, so that nobody talks a whole organisation into new habits drop by drop.

        Not usual (`true_positive`, `test`): what was not known yet when the events came is forgotten, so that it
        stays new; what was known before stays known. Nothing of who did what to what stays settled.
        """
        while events:
            observations = self._extraction.observe(events)
            heard = events[: len(observations.times)]
            if is_usual:
                self._mature(heard)
                self.settled.add(heard, observations, self.profiles)
            else:
                self._strike(heard, observations)
                self.settled.remove(heard)
            events = events[len(heard) :]

    def serve(self, version: str, ensembles: Mapping[Kind, Ensemble] | None) -> None:
        """Let a model version score the kinds it has ensembles for, from the next event on; None lets it go.

        The organisation's own fits go on underneath at their fixed points, so that a rollback is exact.
        """
        self.version = OWN if ensembles is None else version
        self._serving = {} if ensembles is None else dict(ensembles)

    def arrays(self) -> Arrays:
        """Return everything learned, independent of how tables grew; scoring on changes none of these arrays."""
        arrays: Arrays = {"version": np.frombuffer(self.version.encode(), np.uint8)}
        for name in _PARTS:
            arrays |= prefixed(f"{name}.", getattr(self, name).arrays())
        for kind, history in self._history.items():
            arrays |= prefixed(f"history.{kind}.", history.arrays())
        return arrays

    @classmethod
    def from_arrays(
        cls,
        arrays: Arrays,
        *,
        ensembles_of: Callable[[str], Mapping[Kind, Ensemble]] | None = None,
        **options: Unpack[Options],
    ) -> Scorer:
        """Return a scorer that goes on where `arrays` was taken, to the bit; they must be of this `LAYOUT`.

        `ensembles_of` finds the model version that served then, by its name; `options` are those it was made with.
        """
        scorer = cls(**options)
        arrays = owned(arrays)
        for name, kept in _PARTS.items():
            setattr(scorer, name, kept.from_arrays(part(arrays, f"{name}.")))
        scorer._extraction = Extraction(scorer.vocabulary)
        scorer._explainer = Explainer(scorer.vocabulary)
        for kind in Kind:
            if history := part(arrays, f"history.{kind}."):
                scorer._history[kind] = History.from_arrays(history)
        version = arrays["version"].tobytes().decode()
        if version != OWN:
            scorer.serve(version, _found(version, ensembles_of))
        return scorer

    def digest(self) -> str:
        """Return a SHA-256 over everything learned, the same on every worker that read the same stream."""
        return digest_of(self.arrays())

    def baseline(self, name: str) -> list[Baseline]:
        """Return what is usual for one actor or entity, such as `user:mona` or `repo:acme/pay`, as far as is known."""
        return baselines_of(name, self.profiles, self.vocabulary)

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
        sums = novelty(matrix)
        rarity = self.novelty_tail.rank(sums, np.array([is_state(event) for event in events[:count]], np.bool_))
        return _Measured(events[:count], observations, matrix, detail, usual, sums, rarity)

    def _temper(self, events: Sequence[Event], observations: Observations, matrix: Matrix, detail: Matrix) -> None:
        event_of = np.repeat(np.arange(len(matrix)), np.diff(observations.starts))
        is_measured = np.zeros(matrix.shape, np.bool_)
        is_measured[event_of, observations.columns] = True
        is_measured[np.ix_([event.kind is Kind.COMMIT for event in events], _ALWAYS_TOLD)] = True
        self.commonness.temper(matrix, is_measured)
        matrix += 0.0  # no negative zeros: what is kept of a row leaves zeros out
        detail[:, 0] = np.minimum(detail[:, 0], matrix[event_of, observations.columns])

    def _mature(self, events: Sequence[Event]) -> None:
        allowed = [e for e in events if self.influence.allows(stable_id(str(e.actor)), event_time(e))]
        observations = self._extraction.observe(allowed)
        for samples in (kernel.SAMPLES, 0):  # what matures may change an actor's standing: known under the new one too
            done = 0
            while done < len(observations.times):
                profiles = self.profiles
                done += kernel.mature_batch(
                    profiles.baselines, profiles.values, profiles.gauges, profiles.used, self._limits,
                    observations.times[done:], observations.owners[done:], observations.starts[done:],
                    observations.columns, observations.what, observations.numbers, *self._spec, COLUMN["standing"],
                    self._maturity_s, samples,
                )  # fmt: skip
                if done < len(observations.times):
                    profiles.grow(3 * int(observations.starts[done + 1] - observations.starts[done]))

    def _strike(self, events: Sequence[Event], observations: Observations) -> None:
        ends = np.array([max(event_time(event), event.received_at) + self._maturity_s for event in events])
        kernel.strike_batch(
            self.profiles.baselines, self.profiles.values, self.profiles.used,
            observations.times, ends, observations.owners, observations.starts, observations.columns,
            observations.what, *self._spec, COLUMN["standing"], self._maturity_s,
        )  # fmt: skip

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
        packed = encode_many(measured.matrix[span.start : span.stop]) if self._keep_rows else [b""] * len(span)
        for kind in dict.fromkeys(measured.events[i].kind for i in span):
            chosen = [i for i in span if measured.events[i].kind is kind]
            history = self._history[kind]
            rows = measured.matrix[chosen]
            bits, members = self._bits(kind, rows, measured.rarity[chosen])
            for k, i in enumerate(chosen):
                by_member = {name: float(values[k]) for name, values in members.items()}
                said = _Said(float(bits[k]), float(measured.novelty[i]), by_member, packed[i - span.start])
                scored[i] = self._scored(measured, i, said)
                history.remember(rows[k])
        return [scored[i] for i in span]

    def _scored(self, measured: _Measured, i: int, said: _Said) -> Scored:
        event = measured.events[i]
        reasons = signals = raised(event)
        bits = max(said.bits, *(signal.weight for signal in signals)) if signals else said.bits
        is_settled = False
        if bits >= FINDING_BITS:
            observations, detail = measured.observations, measured.detail
            reasons += self._explainer.reasons(observations, i, detail, measured.usual)
            is_settled = bool(reasons) and self.settled.covers(event, observations, i, detail, MIN_BITS)
        is_served = event.kind in self._serving
        return Scored(
            event=event,
            score=bits,
            p_value=max(2.0**-bits, 1e-300),
            novelty=said.novelty,
            members=said.members,
            is_warm_up=not is_served and not self._history[event.kind].is_fitted,
            is_finding=bool(reasons) and not is_settled,
            model_version=self.version if is_served else OWN,
            reasons=reasons,
            row=said.row,
            settled=is_settled,
        )

    def _bits(self, kind: Kind, rows: Matrix, rarity: Scores) -> tuple[Scores, dict[str, Scores]]:
        if kind in self._serving:
            return self._serving[kind].score(rows)
        history = self._history[kind]
        if history.ensemble is None:
            return rarity, {NOVELTY: rarity}
        learned, members = history.ensemble.score(rows)
        if history.is_fitted:
            return learned, members
        share = history.fitted_rows / (history.fitted_rows + TRUST)
        return share * learned + (1.0 - share) * rarity, members

    def _fit(self, kind: Kind, at: float) -> None:
        history = self._history[kind]
        members = self._members if history.seen >= past.FIRST_FIT else (NOVELTY,)
        history.ensemble = Ensemble.fit(history.past(), self._seed, members)
        history.fitted_rows = history.seen
        history.fitted_at = at
        history.fits += 1


def _found(version: str, ensembles_of: Callable[[str], Mapping[Kind, Ensemble]] | None) -> Mapping[Kind, Ensemble]:
    if ensembles_of is None:
        raise UnknownVersionError(
            f"model version {version} served when this state was stored, and nothing says where to find it; "
            "hand over `ensembles_of`"
        )
    return ensembles_of(version)
