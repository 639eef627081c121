"""The embedded log keeps what it was given, in the order it promises."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import StreamError
from collector.event import Event
from collector.stream import Record, observed, partition_of
from collector.stream.embedded import EmbeddedLog, SortedLog
from collector.stream.entry import Entry, Erased, Forked, Judged, Observed, Promoted, Suppressed, Unreadable, Verdict
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


def test_event_comes_back_whole(log: EmbeddedLog) -> None:
    """An event read is equal to the event appended, whatever characters are in it."""
    event = make_event("ü\0\N{SNOWMAN}", at=0.1, actor="mo\nna")
    log.append([Observed(event=event)])
    assert log.read(0, 0, 1)[0].entry == Observed(event=event)


@pytest.mark.parametrize(
    "entry",
    [
        Judged(organisation="a", id="1", incident="i", verdict=Verdict.BENIGN, events=(make_event(),), given_at=1.5),
        Suppressed(organisation="a", id="1", until=9.0, actor="user:mona"),
        Promoted(organisation="a", id="1", version="own"),
        Forked(organisation="a~b", id="1", of="a"),
        Erased(organisation="a", id="1"),
        Unreadable(organisation="a", id="1", source="event", received_at=1.0, reason="no JSON", body="{"),
    ],
    ids=lambda entry: type(entry).__name__,
)
def test_every_entry_comes_back_whole(log: EmbeddedLog, entry: Entry) -> None:
    """Whatever changes what a worker says travels unchanged."""
    log.append([entry])
    assert log.read(0, 0, 9) == [Record(1, entry)]


def test_append_counts(log: EmbeddedLog) -> None:
    """More events than one chunk holds are all stored and counted."""
    assert log.append(observed(make_event(str(n)) for n in range(10_001))) == 10_001


def test_order_of_arrival_is_kept(log: EmbeddedLog) -> None:
    """Events are read in the order they were appended, not in that of their times."""
    log.append(observed([make_event("late", at=9.0), make_event("early", at=1.0)]))
    assert ids(log) == ["late", "early"]


def test_reading_again_gives_the_same(log: EmbeddedLog) -> None:
    """A position can be read from any number of times."""
    log.append(observed([make_event("a"), make_event("b"), make_event("c")]))
    first = log.read(0, 0, 1)[0].position
    assert ids(log, first) == ids(log, first) == ["b", "c"]


def test_end_is_the_last_position(log: EmbeddedLog) -> None:
    """Nothing stands behind the end."""
    log.append(observed([make_event("a"), make_event("b")]))
    assert ids(log, log.end(0)) == []


def test_empty_log_ends_at_zero(log: EmbeddedLog) -> None:
    """Before the first event the end is where reading begins."""
    assert log.end(0) == 0


def test_log_outlives_its_process(tmp_path: Path) -> None:
    """What was appended is there when the file is opened again."""
    with EmbeddedLog(tmp_path / "log.sqlite") as log:
        log.append(observed([make_event("a")]))
    with EmbeddedLog(tmp_path / "log.sqlite") as again:
        assert ids(again) == ["a"]


def test_organisation_has_one_partition(tmp_path: Path) -> None:
    """All events of an organisation are in its partition, in order, and in no other."""
    mine = partition_of("acme", 4)
    with EmbeddedLog(tmp_path / "log.sqlite", partitions=4) as log:
        names = [(org, f"{org}{n}") for n in range(3) for org in ("acme", "umbrella", "initech")]
        log.append(observed(make_event(name, organisation=org) for org, name in names))
        assert [name for name in ids(log, partition=mine) if name.startswith("acme")] == ["acme0", "acme1", "acme2"]
        assert not [name for other in {0, 1, 2, 3} - {mine} for name in ids(log, partition=other) if "acme" in name]


def test_what_breaks_off_leaves_nothing(log: EmbeddedLog) -> None:
    """Where the entries break off, none of them is stored and the log still works."""

    def broken() -> Iterator[Event]:
        yield make_event("a")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        log.append(observed(broken()))
    log.append(observed([make_event("b")]))
    assert ids(log) == ["b"]


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


def test_trimmed_records_are_gone(log: EmbeddedLog) -> None:
    """What was trimmed is counted, is not read again, and the log tells where it begins."""
    log.append(observed(make_event(name) for name in "abc"))
    assert log.trim(0, 2) == 2
    assert (ids(log), log.start(0), log.end(0)) == (["c"], 2, 3)


def test_positions_grow_past_a_trim(log: EmbeddedLog) -> None:
    """No position is given twice, even where everything before was forgotten."""
    log.append(observed([make_event("a")]))
    log.trim(0, 10)
    log.append(observed([make_event("b")]))
    assert [(record.position, event_of(record).id) for record in log.read(0, 0, 9)] == [(2, "b")]


def test_trim_leaves_other_partitions(tmp_path: Path) -> None:
    """Forgetting one partition's records keeps the others'."""
    mine, other = partition_of("acme", 4), partition_of("initech", 4)
    assert mine != other
    with EmbeddedLog(tmp_path / "log.sqlite", partitions=4) as log:
        log.append(observed(make_event(org, organisation=org) for org in ("initech", "acme")))
        log.trim(mine, 99)
        assert (ids(log, partition=mine), ids(log, partition=other)) == ([], ["initech"])


def test_nothing_to_wait_for(log: EmbeddedLog) -> None:
    """Waiting behind the last record ends at its time limit, and before the last at once."""
    log.append(observed([make_event("a")]))
    assert log.wait(0, 0, 60.0)
    assert not log.wait(0, 1, 0.01)


def test_waiting_ends_when_another_thread_appends(log: EmbeddedLog) -> None:
    """One who waits is told of an append in the same process."""
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(log.wait, 0, 0, 60.0)
        log.append(observed([make_event("a")]))
        assert waiting.result(60)


def test_waiting_ends_when_another_log_appends(tmp_path: Path, log: EmbeddedLog) -> None:
    """One who waits is told of what came into the file by another door, as from another process."""
    with ThreadPoolExecutor() as pool, EmbeddedLog(tmp_path / "log.sqlite") as other:
        waiting = pool.submit(log.wait, 0, 0, 60.0)
        other.append(observed([make_event("a")]))
        assert waiting.result(60)


def test_threads_share_a_log(log: EmbeddedLog) -> None:
    """What several threads append is all there, each one's in its own order, while others read."""

    def append(thread: int) -> None:
        for n in range(20):
            log.append(observed([make_event(f"{thread}-{n}")]))
            log.read(0, 0, 1000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(append, range(8)))
    found = ids(log, limit=1000)
    assert all(
        [name for name in found if name.startswith(f"{t}-")] == [f"{t}-{n}" for n in range(20)] for t in range(8)
    )


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
