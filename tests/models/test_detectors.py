"""What every detector promises, and that what serves is what was fitted."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest as Original
from threadpoolctl import threadpool_limits

from models.autoencoder import Autoencoder, _fit_net
from models.detector import Matrix, Scaling, mean_of_nearest
from models.ensemble import FITTED
from models.isolation_forest import IsolationForest, _flatten
from models.neighbours import NEAREST, Neighbours

WIDTH = 10

every_detector = pytest.mark.parametrize("name", FITTED)


def _rows(count: int, seed: int) -> Matrix:
    """Return rows like feature rows: mostly zero, a few bits now and then, columns that hang together."""
    rng = np.random.default_rng(seed)
    busy = rng.random((count, 1)) < 0.3
    return np.where(rng.random((count, WIDTH)) < 0.1 + 0.5 * busy, rng.exponential(1.5, (count, WIDTH)), 0.0)


def _strange_rows(count: int) -> Matrix:
    rows = _rows(count, 99)
    rows[:, ::2] += 12.0
    return rows


@cache
def _fitted(name: str, seed: int = 0) -> IsolationForest | Autoencoder | Neighbours:
    return FITTED[name].fit(_rows(600, 1), np.random.default_rng(seed))


@every_detector
def test_stranger_rows_score_higher(name: str) -> None:
    """Rows with many bits in many columns score above nearly all ordinary ones."""
    detector = _fitted(name)
    assert detector.score(_strange_rows(20)).min() > np.quantile(detector.score(_rows(300, 2)), 0.95)


@every_detector
def test_row_is_independent_of_its_batch(name: str) -> None:
    """A row's score has the same bits alone, among others, and in any order."""
    detector, rows = _fitted(name), _rows(50, 3)
    whole = detector.score(rows)
    np.testing.assert_array_equal(np.concatenate([detector.score(rows[i : i + 1]) for i in range(len(rows))]), whole)
    np.testing.assert_array_equal(detector.score(np.ascontiguousarray(rows[::-1]))[::-1], whole)


@every_detector
def test_same_seed_fits_the_same(name: str) -> None:
    """Two fits with one seed are equal to the last bit."""
    again = FITTED[name].fit(_rows(600, 1), np.random.default_rng(0)).arrays()
    for part, array in _fitted(name).arrays().items():
        np.testing.assert_array_equal(array, again[part])


@every_detector
def test_another_seed_fits_another(name: str) -> None:
    """The generator that is passed in is the one that is used."""
    rows = np.concatenate([_rows(2000, 1), _rows(2000, 4)])
    one, two = (FITTED[name].fit(rows, np.random.default_rng(seed)).arrays() for seed in (0, 1))
    assert any(one[part].shape != two[part].shape or (one[part] != two[part]).any() for part in one)


@every_detector
def test_detector_survives_storing(name: str) -> None:
    """A detector restored from its arrays gives the same bits."""
    detector, rows = _fitted(name), _rows(40, 5)
    np.testing.assert_array_equal(FITTED[name].from_arrays(detector.arrays()).score(rows), detector.score(rows))


@every_detector
def test_arrays_need_no_pickle(name: str) -> None:
    """What a model version stores are numbers only, never Python objects."""
    assert all(array.dtype.kind in "fiu" for array in _fitted(name).arrays().values())


@every_detector
def test_extreme_rows_score_finite(name: str) -> None:
    """Absurdly large bits give a finite score."""
    assert np.isfinite(_fitted(name).score(np.full((1, WIDTH), 1e12))).all()


@every_detector
def test_fitting_leaves_rows_alone(name: str) -> None:
    """Neither fitting nor scoring writes into the rows."""
    rows = _rows(300, 6)
    before = rows.copy()
    FITTED[name].fit(rows, np.random.default_rng(0)).score(rows)
    np.testing.assert_array_equal(rows, before)


def test_compiled_forest_is_scikit_learns() -> None:
    """The flattened trees give scikit-learn's scores."""
    original = Original(n_estimators=100, max_samples=256, random_state=3).fit(_rows(800, 7).astype(np.float32))
    rows = np.concatenate([_rows(300, 8), _strange_rows(50)])
    np.testing.assert_allclose(
        IsolationForest(_flatten(original)).score(rows),
        -original.score_samples(rows.astype(np.float32)),
        rtol=0,
        atol=1e-9,
    )


def test_compiled_autoencoder_is_scikit_learns() -> None:
    """The compiled net reconstructs what scikit-learn's does."""
    clean = Scaling.fit(_rows(600, 9)).apply(_rows(600, 9))
    net = _fit_net(clean, clean, 1)
    weights = {f"w{i}": np.ascontiguousarray(w) for i, w in enumerate(net.coefs_)}
    weights |= {f"b{i}": b for i, b in enumerate(net.intercepts_)} | {"scale": np.ones(WIDTH)}
    errors = Autoencoder(Scaling.fit(clean), weights).errors(clean)
    np.testing.assert_allclose(errors, (clean - net.predict(clean)) ** 2, rtol=0, atol=1e-6)


def test_cores_do_not_matter_to_a_fit() -> None:
    """A machine with two cores fits the weights that a machine with one fits."""
    wide = np.tile(_rows(1000, 14), 9)
    weights = []
    for cores in (1, 2):
        with threadpool_limits(limits=cores, user_api="blas"):
            weights.append(Autoencoder.fit(wide, np.random.default_rng(0)).arrays())
    assert all(np.array_equal(array, weights[1][name]) for name, array in weights[0].items())


def test_nearest_are_the_nearest() -> None:
    """Mean distances are those of a full sort."""
    rows, references = _rows(60, 10), _rows(200, 11)
    distances = np.sort(np.sqrt(((rows[:, None] - references[None]) ** 2).sum(axis=2)), axis=1)
    got = mean_of_nearest(rows, references, NEAREST, False)
    np.testing.assert_allclose(got, distances[:, :NEAREST].mean(axis=1), rtol=1e-12)


def test_fitted_rows_leave_themselves_out() -> None:
    """A row that is a reference is not its own neighbour when past scores are made."""
    references = np.random.default_rng(12).normal(size=(50, WIDTH))
    distances = np.sort(np.sqrt(((references[:, None] - references[None]) ** 2).sum(axis=2)), axis=1)
    got = mean_of_nearest(references, references, NEAREST, True)
    np.testing.assert_allclose(got, distances[:, 1 : NEAREST + 1].mean(axis=1), rtol=1e-12)


def test_one_wild_column_is_clipped() -> None:
    """Scaled features are bounded, and a column that never varied does not explode."""
    scaling = Scaling.fit(np.concatenate([_rows(100, 13)[:, :3], np.zeros((100, 1))], axis=1))
    scaled = scaling.apply(np.array([[1e9, -1e9, 0.0, 1.0]]))
    np.testing.assert_array_equal(scaled[0, [0, 1, 3]], [5.0, -5.0, 1.0])
