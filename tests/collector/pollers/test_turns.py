"""The order in which a step is kept: first the stream, then the place; and what becomes of failures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from collector.errors import PollError, StreamError, UnstorableError
from collector.pollers.clock import Clock
from collector.pollers.limits import Allowance
from collector.pollers.poller import Fetched, Kept
from collector.pollers.reading import Fetcher
from collector.pollers.turns import Turns
from collector.stream.entry import Entry
from tests.collector.pollers.github import entry, ids
from tests.collector.pollers.stand import HandClock, ListStream, MemoryLedger


@dataclass
class Counter:
    """Fetches numbers, one a step, up to a last one."""

    last: int = 3
    fails: list[Exception] = field(default_factory=list)
    afterwards: Callable[[], None] | None = None
    every_s: float = 60.0
    name: str = "counter"
    organisation: str = "acme"
    source: str = "github.audit"
    clock_ahead_s: float | None = None

    def fetch(self, kept: Kept, now: float) -> Fetched:
        """Fetch the next number."""
        if self.fails:
            raise self.fails.pop(0)
        number = int(kept.get() or b"0") + 1
        entries = Fetcher("acme").entries("github.audit", [entry(number)], now)
        is_last = number >= self.last
        changes: dict[str, bytes | None] = {"": str(number).encode()}
        return Fetched(entries, changes, self.every_s if is_last else None, now, afterwards=self.afterwards)


class Scene:
    """Turns of a counter."""

    def __init__(self, counter: Counter) -> None:
        self.hand, self.ledger, self.stream = HandClock(), MemoryLedger(), ListStream()
        self.made = 0

        def make() -> Counter:
            self.made += 1
            return counter

        self.turns = Turns(make, self.stream, self.ledger, self.hand.clock)

    @property
    def ids(self) -> list[str]:
        """Return the ids of what was appended."""
        return [event.id for event in self.stream.events]


def test_place_is_kept_after_the_stream_acknowledged() -> None:
    """A stream that refuses leaves the place where it was, and the error is the stream's."""
    scene = Scene(Counter())
    scene.turns.step(0)

    def refuse(_: list[Entry]) -> None:
        raise StreamError("the disk is full")

    scene.stream.before = refuse
    with pytest.raises(StreamError, match="disk is full"):
        scene.turns.step(0)
    assert scene.ledger.cursors == {"": b"1"}
    scene.stream.before = lambda _: None
    scene.turns.run(9)
    assert scene.ids == ids([1, 2, 3])


def test_turn_comes_when_it_is_due() -> None:
    """What waits is taken at once; then nothing until the time has come, also after a restart."""
    scene = Scene(Counter(last=1))
    assert scene.turns.turn()
    assert not scene.turns.turn()
    scene.hand.at += 59
    assert not scene.turns.turn()
    scene.hand.at += 2
    assert scene.turns.turn()


def test_day_may_lie_between_two_turns() -> None:
    """Who wants to fetch once a day is not fetched for every second."""
    scene = Scene(Counter(last=1, every_s=86_400.0))
    assert scene.turns.turn()
    assert not scene.turns.turn()
    scene.hand.at += 86_401
    assert scene.turns.turn()


def test_clock_that_was_set_back_stops_nothing() -> None:
    """A next turn that is days ahead was written by a wrong clock."""
    scene = Scene(Counter(last=1))
    scene.hand.at += 30 * 86_400
    scene.turns.turn()
    scene.hand.at -= 30 * 86_400
    assert scene.turns.turn()


def test_failures_wait_longer_and_longer() -> None:
    """A failure is kept with its reason, the next try waits twice as long, a quarter of an hour at most."""
    scene = Scene(Counter(fails=[PollError("away")] * 9))
    waits = []
    for _ in range(9):
        assert scene.turns.turn()
        ended = scene.ledger.turns[-1]
        assert ended.error == "away"
        waits.append(ended.next_at - scene.hand.at)
        scene.hand.at = ended.next_at
    assert waits == pytest.approx([15, 30, 60, 120, 240, 480, 900, 900, 900])
    assert scene.turns.turn()
    assert scene.ids == ids([1])


