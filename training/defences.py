"""What stands between a training run and whoever wants to teach it that their attack is ordinary.

Two limits, both per kind of event. One actor's identical rows count only so often, so that nothing is learned by
repeating it. And one actor has only so much influence, on ordinary rows and, more tightly, on strange ones, because
those decide from where on something counts as strange. They do nothing against many actors who act together; for
that, the gate looks at what a new version would find.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from models.detector import Matrix, Scores
from models.novelty import novelty

REPEATS = 50
"""Identical rows of one actor that count."""
BANDS = ((0.0, 0.25), (0.5, 0.1), (0.8, 0.1), (0.95, 0.1))
"""From which quantile of strangeness on, up to the next, which share of the rows one actor may have at most."""
FAIR = 3.0
"""Where there are few actors, each may have so many times an equal share."""

Indexes = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]


def without_repeats(matrix: Matrix, actors: Sequence[str]) -> Flags:
    """Return which rows stay: of identical rows of one actor the first `REPEATS`."""
    seen: Counter[tuple[str, bytes]] = Counter()
    stays = np.ones(len(matrix), np.bool_)
    for i, actor in enumerate(actors):
        key = (actor, matrix[i].tobytes())
        seen[key] += 1
        stays[i] = seen[key] <= REPEATS
    return stays


def within_influence(matrix: Matrix, actors: Sequence[str]) -> Flags:
    """Return which rows stay, so that no actor has more than its share of any band of strangeness."""
    stays = np.zeros(len(matrix), np.bool_)
    if len(matrix):
        fair = FAIR / len(set(actors))
        band = _band(novelty(matrix), actors)
        for i, (_, share) in enumerate(BANDS):
            stays[_capped(np.flatnonzero(band == i), actors, max(share, fair))] = True
    return stays


def loudest(actors: Sequence[str], most: int = 5) -> tuple[float, ...]:
    """Return the shares of the actors with most rows.

    >>> loudest(["mona", "otto", "mona", "eve"])
    (0.5, 0.25, 0.25)
    """
    return tuple(count / len(actors) for _, count in Counter(actors).most_common(most))


def _band(sums: Scores, actors: Sequence[str]) -> Indexes:
    """Return each row's band of strangeness, each actor counting at most as an average one.

    Otherwise an actor who floods would lift the bands above its own flood.
    """
    counts = Counter(actors)
    average = len(actors) / len(counts)
    weights = np.array([min(1.0, average / counts[actor]) for actor in actors])
    order = np.argsort(sums, kind="stable")
    below = np.cumsum(weights[order])
    starts = sums[order[np.searchsorted(below, [start * below[-1] for start, _ in BANDS[1:]])]]
    return np.searchsorted(starts, sums, side="left")


def _capped(rows: Indexes, actors: Sequence[str], share: float) -> Indexes:
    """Return the rows that stay, each actor's spread evenly over time."""
    of: dict[str, list[int]] = {}
    for i in rows:
        of.setdefault(actors[i], []).append(int(i))
    most = _most([len(mine) for mine in of.values()], share)
    kept = [mine[int(k)] for mine in of.values() for k in _spread(len(mine), most)]
    return np.sort(np.array(kept, np.intp))


def _spread(count: int, most: int) -> Indexes:
    """Return at most so many of `count` places, evenly.

    >>> _spread(10, 4).tolist(), _spread(2, 4).tolist()
    ([0, 3, 6, 9], [0, 1])
    """
    return np.linspace(0, count - 1, min(count, most)).astype(np.intp)


def _most(counts: Sequence[int], share: float) -> int:
    """Return the most rows an actor may keep so that none has more than a share of what all keep.

    >>> _most([1000, 10, 10, 10, 10], 0.25), _most([5, 5, 5, 5], 0.3), _most([7], 1.0)
    (13, 5, 7)
    """
    most = max(counts, default=0)
    while most > 1 and most > share * sum(min(count, most) for count in counts):
        most = max(1, min(most - 1, int(share * sum(min(count, most) for count in counts))))
    return most
