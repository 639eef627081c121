"""Isolation forest: fitted by pyod, served from flat arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from models.detector import Arrays, Matrix, Scores
from models.kernel import compiled

TREES = 200
SUBSAMPLE = 256


@compiled
def forest_scores(
    rows: Any, roots: Any, feature: Any, threshold: Any, left: Any, right: Any, length: Any, scale: Any
) -> Any:
    """Return isolation scores, row by row, tree by tree."""
    out = np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        depth = 0.0
        for t in range(roots.shape[0]):
            node = roots[t]
            while feature[node] >= 0:
                # float32, as scikit-learn compares
                node = left[node] if np.float32(rows[i, feature[node]]) <= threshold[node] else right[node]
            depth += length[node]
        out[i] = 2.0 ** (-depth / scale)
    return out


def expected_path(n: float) -> float:
    """Return the mean depth of an unsuccessful search among `n` rows (Liu, Ting and Zhou 2008, equation 1).

    >>> round(expected_path(256), 3)
    10.245
    """
    if n <= 1:
        return 0.0
    if n <= 2:
        return 1.0
    return 2.0 * (math.log(n - 1.0) + float(np.euler_gamma)) - 2.0 * (n - 1.0) / n


class IsolationForest:
    """Isolation forest of Liu, Ting and Zhou (2008): strange rows are cut off by few random splits."""

    name = "forest"

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays

    @classmethod
    def fit(cls, rows: Matrix, rng: np.random.Generator) -> IsolationForest:
        """Fit with pyod and flatten the trees; scores equal scikit-learn's to rounding."""
        from pyod.models.iforest import IForest  # slow to import, and only needed to fit

        forest = IForest(
            n_estimators=TREES, max_samples=min(SUBSAMPLE, len(rows)), random_state=int(rng.integers(2**31))
        )
        forest.fit(rows.astype(np.float32))
        return cls(_flatten(forest.detector_))

    def score(self, rows: Matrix) -> Scores:
        """Return scores in (0, 1); about 0.5 is ordinary."""
        a = self._arrays
        scores: Scores = forest_scores(
            rows, a["roots"], a["feature"], a["threshold"], a["left"], a["right"], a["length"], float(a["scale"][0])
        )
        return scores

    def score_fitted(self, rows: Matrix) -> Scores:
        """Return the scores of the rows it was fitted on."""
        return self.score(rows)

    def arrays(self) -> Arrays:
        """Return the flattened trees."""
        return self._arrays

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> IsolationForest:
        """Return the detector that `arrays` describes."""
        return cls(arrays)


def _flatten(forest: Any) -> Arrays:
    parts: dict[str, list[Any]] = {name: [] for name in ("roots", "feature", "threshold", "left", "right", "length")}
    offset = 0
    for estimator, used in zip(forest.estimators_, forest.estimators_features_, strict=True):
        tree = estimator.tree_
        leaf = tree.children_left < 0
        parts["roots"].append(np.array([offset]))
        parts["feature"].append(np.where(leaf, -1, used[tree.feature]))
        parts["threshold"].append(_round_down(tree.threshold))
        parts["left"].append(tree.children_left + offset)
        parts["right"].append(tree.children_right + offset)
        corrections = np.array([expected_path(float(n)) for n in tree.n_node_samples])
        parts["length"].append(np.where(leaf, _depths(tree) + corrections, 0.0))
        offset += tree.node_count
    arrays = {name: np.concatenate(part) for name, part in parts.items()}
    arrays["scale"] = np.array([len(forest.estimators_) * expected_path(float(forest.max_samples_))])
    return arrays


def _round_down(thresholds: Any) -> Any:
    """Return float32 thresholds that compare as the float64 ones do with float32 rows."""
    single = thresholds.astype(np.float32)
    return np.where(single > thresholds, np.nextafter(single, np.float32(-np.inf)), single)


def _depths(tree: Any) -> Any:
    depths = np.zeros(tree.node_count)
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                depths[child] = depths[node] + 1.0
    return depths
