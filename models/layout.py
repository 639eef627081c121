"""The layout of what is learned: state written with another layout is refused, and rebuilt from the stream."""

from __future__ import annotations

import hashlib

from models import commonness, kernel, novelty_tail
from models.feature_row import CELL
from models.features import layout_hash
from models.history import ROWS
from models.influence import SPENT
from models.profile import BASELINE, GAUGE, VALUE
from models.settled import AMOUNT

FORMAT = 4
"""Grows with every change of meaning that the tables and the feature registry do not show by themselves."""


def _layout() -> str:
    dtypes = [dtype.descr for dtype in (BASELINE, VALUE, GAUGE, CELL, AMOUNT, SPENT)]
    bins = (commonness.BINS, commonness.WIDTH, commonness.HALF_LIFE, novelty_tail.BINS, novelty_tail.WIDTH)
    sizes = (kernel.TOP, kernel.RING, *bins, ROWS)
    text = repr((FORMAT, dtypes, sizes, layout_hash()))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


LAYOUT: str = _layout()
"""Stands on every snapshot and feature row."""
