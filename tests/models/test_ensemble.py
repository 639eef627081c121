"""The ensemble of a kind: novelty beside what was fitted, as bits."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from models.detector import Matrix
from models.ensemble import MEMBERS, NOVELTY, Ensemble
from models.features import FAMILIES, FEATURES
from models.novelty import ECHO, novelty

_USED = 14


def _rows(count: int, seed: int) -> Matrix:
    rng = np.random.default_rng(seed)
    rows = np.zeros((count, len(FEATURES)))
    rows[:, :_USED] = np.where(rng.random((count, _USED)) < 0.2, rng.exponential(1.5, (count, _USED)), 0.0)
    return rows


@cache
def _ensemble() -> Ensemble:
    return Ensemble.fit(_rows(512, 1), seed=3)


def test_ensemble_survives_storing() -> None:
    """An ensemble restored from its arrays gives the same bits, as a whole and a member."""
    rows = _rows(30, 2)
    score, members = _ensemble().score(rows)
    again, members_again = Ensemble.from_arrays(_ensemble().arrays()).score(rows)
    np.testing.assert_array_equal(again, score)
    assert list(members) == list(members_again) == list(MEMBERS)
    for name, bits in members.items():
        np.testing.assert_array_equal(members_again[name], bits)


def test_same_rows_and_seed_fit_the_same() -> None:
    """A fit depends on nothing but its rows and the seed."""
    again = Ensemble.fit(_rows(512, 1), seed=3).arrays()
    assert all(np.array_equal(array, again[name]) for name, array in _ensemble().arrays().items())


def test_row_is_independent_of_its_batch() -> None:
    """A row has the same bits alone and among others."""
    rows = _rows(20, 4)
    alone = [_ensemble().score(rows[i : i + 1])[0][0] for i in range(len(rows))]
    np.testing.assert_array_equal(alone, _ensemble().score(rows)[0])


def test_score_is_a_tail() -> None:
    """About one past row in 2^b scores b bits or more."""
    score, _ = _ensemble().score(_rows(4000, 5))
    assert 0.15 < (score >= 2.0).mean() < 0.4
    assert (score >= 7.0).mean() < 0.05


def test_stranger_rows_score_higher() -> None:
    """Bits in many columns are stranger than all ordinary rows."""
    strange = np.zeros((1, len(FEATURES)))
    strange[:, :_USED] = 10.0
    assert _ensemble().score(strange)[0][0] > _ensemble().score(_rows(500, 6))[0].max()


def test_news_in_a_column_that_never_varied_counts() -> None:
    """A feature that was zero in all of the past is no blind spot: the novelty sum sees it."""
    row = np.zeros((2, len(FEATURES)))
    row[1, _USED + 3] = 12.0
    quiet, odd = _ensemble().score(row)[0]
    assert odd > quiet + 1.0


@pytest.mark.parametrize("members", [(NOVELTY,), MEMBERS])
def test_rows_without_any_bits_fit(members: tuple[str, ...]) -> None:
    """A past in which nothing was ever strange gives an ensemble too."""
    ensemble = Ensemble.fit(np.zeros((64, len(FEATURES))), seed=0, members=members)
    quiet, odd = ensemble.score(np.vstack([np.zeros(len(FEATURES)), np.full(len(FEATURES), 5.0)]))[0]
    assert 0.0 <= quiet < odd < np.inf


def test_novelty_counts_families() -> None:
    """The strongest feature of a family counts whole, its others an echo; families add up."""
    family = next(name for name in FAMILIES if sum(feature.family == name for feature in FEATURES) >= 2)
    one, two = [i for i, feature in enumerate(FEATURES) if feature.family == family][:2]
    other = next(i for i, feature in enumerate(FEATURES) if feature.family != family)
    row = np.zeros((1, len(FEATURES)))
    row[0, [one, two, other]] = 8.0, 4.0, 3.0
    assert novelty(row)[0] == 8.0 + ECHO * 4.0 + 3.0
