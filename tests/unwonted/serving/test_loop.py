"""A thread of a service: it works in turns, tells of failures, begins anew, and ends when asked."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from unwonted.serving.loop import Loop, Turn

PATIENCE_S = 20.0


class Task:
    """A task that fails in its first turns, and counts how often it was opened and closed."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.opened = 0
        self.closed = 0
        self.turns = 0
        self.worked = threading.Event()
        self.failed = threading.Event()

    @contextmanager
    def open(self) -> Iterator[Turn]:
        """Open it for its turns."""
        self.opened += 1
        try:
            yield self.turn
        finally:
            self.closed += 1

    def turn(self) -> None:
        """Fail, or work a little."""
        if self.failures:
            self.failures -= 1
            self.failed.set()
            raise RuntimeError("the disk is on fire")
        self.turns += 1
        self.worked.set()


def run(task: Task, until: Callable[[Loop], bool]) -> Loop:
    """Run a task in a loop until something is so; return the loop, ended."""
    loop = Loop("worker", task.open, advice="Put it out")
    loop.start()
    try:
        assert until(loop)
    finally:
        loop.stop()
        assert loop.join(PATIENCE_S)
    return loop


def worked(task: Task) -> Callable[[Loop], bool]:
    """Return what waits until the task has worked."""
    return lambda _: task.worked.wait(PATIENCE_S)


def test_works_and_ends() -> None:
    """It takes turns until it is stopped, and closes what it opened."""
    task = Task()
    loop = run(task, worked(task))
    assert (task.opened, task.closed, loop.problem) == (1, 1, None)


def test_failure_begins_anew() -> None:
    """After a failure the task is opened again, because its memory may be half changed."""
    task = Task(failures=1)
    loop = run(task, worked(task))
    assert (task.opened, task.closed) == (2, 2)
    assert loop.problem is None


def test_failure_is_a_problem() -> None:
    """As long as it fails, what is wrong can be asked."""
    task = Task(failures=1_000)
    loop = run(task, lambda _: task.failed.wait(PATIENCE_S))
    assert loop.problem == "the worker failed: RuntimeError: the disk is on fire"


def test_failure_is_told_once_and_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    """The same failure again is no news; its end is."""
    task = Task(failures=2)
    with caplog.at_level(logging.INFO, "unwonted"):
        run(task, worked(task))
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert "Put it out" in caplog.text


def test_stops_while_it_pauses() -> None:
    """A loop that waits before its next attempt ends at once when it is asked to."""
    task = Task(failures=1_000)
    run(task, lambda _: task.failed.wait(PATIENCE_S))
    assert task.failures > 900


def test_what_may_be_cut_off_ends_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """A long task whose service has ended already fails in silence: its next start makes it good."""
    may_end = threading.Event()

    @contextmanager
    def long() -> Iterator[Turn]:
        def turn() -> None:
            may_end.wait(PATIENCE_S)
            raise RuntimeError("the store is closed")

        yield turn

    loop = Loop("trainer", long, advice="", may_be_cut=True)
    loop.start()
    loop.stop()
    may_end.set()
    assert loop.join(PATIENCE_S)
    assert caplog.text == ""
