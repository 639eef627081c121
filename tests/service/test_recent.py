"""A repeated id is recognised within the horizon, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.event import Event
from service import recent
from service.recent import HORIZON_S, RecentIds
from tests.service.stand_ins import DAY, START, make_event


def ids(events: list[Event]) -> list[str]:
    """Return the ids of events."""
    return [event.id for event in events]


def test_repeat_in_one_batch() -> None:
    """The first of two deliveries counts."""
    assert ids(RecentIds().unseen([make_event("a"), make_event("b"), make_event("a")])) == ["a", "b"]


def test_repeat_in_a_later_batch() -> None:
    """What an earlier batch held is not new."""
    seen = RecentIds()
    seen.unseen([make_event("a")])
    assert seen.unseen([make_event("a", at=START + DAY)]) == []


def test_id_returns_after_the_horizon() -> None:
    """An id is unique within the horizon only."""
    seen = RecentIds()
    seen.unseen([make_event("a")])
    assert ids(seen.unseen([make_event("a", at=START + HORIZON_S + 1)])) == ["a"]


def test_organisations_share_no_ids() -> None:
    """The same id in two organisations is two events."""
    events = [make_event("a"), make_event("a", organisation="other")]
    assert RecentIds().unseen(events) == events


def test_future_date_forgets_nothing() -> None:
    """An event dated far ahead of its arrival does not end the horizon of the others."""
    seen = RecentIds()
    seen.unseen([make_event("a"), make_event("future", at=START + 900 * DAY, received_at=START)])
    assert seen.unseen([make_event("a", at=START + 1)]) == []


@given(
    steps=st.lists(st.tuples(st.integers(0, 5), st.integers(-3, 5)), max_size=60),
    size=st.integers(1, 9),
    settle=st.integers(1, 8),
)
def test_batches_change_nothing(steps: list[tuple[int, int]], size: int, settle: int) -> None:
    """Any cut of a stream into batches, and any point of settling, gives the answers of one event at a time."""
    events, at = [], START
    for name, days in steps:
        at += days * DAY
        events.append(make_event(str(name), at=at))
    one, many = RecentIds(), RecentIds()
    expected = [event for event in events for event in one.unseen([event])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "_FRESH", settle)
        got = [event for cut in range(0, len(events), size) for event in many.unseen(events[cut : cut + size])]
    assert got == expected


def test_memory_is_bounded_by_the_horizon() -> None:
    """Ids past the horizon are forgotten when runs are settled."""
    seen = RecentIds()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recent, "_FRESH", 10)
        for day in range(100):
            seen.unseen([make_event(f"{day}-{n}", at=START + day * DAY) for n in range(10)])
    assert sum(len(hashes) for hashes, _ in seen._runs) <= 9 * 10
