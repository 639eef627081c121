"""What an attack is to the simulator: a name, its classes, and how it is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from collector.simulator.tape import Tape


@dataclass(frozen=True)
class Attack:
    """One way to attack an organisation, played into a day of it."""

    name: str
    classes: tuple[str, ...]
    """Numbers of the catalogue of incidents that it follows."""
    says: str
    """One sentence: what happens."""
    play: Callable[[Tape, float], float]
    """Record the attack on a day, by its midnight in UTC; return when the damage was done."""
