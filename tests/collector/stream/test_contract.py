"""What every stream promises, embedded and on Kafka."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest

from collector.event import Event
from collector.stream import Group, Record, Stream, observed, partition_of
from collector.stream.entry import Entry, Erased, Forked, Judged, Observed, Promoted, Suppressed, Unreadable, Verdict
from tests.collector.stream.conftest import PARTITIONS, Join, OpenStream
from tests.service.stand_ins import make_event

ALL = frozenset(range(PARTITIONS))
MINE = partition_of("default", PARTITIONS)
_PATIENCE_S = 60.0
_MEMBER = """
import sys
from tests.collector.stream.conftest import join_at
member = join_at(sys.argv[1], "workers", "stranger")
while not member.assigned():
    pass
print("working", flush=True)
while True:
    member.assigned()
"""


def event_of(record: Record) -> Event:
    """Return the event a record carries."""
    assert isinstance(record.entry, Observed)
    return record.entry.event


def ids(stream: Stream, position: int = 0, limit: int = 10_000, partition: int = MINE) -> list[str]:
    """Return the ids of the events after a position."""
    return [event_of(record).id for record in stream.read(partition, position, limit)]


def append(stream: Stream, names: Iterable[str]) -> None:
    """Append events of the organisation whose partition is MINE."""
    stream.append(observed(map(make_event, names)))


def until(what: Callable[[], bool]) -> None:
    """Ask until it is so; what is asked may wait a moment itself."""
    end = time.monotonic() + _PATIENCE_S
    while not what():
        assert time.monotonic() < end, "it did not come about within a minute"


def share(members: Iterable[Group]) -> list[frozenset[int]]:
    """Return what each of the members has, when all partitions are had and none by two."""
    asked = list(members)
    found: list[frozenset[int]] = []

    def is_shared() -> bool:
        found[:] = [member.assigned() for member in asked]
        return frozenset().union(*found) == ALL and sum(map(len, found)) == PARTITIONS and all(found)

    until(is_shared)
    return found


def test_event_comes_back_whole(stream: Stream) -> None:
    """An event read is equal to the event appended, whatever characters and numbers are in it."""
    event = make_event("ü\0\N{SNOWMAN}\U0001f680", at=0.1 + 0.2, actor="mo\nna", received_at=1e300)
    stream.append([Observed(event=event)])
    assert stream.read(MINE, 0, 1)[0].entry == Observed(event=event)


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
def test_every_entry_comes_back_whole(stream: Stream, entry: Entry) -> None:
    """Whatever changes what a worker says travels unchanged, in its organisation's partition."""
    stream.append([entry])
    assert stream.read(partition_of("a", PARTITIONS), 0, 9) == [Record(1, entry)]


def test_append_counts(stream: Stream) -> None:
    """What was appended is counted, nothing too."""
    assert (stream.append(observed(make_event(str(n)) for n in range(1_001))), stream.append([])) == (1_001, 0)


def test_order_of_arrival_is_kept(stream: Stream) -> None:
    """Events of an organisation are read in the order they were appended, however many calls that took."""
    for start in range(0, 500, 100):
        append(stream, (str(n) for n in range(start, start + 100)))
    assert ids(stream) == [str(n) for n in range(500)]


def test_reading_again_gives_the_same(stream: Stream) -> None:
    """A position can be read from any number of times, also after reading on from elsewhere."""
    append(stream, "abc")
    records = stream.read(MINE, 0, 9)
    for record, rest in zip(records, (["b", "c"], ["c"], []), strict=True):
        assert ids(stream, record.position) == ids(stream, record.position) == rest
    assert stream.read(MINE, 0, 9) == records


def test_however_it_is_cut_it_is_the_same(stream: Stream) -> None:
    """Read one by one, or in batches, the same records come."""
    append(stream, (str(n) for n in range(50)))
    whole = stream.read(MINE, 0, 100)
    for limit in (1, 7, 50):
        read: list[Record] = []
        while more := stream.read(MINE, read[-1].position if read else 0, limit):
            assert len(more) <= limit
            read += more
        assert read == whole


def test_end_is_the_last_position(stream: Stream) -> None:
    """Nothing stands behind the end, which is 0 before the first event."""
    assert (stream.start(MINE), stream.end(MINE)) == (0, 0)
    append(stream, "ab")
    assert [record.position for record in stream.read(MINE, 0, 9)][-1] == stream.end(MINE)
    assert ids(stream, stream.end(MINE)) == []


def test_what_was_appended_is_there_at_once(stream: Stream) -> None:
    """Who appended reads it, also where they have just seen that there was nothing."""
    for n in range(5):
        position = stream.end(MINE)
        assert ids(stream, position) == []
        append(stream, [str(n)])
        assert ids(stream, position) == [str(n)]


