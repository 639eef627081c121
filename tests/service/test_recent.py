"""A repeated id is recognised within the horizon, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.event import Event
from service import recent
from service.recent import HORIZON_S, RecentIds
from tests.service.stand_ins import DAY, START, make_event


def fresh(seen: RecentIds, events: list[Event]) -> list[Event]:
    """Return the events whose ids are new."""
    return [events[i] for i in seen.unseen(events)]


def ids(events: list[Event]) -> list[str]:
    """Return the ids of events."""
    return [event.id for event in events]


def test_repeat_in_one_batch() -> None:
    """The first of two deliveries counts."""
    assert ids(fresh(RecentIds(), [make_event("a"), make_event("b"), make_event("a")])) == ["a", "b"]


def test_repeat_in_a_later_batch() -> None:
    """What an earlier batch held is not new."""
    seen = RecentIds()
    fresh(seen, [make_event("a")])
    assert fresh(seen, [make_event("a", at=START + DAY)]) == []


def test_id_returns_after_the_horizon() -> None:
    """An id is unique within the horizon only."""
    seen = RecentIds()
    fresh(seen, [make_event("a")])
    assert ids(fresh(seen, [make_event("a", at=START + HORIZON_S + 1)])) == ["a"]


def test_id_of_something_else_is_new_once() -> None:
    """A verdict's id is remembered as an event's is."""
    seen = RecentIds()
    assert (seen.is_new("v1"), seen.is_new("v1"), seen.is_new("v2")) == (True, False, True)


def test_future_date_forgets_nothing() -> None:
    """An event dated far ahead of its arrival does not end the horizon of the others."""
    seen = RecentIds()
    fresh(seen, [make_event("a"), make_event("future", at=START + 900 * DAY, received_at=START)])
    assert fresh(seen, [make_event("a", at=START + 1)]) == []


@given(
    steps=st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 5)), max_size=60),
    size=st.integers(1, 9),
    settle=st.integers(1, 8),
)
def test_batches_change_nothing(steps: list[tuple[int, int]], size: int, settle: int) -> None:
    """Any cut, restarts between batches, and any point of settling give the answers of one event at a time."""
    events, at = [], START
    for name, days in steps:
        at += days * DAY
        events.append(make_event(str(name), at=at))
    one, many = RecentIds(), RecentIds()
    expected = [event for event in events for event in fresh(one, [event])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "_FRESH", settle)
        got = []
        for cut in range(0, len(events), size):
            many = RecentIds.from_arrays(many.arrays())  # as a restart between two batches would
            got += fresh(many, events[cut : cut + size])
    assert got == expected


def test_memory_is_bounded_by_the_horizon() -> None:
    """Ids past the horizon are forgotten when runs are settled."""
    seen = RecentIds()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "_FRESH", 10)
        for day in range(100):
            fresh(seen, [make_event(f"{day}-{n}", at=START + day * DAY) for n in range(10)])
    assert sum(len(hashes) for hashes, _ in seen._runs) <= 9 * 10
