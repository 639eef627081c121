"""What a job printed is counted by runs, ages with them, and is bounded."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from service.printed.history import HALF_RUNS, MAX_SHAPES, History, Table

_ALWAYS = 1 << 32
_runs = st.lists(st.sets(st.integers(0, 30), max_size=12), max_size=HALF_RUNS - 1)


def _keys(*numbers: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(numbers, np.uint64)


@given(_runs)
def test_a_table_counts_the_runs_that_printed_a_shape(runs: list[set[int]]) -> None:
    """As a plain count would."""
    table = Table(MAX_SHAPES)
    for number, printed in enumerate(runs, 1):
        table.learn(_keys(*printed), 4, number, number)
    counted = table.counts(_keys(*range(31)), len(runs), _ALWAYS)
    assert counted.tolist() == [4 * sum(key in printed for printed in runs) for key in range(31)]


def test_what_came_too_late_counts_nothing() -> None:
    """A shape is known from the time on that it was first printed at."""
    table = Table(MAX_SHAPES)
    table.learn(_keys(7), 4, 1, 1000)
    assert (table.counts(_keys(7), 1, 999).tolist(), table.counts(_keys(7), 1, 1000).tolist()) == ([0], [4])


def test_what_was_printed_long_ago_is_forgotten() -> None:
    """It halves whenever the weight of all runs does, down to nothing."""
    table = Table(MAX_SHAPES)
    table.learn(_keys(7), 4, 1, 1000)
    told = [int(table.counts(_keys(7), run, _ALWAYS)[0]) for run in (1, HALF_RUNS, 2 * HALF_RUNS, 3 * HALF_RUNS)]
    assert told == [4, 2, 1, 0]


def test_a_full_table_forgets_what_was_not_printed_for_longest() -> None:
    """The newest stay, and no more than there is room for."""
    table = Table(100)
    for run in range(1, 60):
        table.learn(_keys(*range(run * 10, run * 10 + 10)), 4, run, run)
        assert len(table) <= 100
    assert table.counts(_keys(10, 590), 60, _ALWAYS).tolist() == [0, 4]


def test_a_share_of_runs_is_at_most_all() -> None:
    """What every run prints has the weight of all runs, also after they were halved."""
    history = History("job")
    for run in range(3 * HALF_RUNS):
        history.learn(_keys(7), _keys(), 4, run)
        assert history.shapes.counts(_keys(7), history.runs, _ALWAYS).tolist() == [history.weight]
