"""Members of a group share partitions fairly, and none is without a member for longer than a lease."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import StreamError
from collector.stream.embedded import EmbeddedLog
from collector.stream.group import EmbeddedGroup

Join = Callable[[str], EmbeddedGroup]


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def join(tmp_path: Path, clock: Clock) -> Iterator[Join]:
    """Return what makes a member of one group over five partitions."""
    path = tmp_path / "log.sqlite"
    EmbeddedLog(path, partitions=5).close()
    with ExitStack() as opened:
        yield lambda name: opened.enter_context(closing(EmbeddedGroup(path, "workers", name, clock=clock)))


def test_only_member_has_all(join: Join) -> None:
    """Who is alone works on every partition."""
    assert join("a").assigned() == {0, 1, 2, 3, 4}


def test_second_member_gets_a_fair_share(join: Join, clock: Clock) -> None:
    """One who joins waits until the first gives up what is beyond its share, then takes that."""
    first, second = join("a"), join("b")
    first.assigned()
    assert second.assigned() == frozenset()
    clock.now += 5
    assert len(first.assigned()) == 3
    clock.now += 5
    assert second.assigned() == {0, 1, 2, 3, 4} - first.assigned()


def test_partitions_of_the_dead_are_taken_over(join: Join, clock: Clock) -> None:
    """When a lease has run out, others take its partitions."""
    join("a").assigned()
    clock.now += 10.1
    assert join("b").assigned() == {0, 1, 2, 3, 4}


def test_slow_member_learns_that_it_lost(join: Join, clock: Clock) -> None:
    """One who comes back after its lease does not go on with what another has now."""
    slow, quick = join("a"), join("b")
    slow.assigned()
    clock.now += 10.1
    quick.assigned()
    assert slow.assigned() == frozenset()


def test_lease_is_renewed_by_asking(join: Join, clock: Clock) -> None:
    """Who keeps asking keeps its partitions."""
    first = join("a")
    for _ in range(10):
        first.assigned()
        clock.now += 5
    assert join("b").assigned() == frozenset()


def test_who_leaves_gives_back_at_once(join: Join) -> None:
    """Nobody waits for the lease of one that has left."""
    first = join("a")
    first.assigned()
    first.leave()
    assert len(join("b").assigned()) == 5


def test_positions_are_the_groups(join: Join) -> None:
    """What one member committed the other reads."""
    join("a").commit(3, 17)
    assert join("b").positions() == {3: 17}


def test_groups_do_not_meet(tmp_path: Path, join: Join) -> None:
    """Another group on the same log has its own claims and positions."""
    join("a").assigned()
    join("a").commit(0, 9)
    with closing(EmbeddedGroup(tmp_path / "log.sqlite", "relays", "a")) as other:
        assert (other.positions(), len(other.assigned())) == ({}, 5)


def test_group_needs_a_log(tmp_path: Path) -> None:
    """Where no log is, a group says so."""
    with pytest.raises(StreamError, match="open the log first"):
        EmbeddedGroup(tmp_path / "none.sqlite", "workers", "a")


@given(turns=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([0.0, 4.0, 11.0])), max_size=25))
def test_no_partition_has_two_members(tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[str, float]]) -> None:
    """Whoever asks when, the partitions handed out under live leases never overlap, and all are had in the end."""
    path = tmp_path_factory.mktemp("log") / "log.sqlite"
    EmbeddedLog(path, partitions=4).close()
    clock = Clock()
    with ExitStack() as opened:
        members = {n: opened.enter_context(closing(EmbeddedGroup(path, "g", n, clock=clock))) for n in "abc"}
        until: dict[str, tuple[float, frozenset[int]]] = {}
        for name, later in [*turns, *[(name, 4.0) for name in "abcabc"]]:
            clock.now += later
            until[name] = (clock.now, members[name].assigned())
            held = [mine for at, mine in until.values() if clock.now - at < 20 / 3]
            assert sum(map(len, held)) == len(frozenset().union(*held))
        assert frozenset().union(*(member.assigned() for member in members.values())) == {0, 1, 2, 3}
