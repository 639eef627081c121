"""The ensemble of one kind: its members' tails in bits, and their mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.autoencoder import Autoencoder
from models.calibration import Tail
from models.detector import Arrays, Detector, Matrix, Scores
from models.isolation_forest import IsolationForest
from models.neighbours import Neighbours
from models.novelty import novelty

NOVELTY = "novelty"
FITTED: dict[str, type[IsolationForest | Autoencoder | Neighbours]] = {
    "forest": IsolationForest,
    "autoencoder": Autoencoder,
    "neighbours": Neighbours,
}
MEMBERS = (NOVELTY, *FITTED)
EPSILON = 1e-6


class Ensemble:
    """Calibrated detectors of one kind, combined.

    The novelty sum needs no training and is always a member; before the first fit it is the only
    one. The combination is the mean of the members' tails, itself calibrated, so that a score is
    again -log2 of a p-value.
    """

    def __init__(
        self, columns: np.ndarray, detectors: Sequence[Detector], tails: dict[str, Tail], combined: Tail, rows: int
    ) -> None:
        self.columns = columns
        self.detectors = tuple(detectors)
        self.tails = tails
        self.combined = combined
        self.rows = rows

    @classmethod
    def fit(cls, rows: Matrix, seed: int, members: Sequence[str] = MEMBERS) -> Ensemble:
        """Fit on past feature rows; with `members` of novelty alone nothing is trained."""
        rng = np.random.default_rng([seed, len(rows)])
        columns = np.flatnonzero(rows.std(axis=0) > EPSILON)
        narrow = np.ascontiguousarray(rows[:, columns])
        fitted = [FITTED[name].fit(narrow, rng) for name in members if name != NOVELTY and len(columns) > 1]
        past = {NOVELTY: novelty(rows)} if NOVELTY in members else {}
        past |= {detector.name: detector.score_fitted(narrow) for detector in fitted}
        tails = {name: Tail.fit(scores) for name, scores in past.items()}
        combined = Tail.fit(_mean([tails[name].bits(scores) for name, scores in past.items()]))
        return cls(columns, fitted, tails, combined, len(rows))

    def member_bits(self, rows: Matrix) -> dict[str, Scores]:
        """Return each member's tail of each row, in bits."""
        narrow = np.ascontiguousarray(rows[:, self.columns])
        raw = {NOVELTY: novelty(rows)} if NOVELTY in self.tails else {}
        raw |= {detector.name: detector.score(narrow) for detector in self.detectors}
        return {name: self.tails[name].bits(scores) for name, scores in raw.items()}

    def score(self, rows: Matrix) -> tuple[Scores, dict[str, Scores]]:
        """Return the ensemble's bits and each member's, one a row."""
        members = self.member_bits(rows)
        return self.combined.bits(_mean(list(members.values()))), members

    def arrays(self) -> Arrays:
        """Return everything a model version stores, under `part.name` keys."""
        arrays: Arrays = {"columns": self.columns, "rows": np.array([self.rows])}
        arrays |= {f"combined.{name}": array for name, array in self.combined.arrays().items()}
        for member, tail in self.tails.items():
            arrays |= {f"tail.{member}.{name}": array for name, array in tail.arrays().items()}
        for detector in self.detectors:
            arrays |= {f"detector.{detector.name}.{name}": array for name, array in detector.arrays().items()}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Ensemble:
        """Return the ensemble that `arrays` describes."""
        members = dict.fromkeys(name.split(".")[1] for name in arrays if name.startswith("tail."))
        detectors = [FITTED[m].from_arrays(_part(arrays, f"detector.{m}.")) for m in members if m in FITTED]
        tails = {m: Tail.from_arrays(_part(arrays, f"tail.{m}.")) for m in members}
        combined = Tail.from_arrays(_part(arrays, "combined."))
        return cls(arrays["columns"], detectors, tails, combined, int(arrays["rows"][0]))


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def _mean(parts: list[Scores]) -> Scores:
    total = parts[0].copy()
    for part in parts[1:]:  # a fixed order of additions, so that the result never depends on the batch
        total += part
    total /= len(parts)
    return total
