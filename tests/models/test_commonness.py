"""How common a feature's surprise is caps what it may cost."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.commonness import Commonness
from models.features import FEATURES


def _rows(bits: list[float]) -> tuple[np.ndarray, np.ndarray]:
    matrix = np.zeros((len(bits), len(FEATURES)))
    matrix[:, 0] = bits
    measured = np.zeros(matrix.shape, np.bool_)
    measured[:, 0] = True
    return matrix, measured


def test_daily_surprise_costs_little() -> None:
    """A surprise of ten bits that every second event shows is worth about one bit."""
    matrix, measured = _rows([10.0, 0.0] * 500)
    Commonness().temper(matrix, measured)
    assert 0.8 < matrix[-2, 0] < 1.2


def test_rare_surprise_keeps_its_bits() -> None:
    """What a thousand events never showed keeps what the entity's own history says."""
    matrix, measured = _rows([1.0] * 1000 + [9.0])
    Commonness().temper(matrix, measured)
    assert matrix[-1, 0] == 9.0


@given(st.lists(st.floats(0.0, 30.0), min_size=2, max_size=60), st.integers(1, 59))
def test_split_changes_nothing(bits: list[float], at: int) -> None:
    """Two calls give the same bits as one, and never more than were there."""
    whole, measured = _rows(bits)
    Commonness().temper(whole, measured)
    parts, measured = _rows(bits)
    split = Commonness()
    split.temper(parts[:at], measured[:at])
    split.temper(parts[at:], measured[at:])
    assert parts.tobytes() == whole.tobytes()
    assert (whole[:, 0] <= np.array(bits)).all()
    assert (whole >= 0.0).all()
