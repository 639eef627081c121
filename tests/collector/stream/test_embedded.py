"""The embedded log keeps what it was given, in the order it promises."""

from __future__ import annotations

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.event import Event
from collector.stream import partition_of
from collector.stream.embedded import EmbeddedLog, SortedLog
from tests.service.stand_ins import make_event

OBSERVED = attrgetter("observed_at")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    """Return an empty log."""
    with EmbeddedLog(tmp_path / "log.sqlite") as opened:
        yield opened


@pytest.fixture
def sorted_log(tmp_path: Path) -> Iterator[SortedLog]:
    """Return an empty log that will be arranged."""
    with SortedLog(tmp_path / "log.sqlite") as opened:
        yield opened


def ids(log: EmbeddedLog, position: int = 0, limit: int = 100, partition: int = 0) -> list[str]:
    """Return the ids of the events after a position."""
    return [record.event.id for record in log.read(partition, position, limit)]


def test_event_comes_back_whole(log: EmbeddedLog) -> None:
    """An event read is equal to the event appended, whatever characters are in it."""
    event = make_event("ü\0\N{SNOWMAN}", at=0.1, actor="mo\nna")
    log.append([event])
    assert log.read(0, 0, 1)[0].event == event


def test_append_counts(log: EmbeddedLog) -> None:
    """More events than one chunk holds are all stored and counted."""
    assert log.append(make_event(str(n)) for n in range(10_001)) == 10_001


def test_order_of_arrival_is_kept(log: EmbeddedLog) -> None:
    """Events are read in the order they were appended, not in that of their times."""
    log.append([make_event("late", at=9.0), make_event("early", at=1.0)])
    assert ids(log) == ["late", "early"]


def test_reading_again_gives_the_same(log: EmbeddedLog) -> None:
    """A position can be read from any number of times."""
    log.append([make_event("a"), make_event("b"), make_event("c")])
    first = log.read(0, 0, 1)[0].position
    assert ids(log, first) == ids(log, first) == ["b", "c"]


def test_end_is_the_last_position(log: EmbeddedLog) -> None:
    """Nothing stands behind the end."""
    log.append([make_event("a"), make_event("b")])
    assert ids(log, log.end(0)) == []


def test_empty_log_ends_at_zero(log: EmbeddedLog) -> None:
    """Before the first event the end is where reading begins."""
    assert log.end(0) == 0


def test_log_outlives_its_process(tmp_path: Path) -> None:
    """What was appended is there when the file is opened again."""
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        log.append([make_event("a")])
    with EmbeddedLog(tmp_path / "log.sqlite") as again:
        assert ids(again) == ["a"]


def test_organisation_has_one_partition(tmp_path: Path) -> None:
    """All events of an organisation are in its partition, in order, and in no other."""
    mine = partition_of("acme", 4)
    with EmbeddedLog(tmp_path / "log.sqlite", partitions=4) as log:
        log.append(
            make_event(f"{org}{n}", organisation=org) for n in range(3) for org in ("acme", "umbrella", "initech")
        )
        assert [name for name in ids(log, partition=mine) if name.startswith("acme")] == ["acme0", "acme1", "acme2"]
        assert not [name for other in {0, 1, 2, 3} - {mine} for name in ids(log, partition=other) if "acme" in name]


def test_failed_source_leaves_whole_chunks(log: EmbeddedLog) -> None:
    """Where a source breaks off in a chunk, nothing of that chunk is stored and the log still works."""

    def broken() -> Iterator[Event]:
        yield make_event("a")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        log.append(broken())
    log.append([make_event("b")])
    assert ids(log) == ["b"]


def test_new_sorted_log_is_empty(sorted_log: SortedLog) -> None:
    """A log knows that nothing was appended."""
    assert sorted_log.is_empty


@given(times=st.lists(st.integers(-3, 3).map(float), max_size=30), limit=st.integers(1, 7))
def test_arranged_by_key_then_arrival(tmp_path_factory: pytest.TempPathFactory, times: list[float], limit: int) -> None:
    """However it is cut, an arranged log reads as a stable sort of what was appended."""
    events = [make_event(str(n), at=at) for n, at in enumerate(times)]
    with SortedLog(tmp_path_factory.mktemp("log") / "log.sqlite") as log:
        log.append_sorted(events, OBSERVED)
        log.arrange()
        read: list[Event] = []
        position = 0
        while records := log.read(0, position, limit):
            read += [record.event for record in records]
            position = records[-1].position
    assert read == sorted(events, key=OBSERVED)


def test_arranged_log_ends_at_its_size(sorted_log: SortedLog) -> None:
    """Positions of an arranged log run from one to the number of events."""
    sorted_log.append_sorted([make_event("a", at=2.0), make_event("b", at=1.0)], OBSERVED)
    sorted_log.arrange()
    assert sorted_log.end(0) == 2


def test_sources_mix_by_their_keys(sorted_log: SortedLog) -> None:
    """A source that keeps its received order is sorted by it, beside one sorted by event time."""
    sorted_log.append_sorted([make_event("late", at=1.0, received_at=5.0)], attrgetter("received_at"))
    sorted_log.append_sorted([make_event("git", at=3.0)], OBSERVED)
    sorted_log.arrange()
    assert ids(sorted_log) == ["git", "late"]
