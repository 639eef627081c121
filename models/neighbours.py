"""Sampled nearest neighbours: how far a row lies from a thousand ordinary ones."""

from __future__ import annotations

import numpy as np

from models.detector import Arrays, Matrix, Scaling, Scores, mean_of_nearest

SAMPLE = 1024
NEAREST = 5


class Neighbours:
    """Mean distance to the five nearest of 1,024 sampled past rows, scaled and clipped.

    Sampling keeps it cheap and, like subsampled kNN in general (Sugiyama and Borgwardt 2013), costs
    little accuracy.
    """

    name = "neighbours"

    def __init__(self, scaling: Scaling, references: Matrix) -> None:
        self.scaling = scaling
        self.references = references

    @classmethod
    def fit(cls, rows: Matrix, rng: np.random.Generator) -> Neighbours:
        """Sample the references from past rows."""
        scaling = Scaling.fit(rows)
        chosen = rng.choice(len(rows), min(SAMPLE, len(rows)), replace=False)
        return cls(scaling, np.ascontiguousarray(scaling.apply(rows[np.sort(chosen)])))

    def score(self, rows: Matrix) -> Scores:
        """Return the mean distance to the nearest references."""
        scores: Scores = mean_of_nearest(self.scaling.apply(rows), self.references, NEAREST, False)
        return scores

    def score_fitted(self, rows: Matrix) -> Scores:
        """Return the scores of the rows it was fitted on, each leaving itself out."""
        scores: Scores = mean_of_nearest(self.scaling.apply(rows), self.references, NEAREST, True)
        return scores

    def arrays(self) -> Arrays:
        """Return scale and references."""
        return {"mean": self.scaling.mean, "spread": self.scaling.spread, "references": self.references}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Neighbours:
        """Return the detector that `arrays` describes."""
        return cls(Scaling(arrays["mean"], arrays["spread"]), arrays["references"])
