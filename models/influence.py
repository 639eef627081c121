"""How much one actor's benign verdicts may teach: the cap that stands against a slow drip."""

from __future__ import annotations

import math

import numpy as np

from models.detector import Arrays
from models.features.feature import DAY_S

CAP = 64.0
"""Events of one actor that verdicts may mature, within about a `HALF_LIFE_S`."""
HALF_LIFE_S = 30 * DAY_S
MAX_ACTORS = 4096

SPENT = np.dtype([("actor", "i8"), ("events", "f8"), ("at", "f8")])


class Influence:
    """What each actor has used up of its cap, decaying with event time."""

    def __init__(self) -> None:
        self._spent: dict[int, tuple[float, float]] = {}

    def allows(self, actor: int, at: float) -> bool:
        """Return whether one more event of an actor may teach, and count it if so."""
        spent, last = self._spent.pop(actor, (0.0, at))
        now = max(at, last)
        spent *= math.exp2((last - now) / HALF_LIFE_S)
        is_allowed = spent + 1.0 <= CAP
        self._spent[actor] = (spent + is_allowed, now)
        if len(self._spent) > MAX_ACTORS:
            del self._spent[next(iter(self._spent))]
        return is_allowed

    def arrays(self) -> Arrays:
        """Return what was spent, by the actor whose verdict is longest ago first."""
        return {"spent": np.array([(actor, *spent) for actor, spent in self._spent.items()], SPENT)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Influence:
        """Return the influence that `arrays` describes."""
        influence = cls()
        influence._spent = {actor: (events, at) for actor, events, at in arrays["spent"].tolist()}
        return influence
