"""Denoising autoencoder: fitted by scikit-learn, served from plain weights."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from models.detector import Arrays, Matrix, Scaling, Scores
from models.kernel import compiled

ROWS = 4000
"""Most rows it is fitted on; more cost time and bring nothing measurable."""
HIDDEN = (64, 24, 64)
SWAPPED = 0.15
"""Share of cells replaced by another row's, so that the net must learn how columns hang together."""
ERROR_CAP = 1e4


@compiled
def layer(x: Any, weights: Any, bias: Any, squash: Any, out: Any) -> None:
    """Compute one dense layer for one row; the inner loop runs over outputs, so no sum is reordered."""
    for j in range(bias.shape[0]):
        out[j] = bias[j]
    for i in range(weights.shape[0]):
        for j in range(bias.shape[0]):
            out[j] += x[i] * weights[i, j]
    if squash:
        for j in range(bias.shape[0]):
            out[j] = np.tanh(out[j])


@compiled
def reconstruction_errors(
    rows: Any, w0: Any, b0: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any, scale: Any
) -> Any:
    """Return the scaled squared error of every cell."""
    errors = np.empty(rows.shape)
    h0, h1, h2 = np.empty(b0.shape[0]), np.empty(b1.shape[0]), np.empty(b2.shape[0])
    out = np.empty(b3.shape[0])
    for i in range(rows.shape[0]):
        layer(rows[i], w0, b0, True, h0)
        layer(h0, w1, b1, True, h1)
        layer(h1, w2, b2, True, h2)
        layer(h2, w3, b3, False, out)
        for c in range(rows.shape[1]):
            miss = (rows[i, c] - out[c]) / scale[c]
            errors[i, c] = min(miss * miss, 1e4)
    return errors


@compiled
def row_means(errors: Any) -> Any:
    """Return the mean of each row, summed left to right."""
    out = np.empty(errors.shape[0])
    for i in range(errors.shape[0]):
        total = 0.0
        for c in range(errors.shape[1]):
            total += errors[i, c]
        out[i] = total / errors.shape[1]
    return out


class Autoencoder:
    """Denoising autoencoder (Vincent et al. 2008) with swap noise; the error per column is scaled by its usual size."""

    name = "autoencoder"

    def __init__(self, scaling: Scaling, weights: Arrays) -> None:
        self.scaling = scaling
        self._weights = weights

    @classmethod
    def fit(cls, rows: Matrix, rng: np.random.Generator) -> Autoencoder:
        """Fit on at most `ROWS` past rows, half the newest and half a sample of the older."""
        scaling = Scaling.fit(rows)
        clean = scaling.apply(_newest_and_sample(rows, rng))
        net = _fit_net(_swap(clean, rng), clean, int(rng.integers(2**31)))
        weights = {f"w{i}": np.ascontiguousarray(w) for i, w in enumerate(net.coefs_)}
        weights |= {f"b{i}": np.ascontiguousarray(b) for i, b in enumerate(net.intercepts_)}
        weights["scale"] = np.ones(clean.shape[1])
        detector = cls(scaling, weights)
        raw = np.sqrt(detector.errors(clean))
        ceiling = np.quantile(raw, 0.95, axis=0)
        weights["scale"] = np.maximum(np.sqrt((np.minimum(raw, ceiling) ** 2).mean(axis=0)), 0.05)
        return detector

    def errors(self, scaled: Matrix) -> Matrix:
        """Return the error of every cell of scaled rows."""
        w = self._weights
        out: Matrix = reconstruction_errors(
            scaled, w["w0"], w["b0"], w["w1"], w["b1"], w["w2"], w["b2"], w["w3"], w["b3"], w["scale"]
        )
        return out

    def score(self, rows: Matrix) -> Scores:
        """Return the mean scaled error of each row."""
        scores: Scores = row_means(self.errors(self.scaling.apply(rows)))
        return scores

    def score_fitted(self, rows: Matrix) -> Scores:
        """Return the scores of the rows it was fitted on."""
        return self.score(rows)

    def arrays(self) -> Arrays:
        """Return scale and weights."""
        return {"mean": self.scaling.mean, "spread": self.scaling.spread, **self._weights}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Autoencoder:
        """Return the detector that `arrays` describes."""
        weights = {name: array for name, array in arrays.items() if name not in ("mean", "spread")}
        return cls(Scaling(arrays["mean"], arrays["spread"]), weights)


def _newest_and_sample(rows: Matrix, rng: np.random.Generator) -> Matrix:
    if len(rows) <= ROWS:
        return rows
    older = rng.choice(len(rows) - ROWS // 2, ROWS // 2, replace=False)
    return np.concatenate([rows[np.sort(older)], rows[-(ROWS // 2) :]])


def _swap(clean: Matrix, rng: np.random.Generator) -> Matrix:
    donors = rng.integers(0, len(clean), clean.shape)
    swapped = rng.random(clean.shape) < SWAPPED
    return np.where(swapped, np.take_along_axis(clean, donors, axis=0), clean)


def _fit_net(noisy: Matrix, clean: Matrix, seed: int) -> Any:
    from sklearn.exceptions import ConvergenceWarning  # slow to import, and only needed to fit
    from sklearn.neural_network import MLPRegressor
    from threadpoolctl import threadpool_limits

    net = MLPRegressor(
        hidden_layer_sizes=HIDDEN,
        activation="tanh",
        alpha=1e-5,
        batch_size=min(256, len(clean) * 9 // 10),  # a tenth is held out
        learning_rate_init=3e-3,
        max_iter=30,
        early_stopping=len(clean) >= 200,
        validation_fraction=0.1,
        n_iter_no_change=4,
        tol=1e-4,
        random_state=seed,
    )
    # One thread: with more the weights' last bits, and so all scores, depend on how many cores a machine has;
    # and at this size threads cost more than they bring.
    with warnings.catch_warnings(), threadpool_limits(limits=1, user_api="blas"):
        warnings.simplefilter("ignore", ConvergenceWarning)  # a good enough net in bounded time is what is wanted
        net.fit(noisy, clean)
    return net
