"""Fitting a model version: one ensemble for each kind with enough rows, in parallel, the same from the same rows."""

from __future__ import annotations

from collections.abc import Mapping

from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor

from collector.event import Kind
from models.arrays import owned
from models.detector import Arrays, Matrix
from models.ensemble import Ensemble

JOBS = 2


def fit(rows: Mapping[Kind, Matrix], seed: int, jobs: int = JOBS) -> dict[Kind, Ensemble]:
    """Return the ensembles of these rows; how many jobs there are changes nothing in them."""
    if jobs == 1 or len(rows) == 1:
        fitted = [_fitted(matrix, seed) for matrix in rows.values()]
    else:
        # Processes of their own: neither their threads nor their crash reach the service. Rows are handed over whole,
        # because a mapped file is read-only, and the compiled loops are not made for that.
        with parallel_config("loky", n_jobs=min(jobs, len(rows)), inner_max_num_threads=1):
            fitted = Parallel(max_nbytes=None)(delayed(_fitted)(matrix, seed) for matrix in rows.values())
        get_reusable_executor().shutdown(wait=True)  # the next fit is a week away: they need not wait for it
    return {kind: Ensemble.from_arrays(owned(arrays)) for kind, arrays in zip(rows, fitted, strict=True)}


def _fitted(matrix: Matrix, seed: int) -> Arrays:
    return Ensemble.fit(matrix, seed).arrays()
