"""The past of one kind of event: its newest feature rows, and the ensemble fitted on them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.arrays import part, prefixed
from models.detector import Arrays, Matrix
from models.ensemble import Ensemble
from models.feature_row import pack, unpack
from models.features import FEATURES
from models.features.feature import DAY_S

ROWS = 8192
"""Past feature rows kept of a kind, for fits."""
FIRST_TAILS = (32, 64, 128, 256)
"""Rows of a kind at which the novelty tail alone is fitted."""
FIRST_FIT = 512
REFIT_S = 7 * DAY_S
GROWTH = 2.0
"""A refit needs a week of event time and twice as many rows: cost stays logarithmic in history."""


@dataclass
class History:
    """Past rows of one kind, and the ensemble fitted on them."""

    rows: Matrix = field(default_factory=lambda: np.zeros((ROWS, len(FEATURES)), np.float32))
    seen: int = 0
    ensemble: Ensemble | None = None
    fitted_rows: int = 0
    fitted_at: float = 0.0
    fits: int = 0
    warm_up: int = 0

    def past(self) -> Matrix:
        """Return the kept rows, oldest first."""
        if self.seen <= ROWS:
            return self.rows[: self.seen].astype(np.float64)
        at = self.seen % ROWS
        return np.concatenate([self.rows[at:], self.rows[:at]]).astype(np.float64)

    def remember(self, row: Matrix) -> None:
        """Keep a row that was just scored, over the oldest."""
        self.rows[self.seen % ROWS] = row
        self.seen += 1
        self.warm_up += not self.is_fitted

    @property
    def is_fitted(self) -> bool:
        """Return whether the whole ensemble serves, not only novelty."""
        return self.fitted_rows >= FIRST_FIT

    def is_due(self, seen: int, at: float) -> bool:
        """Return whether having seen so many rows is a fixed point of the stream at which to fit."""
        if seen in FIRST_TAILS or seen == FIRST_FIT:
            return True
        grown = self.fitted_rows >= FIRST_FIT and seen >= GROWTH * self.fitted_rows
        return grown and at - self.fitted_at >= REFIT_S

    def arrays(self) -> Arrays:
        """Return everything that is kept of this kind."""
        cells, lengths = pack(self.past())
        arrays: Arrays = {
            "cells": cells,
            "lengths": lengths,
            "counts": np.array([self.seen, self.fitted_rows, self.fits, self.warm_up], np.int64),
            "fitted_at": np.array([self.fitted_at]),
        }
        return arrays | (prefixed("ensemble.", self.ensemble.arrays()) if self.ensemble else {})

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> History:
        """Return the history that `arrays` describes."""
        seen, fitted_rows, fits, warm_up = arrays["counts"].tolist()
        history = cls(
            seen=seen, fitted_rows=fitted_rows, fits=fits, warm_up=warm_up, fitted_at=float(arrays["fitted_at"][0])
        )
        past = unpack(arrays["cells"], arrays["lengths"])
        history.rows[np.arange(seen - len(past), seen) % ROWS] = past
        ensemble = part(arrays, "ensemble.")
        history.ensemble = Ensemble.from_arrays(ensemble) if ensemble else None
        return history
