"""Playing a drill: a copy of the organisation, the attack, a look now and then, and the copy erased."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from msgspec import structs

from collector.event import Event
from collector.simulator.drill import StagedDrill
from collector.stream.entry import SCRATCH, Entry, Erased, Forked, Observed
from service.incident import Incident
from training.drills.judge import judge
from training.drills.result import DrillResult, Evidence, Look, Standing

DAY_S = 86400.0
WINDOW_S = 30 * DAY_S
"""How far back the organisation's own incidents go that a drill is ranked among."""
LOOKS = 24
"""Times a drill is looked at while it is played, at most: each tells how early it was seen."""


class Ground(Protocol):
    """Where a drill is played: a stream, and what the worker made of it."""

    def play(self, entries: Sequence[Entry]) -> None:
        """Append entries to the stream; return when the worker has stored their effects, or raise DrillError."""

    def incidents(self, organisation: str) -> Sequence[Incident]:
        """Return an organisation's strongest incidents."""

    def rivals(self, organisation: str, since: float) -> Sequence[float]:
        """Return the strength of each of an organisation's incidents that lasted until `since` at least."""

    def first_at(self, organisation: str) -> float:
        """Return when an organisation's history begins."""

    def standing(self, scratch: str, organisation: str, since: float) -> Standing:
        """Return where the strongest event of a scratch organisation stands among another's since a time."""


Read = Callable[[dict[str, Any], str], list[Event]]
"""Reads a delivery as the receiver would, into events of a named organisation."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Against whom a drill is played, and what is left of it."""

    organisation: str
    key: str
    """Tells this drill from others of its name."""
    budget: float = 3.0
    """Incidents a day that the team has time for."""
    keep: bool = False
    """Whether the scratch organisation stays, so that the incident can be read."""

    def scratch_for(self, name: str) -> str:
        """Return the name of the scratch organisation of a drill."""
        return f"{self.organisation}{SCRATCH}drill-{name}-{self.key}"


class _Part(NamedTuple):
    """What is played between two looks."""

    at: float
    events: list[Event]


def run_drill(staged: StagedDrill, ground: Ground, read: Read, place: Place) -> DrillResult:
    """Play a drill into a scratch organisation that starts as a copy of another, judge it, and erase the copy."""
    scratch = place.scratch_for(staged.name)
    parts = list(_parts(staged, read, scratch))
    since = staged.last_at - WINDOW_S
    rivals = ground.rivals(place.organisation, since)
    looks, standing = _play(parts, ground, place, scratch, since) if parts else ([], Standing(0, 0))
    evidence = Evidence(
        looks=looks,
        rivals=rivals,
        days=(staged.first_at - max(since, ground.first_at(place.organisation))) / DAY_S,
        budget=place.budget,
        standing=standing,
        sources={event.id: event.source for part in parts for event in part.events},
    )
    result = judge(staged, evidence, organisation=place.organisation, scratch=scratch)
    return result if place.keep else structs.replace(result, incident="")


def _play(
    parts: Sequence[_Part], ground: Ground, place: Place, scratch: str, since: float
) -> tuple[list[Look], Standing]:
    ground.play([Forked(organisation=scratch, id=f"{scratch}:begin", of=place.organisation)])
    try:
        looks = []
        for part in parts:
            ground.play([Observed(event=event) for event in part.events])
            looks.append(Look(part.at, ground.incidents(scratch)))
        return looks, ground.standing(scratch, place.organisation, since)
    finally:
        if not place.keep:
            ground.play([Erased(organisation=scratch, id=f"{scratch}:end")])


def _parts(staged: StagedDrill, read: Read, scratch: str) -> Iterator[_Part]:
    """Cut a drill into as many parts as there are looks at most."""
    events = [event for delivery in staged.deliveries for event in read(delivery, scratch)]
    size = max(1, -(-len(events) // LOOKS))
    for start in range(0, len(events), size):
        part = events[start : start + size]
        yield _Part(max(event.received_at for event in part), part)
