"""What stands against poisoning: nobody teaches much by repeating or by being loud."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from models.novelty import novelty
from tests.training.stored import PEOPLE, ordinary, strange
from training.defences import BANDS, FAIR, REPEATS, _band, within_influence, without_repeats

COUNTS = st.lists(st.integers(1, 60), min_size=1, max_size=12)
"""Rows of each actor."""


def actors_of(counts: list[int]) -> list[str]:
    """Return an actor for each row, mixed."""
    actors = [f"user{n}" for n, count in enumerate(counts) for _ in range(count)]
    return [actors[i] for i in np.random.default_rng(0).permutation(len(actors))]


@given(counts=COUNTS, seed=st.integers(0, 1000))
def test_nobody_has_more_than_their_share(counts: list[int], seed: int) -> None:
    """In every band of strangeness no actor keeps more rows than its share of what all keep there, or than one."""
    actors = actors_of(counts)
    matrix = ordinary(len(actors), seed)
    stays = within_influence(matrix, actors)
    band = _band(novelty(matrix), actors)
    for number, (_, share) in enumerate(BANDS):
        kept = Counter(
            actor for actor, is_kept, at in zip(actors, stays, band, strict=True) if is_kept and at == number
        )
        most = max(1.0, max(share, FAIR / len(counts)) * sum(kept.values()))
        assert all(count <= most for count in kept.values())


@given(counts=COUNTS, seed=st.integers(0, 1000))
def test_everybody_is_heard(counts: list[int], seed: int) -> None:
    """The limit silences nobody: every actor keeps at least one row."""
    actors = actors_of(counts)
    stays = within_influence(ordinary(len(actors), seed), actors)
    assert {actor for actor, is_kept in zip(actors, stays, strict=True) if is_kept} == set(actors)


def test_even_crowd_keeps_all() -> None:
    """Where everybody does about as much as the others, next to nothing is removed."""
    actors = [PEOPLE[n % len(PEOPLE)] for n in range(2000)]
    assert within_influence(ordinary(2000), actors).mean() > 0.99


def test_flood_is_cut_to_a_trickle() -> None:
    """A third of all rows, strange and by one actor, is cut to less than a tenth of what it would be."""
    matrix = np.concatenate([ordinary(2000), strange(1000)])
    actors = [PEOPLE[n % len(PEOPLE)] for n in range(2000)] + ["mallory"] * 1000
    stays = within_influence(matrix, actors)
    assert stays[2000:].sum() < 100
    assert stays[:2000].mean() > 0.99


def test_what_is_kept_is_spread_over_time() -> None:
    """Of a flood the rows that stay are not its newest or its oldest."""
    matrix = np.concatenate([ordinary(2000), strange(1000)])
    actors = [PEOPLE[n % len(PEOPLE)] for n in range(2000)] + ["mallory"] * 1000
    kept = np.flatnonzero(within_influence(matrix, actors)[2000:])
    assert kept.min() < 100
    assert kept.max() > 900


def test_repeats_count_so_often() -> None:
    """The same row by the same actor counts fifty times; by another it counts again."""
    matrix = np.repeat(strange(1), 2 * REPEATS + 1, axis=0)
    actors = ["mallory"] * (REPEATS + 1) + ["otto"] * REPEATS
    stays = without_repeats(matrix, actors)
    assert stays.sum() == 2 * REPEATS
    assert not stays[REPEATS]


def test_nothing_is_kept_of_nothing() -> None:
    """A dataset without rows stays one."""
    assert within_influence(ordinary(0), []).sum() == 0
