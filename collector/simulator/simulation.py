"""A seeded month of an invented organisation: deliveries on one side, the truth about them on the other."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from collector.simulator.attacks import ATTACKS
from collector.simulator.days import DAY, is_weekend, play_person, workday_from
from collector.simulator.lookalikes import LOOKALIKES
from collector.simulator.machines import play_administration, play_machines
from collector.simulator.organisation import Organisation, found_organisation
from collector.simulator.tape import Body, Tape, iso

START = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday."""


@dataclass(frozen=True)
class PlayedAttack:
    """An attack as it was played, for judging who saw it."""

    name: str
    classes: tuple[str, ...]
    says: str
    first_at: str
    impact_at: str
    refs: tuple[str, ...]


@dataclass(frozen=True)
class Simulation:
    """What a simulation made."""

    organisation: Organisation
    deliveries: list[Body]
    """In the order they were received."""
    labels: dict[str, str]
    """`attack:NAME` or `trap:Tnn` by ref (delivery GUID, audit document id, RUN/JOB of a log); the rest is benign."""
    attacks: list[PlayedAttack]

    def truth(self) -> dict[str, Any]:
        """Return the truth as one JSON object; it belongs beside a recording, never inside."""
        played = [
            {name: getattr(attack, name) for name in PlayedAttack.__dataclass_fields__} for attack in self.attacks
        ]
        return {"labels": self.labels, "attacks": played}

    def networks(self) -> Iterator[str]:
        """Write the lines of a networks file: who each prefix belongs to."""
        yield "prefix,asn,kind,country"
        for network in self.organisation.networks:
            yield f"{network.prefix}.0/24,{network.asn},{network.kind},{network.country}"


def simulate(seed: int = 1, days: int = 31, start: datetime = START, attacks: Iterable[str] = ()) -> Iterator[Body]:
    """Yield the deliveries of some days in the order they were received; the same seed makes the same days."""
    yield from play(seed, days, start, attacks).deliveries


def play(seed: int = 1, days: int = 31, start: datetime = START, attacks: Iterable[str] = ()) -> Simulation:
    """Play some days of an organisation, with attacks in the last third, and keep the truth.

    An attack changes nothing of what happens beside it: the benign deliveries are the same
    with it and without. Attacks need a week at least to have something to stand out from.
    """
    organisation = found_organisation(random.Random(f"{seed}:organisation"))
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    tapes = _play_days(organisation, seed, days, midnight)
    played = []
    for name in attacks:
        tape = Tape(organisation, random.Random(f"{seed}:{name}"), f"attack:{name}")
        played.append(_play_attack(tape, name, days, midnight))
        tapes.append(tape)
    received = sorted((d for tape in tapes for d in tape.deliveries), key=itemgetter(0))
    labels = {ref: tape.label for tape in tapes if tape.label for ref in tape.refs}
    return Simulation(organisation, [delivery for _, delivery in received], labels, played)


def _play_days(organisation: Organisation, seed: int, days: int, midnight: float) -> list[Tape]:
    """Play people, machines and look-alikes day by day."""
    ordinary = Tape(organisation, random.Random(f"{seed}:ordinary"))
    tapes = [ordinary]
    for day in range(days):
        day_at = midnight + day * DAY
        for person in list(organisation.people):
            play_person(ordinary, person, day, day_at)
        play_machines(ordinary, day_at)
        play_administration(ordinary, day_at)
        for kind, falls_on, play_lookalike in LOOKALIKES:
            if falls_on == day % 31:
                tape = Tape(organisation, random.Random(f"{seed}:{kind}:{day}"), f"trap:{kind}")
                play_lookalike(tape, workday_from(day_at))
                tapes.append(tape)
    return tapes


def _play_attack(tape: Tape, name: str, days: int, midnight: float) -> PlayedAttack:
    attack = ATTACKS[name]
    last_third = [midnight + day * DAY for day in range(days * 2 // 3, days)]
    day_at = tape.rng.choice([day_at for day_at in last_third[:-1] if not is_weekend(day_at)] or last_third)
    impact = attack.play(tape, day_at)
    first = min(delivery["received_at"] for _, delivery in tape.deliveries)
    return PlayedAttack(attack.name, attack.classes, attack.says, first, iso(impact), tuple(tape.refs))
