"""The ensemble of one kind: its members' tails in bits, and their mean."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.arrays import part, prefixed
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
        chosen = [name for name in FITTED if name in members and len(columns) > 1]
        fitted = [FITTED[name].fit(narrow, rng) for name in chosen]
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
        arrays |= prefixed("combined.", self.combined.arrays())
        for member, tail in self.tails.items():
            arrays |= prefixed(f"tail.{member}.", tail.arrays())
        for detector in self.detectors:
            arrays |= prefixed(f"detector.{detector.name}.", detector.arrays())
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Ensemble:
        """Return the ensemble that `arrays` describes."""
        members = [member for member in MEMBERS if f"tail.{member}.grid" in arrays]
        detectors = [
            FITTED[member].from_arrays(part(arrays, f"detector.{member}."))
            for member in members
            if any(name.startswith(f"detector.{member}.") for name in arrays)
        ]
        tails = {member: Tail.from_arrays(part(arrays, f"tail.{member}.")) for member in members}
        combined = Tail.from_arrays(part(arrays, "combined."))
        return cls(arrays["columns"], detectors, tails, combined, int(arrays["rows"][0]))


def _mean(parts: list[Scores]) -> Scores:
    total = parts[0].copy()
    for other in parts[1:]:  # a fixed order of additions, so that the result never depends on the batch
        total += other
    total /= len(parts)
    return total
