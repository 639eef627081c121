"""Re-ranking in shadow: it learns from many verdicts, holds still with few, and decides nothing."""

from __future__ import annotations

from functools import cache

import numpy as np

from collector.event import Kind
from collector.stream.entry import Verdict
from models.detector import Matrix
from models.ensemble import Ensemble
from tests.training.stored import START, ordinary
from training.dataset import JudgedIncident, Rows
from training.rerank import shadow


@cache
def ensembles() -> dict[Kind, Ensemble]:
    """Return what scores."""
    return {Kind.ACCESS: Ensemble.fit(ordinary(600), seed=0)}


def incidents(verdict: Verdict, matrix: Matrix) -> list[JudgedIncident]:
    """Return an incident for each row, all of one verdict."""
    return [
        JudgedIncident(
            f"{verdict}-{n}",
            verdict,
            {Kind.ACCESS: Rows([str(n)], ["mona"], np.array([START]), np.ones(1), row.reshape(1, -1))},
        )
        for n, row in enumerate(matrix)
    ]


def with_bits(count: int, columns: slice, bits: float, seed: int) -> Matrix:
    """Return ordinary rows that are strange in some columns."""
    rows = ordinary(count, seed)
    rows[:, columns] = bits
    return rows


def test_few_verdicts_teach_nothing() -> None:
    """With fewer than twenty verdicts of either sort nothing is fitted; they are only counted."""
    judged = incidents(Verdict.TRUE_POSITIVE, ordinary(19)) + incidents(Verdict.BENIGN, ordinary(300))
    assert shadow(judged, ensembles(), 0) == {"worth_it": 19.0, "not_worth_it": 300.0}


def test_layer_that_has_nothing_to_learn_keeps_the_order() -> None:
    """Where the score tells the two apart already, next to no pair is turned round."""
    judged = incidents(Verdict.TRUE_POSITIVE, with_bits(40, slice(0, 8), 6.0, 1))
    judged += incidents(Verdict.BENIGN, ordinary(40, seed=2))
    found = shadow(judged, ensembles(), 0)
    assert found["order_before"] == found["order_after"] == 1.0
    assert found["moved"] == 0.0


def test_verdicts_without_a_pattern_do_not_mislead() -> None:
    """Verdicts that follow nothing leave the order about as it was."""
    judged = incidents(Verdict.TRUE_POSITIVE, ordinary(60, seed=3)) + incidents(Verdict.BENIGN, ordinary(60, seed=4))
    found = shadow(judged, ensembles(), 0)
    assert abs(found["order_after"] - found["order_before"]) < 0.15


def test_shadow_is_the_same_each_time() -> None:
    """The same verdicts and seed give the same figures."""
    judged = incidents(Verdict.TEST, with_bits(30, slice(0, 2), 5.0, 5))
    judged += incidents(Verdict.FALSE_POSITIVE, ordinary(30, seed=6))
    assert shadow(judged, ensembles(), 1) == shadow(judged, ensembles(), 1)


def test_other_verdicts_say_nothing_of_the_order() -> None:
    """A duplicate, or one with too little data, is neither worth its alarm nor not."""
    judged = incidents(Verdict.DUPLICATE, ordinary(30)) + incidents(Verdict.INSUFFICIENT_DATA, ordinary(30))
    assert shadow(judged, ensembles(), 0) == {"worth_it": 0.0, "not_worth_it": 0.0}


def test_kind_without_an_ensemble_is_left_out() -> None:
    """An incident of a kind that the version says nothing of is not counted."""
    [one] = incidents(Verdict.BENIGN, ordinary(1))
    other = JudgedIncident(one.incident, one.verdict, {Kind.RUN: one.rows[Kind.ACCESS]})
    assert shadow([other], ensembles(), 0)["not_worth_it"] == 0.0
