"""Re-ranking by verdicts, in shadow: what a small supervised layer would have changed; it decides nothing yet.

A logistic regression over the members' bits and the number of independent families, held close to the score that
needs no verdicts: only what many verdicts agree on moves an incident. With few verdicts there is none at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from collector.event import Kind
from collector.stream.entry import Verdict
from models.detector import Matrix, Scores
from models.ensemble import MEMBERS, Ensemble
from models.features import FAMILIES, FEATURES
from training.dataset import JudgedIncident

FEWEST = 20
"""Labels of either sort below which nothing is learned from them."""
PENALTY = 0.05
"""Inverse strength of the regularisation."""
TRUST = 10.0
"""How much less than the others the score's own weight is held down: what everything else is shrunk towards."""
STRANGE_BITS = 4.0
FOLDS = 5
WORTH_IT = frozenset({Verdict.TRUE_POSITIVE, Verdict.TEST})
NOT_WORTH_IT = frozenset({Verdict.FALSE_POSITIVE, Verdict.BENIGN})

_FAMILY = np.array([FAMILIES.index(feature.family) for feature in FEATURES])
Labels = npt.NDArray[np.bool_]


def shadow(judged: Sequence[JudgedIncident], ensembles: Mapping[Kind, Ensemble], seed: int) -> dict[str, float]:
    """Return how well incidents are ordered without and with the layer, each by verdicts the layer did not see.

    `order` is the share of pairs of one incident that was worth its alarm and one that was not in which the former
    stands above; `moved` is the share of such pairs that the layer turns round.
    """
    used = [one for one in judged if one.verdict in WORTH_IT | NOT_WORTH_IT and set(one.rows) & set(ensembles)]
    labels = np.array([one.verdict in WORTH_IT for one in used], np.bool_)
    counted = {"worth_it": float(labels.sum()), "not_worth_it": float((~labels).sum())}
    if min(counted.values()) < FEWEST:
        return counted
    inputs = np.array([_inputs(one, ensembles) for one in used])
    before, after = inputs[:, 0], _held_out(inputs, labels, seed)
    return counted | {
        "order_before": _order(before, labels),
        "order_after": _order(after, labels),
        "moved": _moved(before, after, labels),
    }


def _inputs(incident: JudgedIncident, ensembles: Mapping[Kind, Ensemble]) -> Scores:
    """Return what is known of an incident's strangest event: score, each member's bits, and strange families."""
    best: Scores | None = None
    for kind, rows in incident.rows.items():
        if kind in ensembles:
            scores, members = ensembles[kind].score(rows.matrix)
            i = int(np.argmax(scores))
            if best is None or scores[i] > best[0]:
                bits = [members[name][i] if name in members else scores[i] for name in MEMBERS]
                best = np.array([scores[i], *bits, _families(rows.matrix[i])])
    assert best is not None  # noqa: S101  # `shadow` left the others out
    return best


def _families(row: Matrix) -> float:
    return float(len(np.unique(_FAMILY[row >= STRANGE_BITS])))


def _held_out(inputs: Matrix, labels: Labels, seed: int) -> Scores:
    """Return each incident's score by a layer fitted on the others' verdicts."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict  # noqa: PLC0415  # slow to import

    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    found: Scores = cross_val_predict(_layer(), inputs, labels, cv=folds, method="decision_function")
    return found


def _layer() -> Any:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  # slow to import
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import FunctionTransformer, StandardScaler  # noqa: PLC0415

    return make_pipeline(StandardScaler(), FunctionTransformer(_trusting), LogisticRegression(C=PENALTY))


def _trusting(scaled: Matrix) -> Matrix:
    """Return the inputs with the score so large that its weight costs next to nothing."""
    larger = scaled.copy()
    larger[:, 0] *= TRUST
    return larger


def _order(scores: Scores, labels: Labels) -> float:
    """Return the share of pairs in the right order; half of the equal ones.

    >>> _order(np.array([3.0, 1.0, 2.0]), np.array([True, False, True]))
    1.0
    """
    gaps = scores[labels][:, None] - scores[~labels][None, :]
    return float((gaps > 0).mean() + 0.5 * (gaps == 0).mean())


def _moved(before: Scores, after: Scores, labels: Labels) -> float:
    first = before[labels][:, None] - before[~labels][None, :]
    second = after[labels][:, None] - after[~labels][None, :]
    return float((first * second < 0).mean())
