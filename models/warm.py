"""A throwaway history that goes through everything compiled, so that a first start finds it compiled."""

from __future__ import annotations

from collections.abc import Iterator

from collector.event import Actor, ActorType, Entity, Event, Kind
from models.history import FIRST_FIT
from models.scorer import Scorer

_MINUTE_S = 60.0


def warm() -> int:
    """Score, fit, keep, take up again and judge an invented history; return how many events it had.

    What is compiled depends on types alone, never on what the events say; where it is kept is numba's part.
    """
    events = list(_events(FIRST_FIT + 1))
    scorer = Scorer(keep_rows=True)
    scorer.score(events)
    again = Scorer.from_arrays(scorer.arrays(), keep_rows=True)
    again.learn_verdict(events[-1:], is_usual=True)
    again.learn_verdict(events[-1:], is_usual=False)
    again.score(events[-1:])
    return len(events)


def _events(count: int) -> Iterator[Event]:
    for number in range(count):
        yield Event(
            id=f"warm:{number}",
            ref=str(number),
            source="warm",
            kind=Kind.CHANGE,
            action="push",
            actor=Actor(ActorType.USER, f"mona-{number % 7}"),
            entity=Entity("repo", f"acme/pay-{number % 11}"),
            observed_at=number * _MINUTE_S,
            received_at=number * _MINUTE_S,
            facts={"branch_class": f"class-{number % 5}"},
            numbers={"commits": float(number % 3)},
        )