def test_fault_of_our_own_is_kept_and_told(caplog: pytest.LogCaptureFixture) -> None:
    """A poller that is broken stops nobody: it is told once, made anew and tried again."""
    scene = Scene(Counter(fails=[ValueError("odd"), ValueError("odd")]))
    scene.turns.step(0)
    scene.turns.step(1)
    assert scene.ledger.turns[-1].error == "ValueError: odd"
    assert sum("odd" in record.message for record in caplog.records if record.levelname == "ERROR") == 1
    scene.turns.step(2)
    assert scene.made == 3
    assert scene.ids == ids([1])


def test_overlap_is_not_appended_again() -> None:
    """What this process appended already is left out, which the worker would do too."""
    scene = Scene(Counter(last=2))
    scene.turns.run(9)
    scene.ledger.cursors = {"": b"0"}
    scene.turns.run(9)
    assert scene.ids == ids([1, 2])


def test_overtaken_process_steps_back() -> None:
    """Where another process has come further nothing is kept, and the poller begins anew from there."""
    scene = Scene(Counter())
    scene.ledger.is_overtaken = True
    ended = scene.turns.step(0)
    assert (ended.is_waiting, ended.error) == (True, "")
    scene.ledger.is_overtaken = False
    scene.ledger.cursors = {"": b"2"}
    scene.turns.step(0)
    assert scene.ids[-1:] == ids([3])


def test_entry_that_no_stream_can_carry_costs_no_other() -> None:
    """It becomes a dead letter, and the rest of the page arrives."""
    scene = Scene(Counter(last=1))

    def refuse_events(entries: list[Entry]) -> None:
        if any(getattr(entry, "event", None) for entry in entries):
            raise UnstorableError("a number beyond 64 bits")

    scene.stream.before = refuse_events
    scene.turns.run(9)
    assert [letter.reason for letter in scene.stream.letters] == ["a number beyond 64 bits"]
    assert scene.ledger.cursors == {"": b"1"}


def test_what_must_happen_once_comes_last() -> None:
    """It happens when the place is kept, and its failure is told without taking the place back."""
    seen: list[dict[str, bytes]] = []
    scene = Scene(Counter(last=1))
    scene.turns = Turns(
        lambda: Counter(last=1, afterwards=lambda: seen.append(dict(scene.ledger.cursors))),
        scene.stream,
        scene.ledger,
        scene.hand.clock,
    )
    scene.turns.step(0)
    assert seen == [{"": b"1"}]

    def fail() -> None:
        raise PollError("refused")

    failing = Turns(lambda: Counter(afterwards=fail), scene.stream, scene.ledger, Clock())
    assert failing.step(0).error == "refused"
    assert scene.ledger.cursors == {"": b"2"}


def test_step_that_failed_in_part_is_kept() -> None:
    """What could be fetched is kept, what could not is told, and the next try waits as after a failure."""
    scene = Scene(Counter())

    class Partly(Counter):
        """Fetches one number, and tells that others were not to be had."""

        def fetch(self, kept: Kept, now: float) -> Fetched:
            """Fetch the next number."""
            fetched = super().fetch(kept, now)
            fetched.error = "some could not be had"
            return fetched

    turns = Turns(Partly, scene.stream, scene.ledger, scene.hand.clock)
    ended = turns.step(1)
    assert (ended.error, ended.delivered, ended.next_at) == ("some could not be had", 1, scene.hand.at + 30)
    assert scene.ledger.cursors == {"": b"1"}


def test_step_waits_for_its_allowance() -> None:
    """None begins while the allowance is used up; what the poller had in memory is not lost by that."""
    scene = Scene(Counter())
    allowance = Allowance(3_600, scene.hand.clock, at_once=1)
    made: list[Counter] = []

    def make() -> Counter:
        made.append(Counter())
        return made[-1]

    turns = Turns(make, scene.stream, scene.ledger, scene.hand.clock, allowance)
    assert turns.turn()
    allowance.take(5)
    ended = turns.step(0)
    assert (ended.is_waiting, ended.error) == (True, "")
    assert ended.next_at == pytest.approx(scene.hand.at + 5)
    assert scene.ids == ids([1])
    scene.hand.at += 6
    assert turns.turn()
    assert scene.ids == ids([1, 2])
    assert len(made) == 1
