"""Evaluation: a challenger and the champion on the same rows, which neither the challenger's fit nor its tails saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from collector.event import Kind
from models.detector import Matrix, Scores
from models.ensemble import NOVELTY, Ensemble
from models.scorer import FINDING_BITS
from models.version import AttackQuality, KindQuality
from training.dataset import Dataset, JudgedIncident, Rows
from training.planting import plant

Ensembles = Mapping[Kind, Ensemble]


@dataclass(frozen=True)
class Evaluation:
    """What was measured."""

    kinds: dict[Kind, KindQuality]
    attacks: tuple[AttackQuality, ...]


def evaluate(dataset: Dataset, challenger: Ensembles, champion: Ensembles, seed: int) -> Evaluation:
    """Measure a challenger beside the champion.

    Where the champion has no ensemble of a kind, an organisation's own fits serve, and what they said when the events
    happened is what it is held to.
    """
    kinds = {
        kind: _kind_quality(rows, challenger[kind], champion.get(kind), seed)
        for kind, rows in dataset.held_out.items()
        if kind in challenger
    }
    return Evaluation(kinds, _attack_qualities(dataset, challenger, champion))


def _kind_quality(rows: Rows, challenger: Ensemble, champion: Ensemble | None, seed: int) -> KindQuality:
    scores = _scores(rows, challenger)
    ordinary = rows.matrix[scores <= np.median(scores)]
    planted = plant(ordinary, seed)
    return KindQuality(
        held_out=len(rows),
        finding_share=_finding_share(scores),
        champion_share=_finding_share(_scores(rows, champion)),
        planted=_finding_share(challenger.score(planted)[0]),
        planted_floor=_finding_share(challenger.member_bits(planted)[NOVELTY]),
        planted_champion=None if champion is None else _finding_share(champion.score(planted)[0]),
    )


def _attack_qualities(dataset: Dataset, challenger: Ensembles, champion: Ensembles) -> tuple[AttackQuality, ...]:
    new = _ordinary_scores(dataset, challenger)
    old = _ordinary_scores(dataset, champion)
    return tuple(
        AttackQuality(
            incident=attack.incident,
            share=_share_above(new, _strongest(attack, challenger)),
            champion_share=_share_above(old, _strongest(attack, champion)),
        )
        for attack in dataset.attacks
    )


def _ordinary_scores(dataset: Dataset, ensembles: Ensembles) -> Scores:
    parts = [_scores(rows, ensembles.get(kind)) for kind, rows in dataset.held_out.items()]
    return np.sort(np.concatenate(parts))


def _strongest(attack: JudgedIncident, ensembles: Ensembles) -> float:
    return max(float(_scores(rows, ensembles.get(kind)).max()) for kind, rows in attack.rows.items())


def _scores(rows: Rows, ensemble: Ensemble | None) -> Scores:
    return rows.scores if ensemble is None else _scored(ensemble, rows.matrix)


def _scored(ensemble: Ensemble, matrix: Matrix) -> Scores:
    scores, _ = ensemble.score(matrix)
    return scores


def _finding_share(scores: Scores) -> float:
    return float((scores >= FINDING_BITS).mean())


def _share_above(ordered: Scores, score: float) -> float:
    """Return the share of ordinary events that look at least as strange.

    >>> _share_above(np.array([1.0, 2.0, 3.0, 4.0]), 3.5)
    0.25
    """
    return float(len(ordered) - np.searchsorted(ordered, score, side="left")) / len(ordered)
