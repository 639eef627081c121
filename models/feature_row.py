"""Feature rows in few bytes: of more than a hundred cells a dozen hold bits, and only those are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from models.detector import Matrix
from models.features import FEATURES

CELL = np.dtype([("column", "<u2"), ("bits", "<f4")])
NOTHING = b"\0"
"""A row without any bits; no bytes at all mean that no row was kept."""

Cells = npt.NDArray[np.void]
Lengths = npt.NDArray[np.int64]


def pack(matrix: npt.NDArray[Any]) -> tuple[Cells, Lengths]:
    """Return the cells that hold bits, row after row, and how many each row has."""
    row_of, column_of = np.nonzero(matrix)
    cells = np.empty(len(row_of), CELL)
    cells["column"] = column_of
    cells["bits"] = matrix[row_of, column_of]
    return cells, np.bincount(row_of, minlength=len(matrix)).astype(np.int64)


def unpack(cells: Cells, lengths: Lengths) -> Matrix:
    """Return the rows that `pack` wrote, at the precision of 32 bits."""
    matrix = np.zeros((len(lengths), len(FEATURES)))
    matrix[np.repeat(np.arange(len(lengths)), lengths), cells["column"]] = cells["bits"]
    return matrix


def encode_many(matrix: npt.NDArray[Any]) -> list[bytes]:
    """Return each row of a matrix in bytes, in one go for all rows.

    >>> rows = encode_many(np.eye(2, len(FEATURES)))
    >>> [len(row) for row in rows], bool((decode_many(rows) == np.eye(2, len(FEATURES))).all())
    ([6, 6], True)
    """
    cells, lengths = pack(matrix)
    whole = cells.tobytes()
    ends = (np.cumsum(lengths) * CELL.itemsize).tolist()
    return [whole[start:end] or NOTHING for start, end in zip([0, *ends], ends, strict=False)]


def encode(row: npt.NDArray[Any]) -> bytes:
    """Return one feature row in bytes."""
    return encode_many(row.reshape(1, -1))[0]


def decode_many(rows: Sequence[bytes]) -> Matrix:
    """Return the feature rows behind bytes that `encode` or `encode_many` wrote, in order."""
    lengths = np.array([len(row) // CELL.itemsize for row in rows], np.int64)
    cells = np.frombuffer(b"".join(row for row in rows if row != NOTHING), CELL)
    return unpack(cells, lengths)
