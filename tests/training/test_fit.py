"""Fitting: the same rows and seed give the same arrays, in any number of processes."""

from __future__ import annotations

import numpy as np

from collector.event import Kind
from models.arrays import digest_of
from models.ensemble import Ensemble
from tests.training.stored import ordinary
from training.fit import fit

ROWS = {Kind.ACCESS: ordinary(200), Kind.RUN: ordinary(150, seed=2)}


def digests(fitted: dict[Kind, Ensemble]) -> dict[Kind, str]:
    """Return the digest of each ensemble's arrays."""
    return {kind: digest_of(ensemble.arrays()) for kind, ensemble in fitted.items()}


def test_fits_are_the_same_in_any_number_of_processes() -> None:
    """One process or two: the arrays are the same to the byte."""
    assert digests(fit(ROWS, seed=4, jobs=1)) == digests(fit(ROWS, seed=4, jobs=2))


def test_seed_decides() -> None:
    """Another seed is another version."""
    rows = {Kind.ACCESS: ROWS[Kind.ACCESS]}
    assert digests(fit(rows, seed=4)) != digests(fit(rows, seed=5))


def test_every_kind_has_its_own() -> None:
    """Each kind's ensemble is the one that a fit of its rows alone gives."""
    fitted = fit(ROWS, seed=4, jobs=1)
    np.testing.assert_array_equal(
        fitted[Kind.RUN].score(ROWS[Kind.RUN])[0], Ensemble.fit(ROWS[Kind.RUN], 4).score(ROWS[Kind.RUN])[0]
    )
