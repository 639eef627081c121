"""What a worker's benchmarks share: simulated events to work off, and the processor time of its stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from collector.delivery import read_delivery
from collector.event import Event
from collector.simulator import simulate
from collector.sources import Context, source_named

Clock = Callable[[], float]
"""A thread's processor time, or a process's: a client may have threads of its own."""
Stage = tuple[str, Any, str]
"""What it is called, and the class and the method whose time it is."""


def simulated(most: int, days: int) -> list[Event]:
    """Return at most so many events of so many simulated days."""
    events: list[Event] = []
    for body in simulate(seed=11, days=days):
        delivery = read_delivery(msgspec.json.encode(body))
        events += source_named(delivery.source).parse(delivery, Context())
        if len(events) >= most:
            break
    return events[:most]


@contextmanager
def timed(stages: Sequence[Stage], spent: dict[str, float], clock: Clock) -> Iterator[None]:
    """Count the time in some methods while this lasts; around batches of thousands the counting costs nothing."""
    kept = [(owner, method, getattr(owner, method)) for _, owner, method in stages]
    for (name, owner, method), (_, _, work) in zip(stages, kept, strict=True):
        setattr(owner, method, _counting(work, name, spent, clock))
    try:
        yield
    finally:
        for owner, method, work in kept:
            setattr(owner, method, work)


def _counting(work: Callable[..., Any], name: str, spent: dict[str, float], clock: Clock) -> Callable[..., Any]:
    def counted(*arguments: Any) -> Any:
        began = clock()
        try:
            return work(*arguments)
        finally:
            spent[name] += clock() - began

    return counted
