"""Feature rows in bytes: short, and the same again at 32 bits."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.feature_row import CELL, NOTHING, decode_many, encode, encode_many
from models.features import FEATURES

_CELLS = st.dictionaries(st.integers(0, len(FEATURES) - 1), st.floats(0, 20, width=32), max_size=20)


@given(rows=st.lists(_CELLS, max_size=8))
def test_rows_come_back(rows: list[dict[int, float]]) -> None:
    """Any rows are the same after a round trip, one by one or together, empty ones included."""
    matrix = np.zeros((len(rows), len(FEATURES)))
    for row, cells in zip(matrix, rows, strict=True):
        for column, bits in cells.items():
            row[column] = bits
    encoded = encode_many(matrix)
    assert encoded == [encode(row) for row in matrix]
    assert all(encoded)
    np.testing.assert_array_equal(decode_many(encoded), matrix)


def test_row_is_as_long_as_what_it_holds() -> None:
    """Six bytes for every cell that holds bits, and one for a row without any."""
    row = np.zeros(len(FEATURES))
    assert encode(row) == NOTHING
    row[[3, 100]] = 1.5
    assert len(encode(row)) == 2 * CELL.itemsize


def test_kept_row_that_is_missing_is_a_row_of_nothing() -> None:
    """Rows of events that were scored without keeping rows decode to nothing, so that columns stay aligned."""
    assert decode_many([b"", NOTHING]).tolist() == np.zeros((2, len(FEATURES))).tolist()
