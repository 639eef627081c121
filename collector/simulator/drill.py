"""Drill: one attack alone, re-timed to end now, with the truth about it for whoever judges."""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from operator import itemgetter

from collector.delivery import parse_time
from collector.simulator.attacks import ATTACKS, Attack
from collector.simulator.cast import Cast
from collector.simulator.tape import Body, Tape

_REHEARSAL = 86400.0 * 20_000
"""Midnight of the day on which an attack is played to see how long it takes; any day would do."""


@dataclass(frozen=True, kw_only=True)
class StagedDrill:
    """The deliveries of an attack, ready to be sent, and what is true about them."""

    name: str
    says: str
    """One sentence: what happens."""
    classes: tuple[str, ...]
    """Numbers of the catalogue of incidents that it follows."""
    deliveries: tuple[Body, ...]
    """In the order they are received."""
    first_at: float
    """When the first is received, in seconds since 1970 UTC."""
    impact_at: float
    """When the damage is done."""
    last_at: float
    """When the last is received."""
    feeds: tuple[str, ...]
    """Sources that carry it."""
    missing_feeds: tuple[str, ...]
    """Sources that would have carried some of it, and that the organisation does not have."""


def stage(name: str, *, seed: int, now: float, cast: Cast | None = None) -> StagedDrill:
    """Return an attack whose last delivery is received now; the same arguments stage the same drill."""
    attack, cast = ATTACKS[name], cast or Cast.simulated(seed)
    rehearsed, _ = _play(attack, seed, _REHEARSAL, cast)
    tape, impact_at = _play(attack, seed, _REHEARSAL + int(now) - max(at for at, _ in rehearsed.deliveries), cast)
    received = sorted(tape.deliveries, key=itemgetter(0))
    carried = [(at, delivery) for at, delivery in received if cast.carries(delivery)]
    feeds = {delivery["source"] for _, delivery in carried}
    times = [parse_time(delivery["received_at"]) or at for at, delivery in carried] or [now]
    return StagedDrill(
        name=name,
        says=attack.says,
        classes=attack.classes,
        deliveries=tuple(delivery for _, delivery in carried),
        first_at=times[0],
        impact_at=impact_at,
        last_at=times[-1],
        feeds=tuple(sorted(feeds)),
        missing_feeds=tuple(sorted({delivery["source"] for _, delivery in received} - feeds)),
    )


def _play(attack: Attack, seed: int, day_at: float, cast: Cast) -> tuple[Tape, float]:
    """Play on a copy: an attack leaves its marks on the organisation."""
    rng = random.Random(f"{seed}:{attack.name}:drill")
    tape = Tape(copy.deepcopy(cast.organisation), rng, f"attack:{attack.name}", is_punctual=True)
    return tape, attack.play(tape, day_at)
