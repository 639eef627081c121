"""The embedded log keeps what it was given, in the order it promises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import StreamError
from collector.event import Event
from collector.stream import Record, observed, partition_of
from collector.stream.embedded import EmbeddedLog, SortedLog
from collector.stream.entry import Observed
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


def event_of(record: Record) -> Event:
    """Return the event a record carries."""
    assert isinstance(record.entry, Observed)
    return record.entry.event


def ids(log: EmbeddedLog, position: int = 0, limit: int = 100, partition: int = 0) -> list[str]:
    """Return the ids of the events after a position."""
    return [event_of(record).id for record in log.read(partition, position, limit)]


def test_log_outlives_its_process(tmp_path: Path) -> None:
    """What was appended is there when the file is opened again."""
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        log.append(observed([make_event("a")]))
    with EmbeddedLog(tmp_path / "log.sqlite") as again:
        assert ids(again) == ["a"]


def test_number_of_partitions_is_fixed(tmp_path: Path) -> None:
    """A file made with four partitions is opened with four, and with no other number."""
    EmbeddedLog(tmp_path / "log.sqlite", partitions=4).close()
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        assert log.partitions == 4
    with pytest.raises(StreamError, match="has 4 partitions, not 2"):
        EmbeddedLog(tmp_path / "log.sqlite", partitions=2)


def test_other_file_is_refused(tmp_path: Path) -> None:
    """What is no log is named, with what to look at."""
    (tmp_path / "log.sqlite").write_text("this is no database, however long it goes on" * 50)
    with pytest.raises(StreamError, match=r"log\.sqlite cannot be opened"):
        EmbeddedLog(tmp_path / "log.sqlite")


def test_trim_leaves_other_partitions(tmp_path: Path) -> None:
    """Forgetting one partition's records keeps the others'."""
    mine, other = partition_of("acme", 4), partition_of("initech", 4)
    assert mine != other
    with EmbeddedLog(tmp_path / "log.sqlite", partitions=4) as log:
        log.append(observed(make_event(org, organisation=org) for org in ("initech", "acme")))
        log.trim(mine, 99)
        assert (ids(log, partition=mine), ids(log, partition=other)) == ([], ["initech"])


@pytest.mark.service
def test_processes_share_a_file(tmp_path: Path) -> None:
    """Processes that open one new file at once and append to it all succeed, and nothing is lost."""
    path = tmp_path / "log.sqlite"
    code = (
        "import sys; from pathlib import Path; from collector.stream import observed;"
        "from collector.stream.embedded import EmbeddedLog; from tests.service.stand_ins import make_event\n"
        "with EmbeddedLog(Path(sys.argv[1])) as log:\n"
        "    for n in range(50): log.append(observed([make_event(f'{sys.argv[2]}-{n}')]))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", code, str(path), str(n)]) for n in range(4)]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    with EmbeddedLog(path) as log:
        assert set(ids(log, limit=1000)) == {f"{writer}-{n}" for writer in range(4) for n in range(50)}


def test_full_disk_is_told_and_passes(log: EmbeddedLog) -> None:
    """Where the file may not grow, nothing of an append is kept; with room it goes on."""
    pages = log._writer.execute("PRAGMA page_count").fetchone()[0]
    log._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StreamError, match="full"):
        log.append(observed(make_event(str(n)) for n in range(1000)))
    log._writer.execute("PRAGMA max_page_count = 1000000")
    log.append(observed([make_event("a")]))
    assert ids(log) == ["a"]


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
            read += [event_of(record) for record in records]
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
