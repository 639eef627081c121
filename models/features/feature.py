"""Feature: one named number of the feature vector, declared as data.

A feature says *which value* of an event is measured *against whose history*. The history is a
ladder of owners: the entity itself, then its peers, then everyone. The same declaration drives the
compiled kernel, the explanation in words and the catalogue in the documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from collector.event import Kind
from models import kernel

OWNERS = (
    "none",
    "population",
    "actor",
    "actor_type",
    "standing",
    "repo",
    "namespace",
    "workflow",
    "job",
    "token",
    "network",
    "agent",
    "action",
    "entity",
    "entity_type",
    "trigger",
    "subject",
    "runner",
    "target",
    "role",
    "author_name",
    "source",
)
"""Whose history a value is measured against, in the order of the kernel's owner columns.

`standing` is how well an actor is known (newcomer to regular); `namespace` is a repository's
owner; `subject` is a message or title with names and numbers masked.
"""
COLUMN = {name: i for i, name in enumerate(OWNERS)}

DAY_S = 86400.0
ACTS = frozenset(Kind) - {Kind.RUN, Kind.LOG}
"""Kinds in which the actor acts; runs and logs follow from acts, so they say nothing more of the actor's habits."""
NOT_COMMITS = frozenset(Kind) - {Kind.COMMIT}
"""A commit has features of its own for who made it and when: half of a history's events are merges, and years pass."""


class Measure(IntEnum):
    """How an observation becomes bits."""

    CATEGORICAL = kernel.CATEGORICAL
    NUMBER = kernel.NUMBER
    RATE = kernel.RATE
    GAP = kernel.GAP


@dataclass(frozen=True)
class Feature:
    """One column of the feature vector."""

    name: str
    family: str
    """Facts of one family tell of the same thing; corroboration counts families, not features."""
    value: str
    """Name of the link, fact, number or derived value that is measured."""
    owners: tuple[str, ...]
    """The ladder, nearest first; `a+b` is a pair, such as one actor in one repository."""
    phrase: str
    """What an analyst reads; may name {value}, {owner}, {n}, {usual}, {times}."""
    measure: Measure = Measure.CATEGORICAL
    kinds: frozenset[Kind] | None = None
    """Kinds of event it is measured on; all where None."""
    cap: float = 12.0
    """Most bits one fact may cost, so that no single fact decides."""
    half_life_s: float = 60 * DAY_S
    floor: float = 0.35
    """Smallest spread assumed of a number, in the unit it is measured in (log2)."""
    window_s: float = 3600.0
    """Time constant of a rate."""
    of: str = ""
    """For rates: count only new values of this feature. For sequences: the feature that is followed."""
    one_sided: bool = False
    unit: str = ""
    quiet: frozenset[str] = frozenset()
    """Values that are learned but never count: to sign, or to ask for a review, is no reason to worry."""
    absent: str = ""
    """Value that stands for a missing fact, so that having it at all is rare where it is; quiet itself."""
    of_state: bool = False
    """Measured on what a place pins as well. That is no act: it follows from one that is measured itself, and what is
    usual of acts, whose, when and how often, would only say the same again."""

    @property
    def is_always_told(self) -> bool:
        """Whether a missing fact says something: a commit tells everything, so what it lacks it did not do."""
        return self.kinds == frozenset({Kind.COMMIT})

    def ladder(self) -> tuple[tuple[int, int], ...]:
        """Return the owner columns of the three rungs, (0, 0) where a rung is missing."""
        rungs = [tuple(COLUMN[part] for part in owner.split("+")) for owner in self.owners]
        pairs = [(rung[0], rung[1] if len(rung) > 1 else 0) for rung in rungs]
        return tuple(pairs + [(0, 0)] * (3 - len(pairs)))
