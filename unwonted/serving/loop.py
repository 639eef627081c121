"""A thread that takes turns at one task, and begins anew when it fails."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 30.0

Turn = Callable[[], None]
"""One turn of a task: it ends within about a second, also where there is nothing to do."""


class Loop:
    """Takes turns at a task until it is stopped.

    A failure is told once, and as `problem` for as long as it lasts. What the task held in memory may be half
    changed then, so it is opened anew, after pauses that double.
    """

    def __init__(
        self, name: str, opened: Callable[[], AbstractContextManager[Turn]], *, advice: str, may_be_cut: bool = False
    ) -> None:
        """Name the task, what opens it for its turns, and what a reader of its failure can do.

        A task that may be cut off has turns of minutes, and makes good at its next start what was left half done.
        """
        self.name = name
        self.may_be_cut = may_be_cut
        self.problem: str | None = None
        self._opened = opened
        self._advice = advice
        self._stopping = threading.Event()
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def check(self) -> str | None:
        """Return what is wrong with it, or nothing."""
        if self.problem is None and self._thread.ident is not None and not self._thread.is_alive():
            return f"the {self.name} has ended; start the service again"
        return self.problem

    def stop(self) -> None:
        """Ask it to end after this turn."""
        self._stopping.set()

    def join(self, timeout_s: float) -> bool:
        """Return whether it ended within so many seconds."""
        if self._thread.ident is not None:
            self._thread.join(max(timeout_s, 0.0))
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._take_turns()
            except Exception as error:  # noqa: BLE001  # the edge of the thread: it tells, waits and goes on
                self._fail(error)

    def _take_turns(self) -> None:
        with self._opened() as turn:
            while not self._stopping.is_set():
                turn()
                self._recover()

    def _recover(self) -> None:
        if self._failures:
            log.info("the %s works again", self.name)
        self._failures = 0
        self.problem = None

    def _fail(self, error: Exception) -> None:
        if self.may_be_cut and self._stopping.is_set():
            return  # it was cut off: what it worked on is closed
        problem = f"the {self.name} failed: {type(error).__name__}: {error}"
        if problem != self.problem:
            log.error("%s. It is started again, at pauses of up to %d s. %s", problem, LONGEST_PAUSE_S, self._advice)
            log.debug("where", exc_info=error)
        self.problem = problem
        self._failures += 1
        self._stopping.wait(min(2.0 ** (self._failures - 1), LONGEST_PAUSE_S))