def test_organisation_has_one_partition(stream: Stream) -> None:
    """All events of an organisation are in the partition that the rule names, in order, and in no other."""
    organisations = [f"org-{n}" for n in range(20)]
    names = [(org, f"{org}:{n}") for n in range(3) for org in organisations]
    stream.append(observed(make_event(name, organisation=org) for org, name in names))
    found = {partition: ids(stream, partition=partition) for partition in range(stream.partitions)}
    for org in organisations:
        mine = found[partition_of(org, stream.partitions)]
        assert [name for name in mine if name.startswith(f"{org}:")] == [f"{org}:{n}" for n in range(3)]
    assert sum(map(len, found.values())) == len(names)


def test_others_read_what_was_appended(stream: Stream, open_stream: OpenStream) -> None:
    """What one process appended another finds, and one that is opened later."""
    append(stream, "ab")
    assert ids(open_stream()) == ["a", "b"]


def test_partitions_are_the_streams(stream: Stream, open_stream: OpenStream) -> None:
    """Who opens a stream finds the number of partitions it was made with."""
    assert open_stream().partitions == stream.partitions == PARTITIONS


def test_what_breaks_off_leaves_nothing(stream: Stream) -> None:
    """Where the entries break off, none of them is stored and the stream still works."""

    def broken() -> Iterable[Event]:
        yield make_event("a")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        stream.append(observed(broken()))
    append(stream, "b")
    assert ids(stream) == ["b"]


def test_trimmed_records_are_gone(stream: Stream) -> None:
    """What was trimmed is counted, is not read again, and the stream tells where it begins."""
    append(stream, "abc")
    second = stream.read(MINE, 0, 9)[1].position
    assert stream.trim(MINE, second) == 2
    assert (ids(stream), stream.start(MINE)) == (["c"], second)


def test_positions_grow_past_a_trim(stream: Stream) -> None:
    """No position is given twice, even where everything before was forgotten."""
    append(stream, "a")
    last = stream.end(MINE)
    stream.trim(MINE, last + 10)
    append(stream, "b")
    found = [(record.position > last, event_of(record).id) for record in stream.read(MINE, 0, 9)]
    assert found == [(True, "b")]


def test_nothing_to_wait_for(stream: Stream) -> None:
    """Waiting behind the last record ends at its time limit, and before the last at once."""
    append(stream, "a")
    assert stream.wait(MINE, 0, 60.0)
    assert not stream.wait(MINE, stream.end(MINE), 0.01)


def test_waiting_ends_when_something_is_appended(stream: Stream, open_stream: OpenStream) -> None:
    """One who waits is told of what comes in, by the same door or another."""
    stream.wait(MINE, 0, 0.01)
    with ThreadPoolExecutor() as pool:
        for opened in (stream, open_stream()):
            waiting = pool.submit(stream.wait, MINE, stream.end(MINE), 60.0)
            append(opened, "a")
            assert waiting.result(60)


def test_threads_share_a_stream(stream: Stream) -> None:
    """What several threads append is all there, each one's in its own order, while others read."""

    def work(thread: int) -> None:
        for n in range(20):
            append(stream, [f"{thread}-{n}"])
            stream.read(MINE, 0, 1000)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    found = ids(stream)
    for thread in range(8):
        assert [name for name in found if name.startswith(f"{thread}-")] == [f"{thread}-{n}" for n in range(20)]


def test_only_member_has_all(join: Join) -> None:
    """Who is alone works on every partition."""
    assert share([join("a")]) == [ALL]


def test_members_share_fairly(join: Join) -> None:
    """Two members have three of six partitions each, and three members two."""
    first, second = join("a"), join("b")
    assert [len(mine) for mine in share([first, second])] == [3, 3]
    members = [first, second, join("c")]
    until(lambda: [len(mine) for mine in share(members)] == [2, 2, 2])


def test_who_leaves_gives_back(join: Join) -> None:
    """What a member had goes to those who stay."""
    first, second = join("a"), join("b")
    share([first, second])
    first.leave()
    until(lambda: second.assigned() == ALL)


@pytest.mark.service
def test_partitions_of_the_dead_are_taken_over(where: str, join: Join) -> None:
    """When a process was killed, others get its partitions."""
    stranger = subprocess.Popen([sys.executable, "-c", _MEMBER, where], stdout=subprocess.PIPE)
    try:
        assert stranger.stdout is not None
        assert stranger.stdout.readline() == b"working\n"
        mine = join("a")
        until(lambda: len(mine.assigned()) == PARTITIONS / 2)
    finally:
        stranger.kill()
        stranger.communicate()
    until(lambda: mine.assigned() == ALL)


def test_positions_are_the_groups(join: Join) -> None:
    """What one member told the other reads."""
    first, second = join("a"), join("b")
    share([first, second])
    first.commit(min(first.assigned()), 17)
    until(lambda: 17 in second.positions().values() and bool(first.assigned()))
