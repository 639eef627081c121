"""A worker's memory with advisories in its stream: what is only remembered is neither scored nor counted."""

from __future__ import annotations

import pytest

from collector.event import Event
from collector.stream import Record
from collector.stream.entry import Observed
from models.finding import Scored
from service.memory import Memories
from tests.service.dependencies.samples import DAY, START, advisory, lockfile, pin


def _stream() -> list[Record]:
    events: list[Event] = []
    for day in range(12):
        pins = [pin("a", f"1.{day}.0"), pin("b"), *([pin("left-pad", "1.3.1")] if 3 <= day < 6 else [])]
        events.append(lockfile(pins, START + day * DAY))
        events.append(advisory(f"other-{day}", at=START + day * DAY + 1, id_=f"MAL-{day}"))
    events.insert(17, advisory(at=START + 8 * DAY + 2))
    events.append(events[17])
    return [Record(position, Observed(event=event)) for position, event in enumerate(events, 1)]


def _taken(memories: Memories, records: list[Record], size: int) -> list[tuple[int, Scored]]:
    return [item for at in range(0, len(records), size) for item in memories.take(records[at : at + size]).scored]


def test_only_what_touches_something_installed_is_scored() -> None:
    """Of thirteen advisories one is an event, once; its position is that of its entry."""
    memories = Memories()
    scored = _taken(memories, _stream(), 100)
    declared = [(position, item) for position, item in scored if item.event.source == "osv"]
    assert [(position, item.event.ref) for position, item in declared] == [(18, "MAL-2026-0001")]
    assert declared[0][1].is_finding
    assert declared[0][1].reasons[0].feature == "package_declared_malicious"
    assert (len(scored), memories.of("default").events) == (13, 13)


@pytest.mark.parametrize("size", [1, 2, 7])
def test_batches_and_restarts_change_nothing(size: int) -> None:
    """The same stream gives the same scores and the same memory, in any batches, also from a snapshot in the middle."""
    whole, parts = Memories(), Memories()
    expected = _taken(whole, _stream(), 100)
    found = _taken(parts, _stream()[:11], size)
    restored = Memories()
    for name, body in parts.snapshot().items():
        restored.restore(name, body)
    assert found + _taken(restored, _stream()[11:], size) == expected
    one, other = (memories.of("default") for memories in (whole, restored))
    assert one.states.to_bytes() == other.states.to_bytes()
    assert one.scorer.digest() == other.scorer.digest()
