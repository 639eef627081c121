"""A running service: its server and its threads, from the first to the last in order."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from unwonted.errors import ServiceError
from unwonted.serving.loop import Loop
from unwonted.serving.server import Server

log = logging.getLogger(__name__)

PATIENCE_S = 30.0
"""How long a service may take to end; what is not done by then is done again at the next start."""
_READY_S = 60.0
_LOOK_EVERY_S = 0.5


def _spare_the_collector() -> None:
    """Let the garbage collector not look at what stays for good, nor after every few hundred objects.

    A request makes many that live as long as it does: looking through them cost an eighth of a receiver's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


class Service:
    """The server and the threads of one process."""

    def __init__(
        self,
        server: Server,
        loops: Sequence[Loop] = (),
        *,
        ready: str = "Unwonted is ready",
        stopping: threading.Event | None = None,
    ) -> None:
        """Run a server and loops; `stopping` is set when they are to end."""
        self._server = server
        self._loops = loops
        self._ready = f"{ready}: {server.url}\n"
        self._stopping = stopping or threading.Event()

    def run(self) -> None:
        """Start, say where, wait for a signal, and end; raise ServiceError where it did not end as it should."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        self._server.start()
        for loop in self._loops:
            loop.start()
        try:
            self._await_server()
            self._wait()
        finally:
            self._stop()

    def stop(self) -> None:
        """Ask it to end, from any thread."""
        self._stopping.set()

    def _await_server(self) -> None:
        deadline = time.monotonic() + _READY_S
        while not self._server.is_started and not self._stopping.wait(0.02):
            if not self._server.is_alive or time.monotonic() > deadline:
                raise ServiceError(self._server.problem or "the server did not start within a minute")
        if self._server.is_started:
            _spare_the_collector()
            sys.stdout.write(self._ready)
            sys.stdout.flush()

    def _wait(self) -> None:
        while not self._stopping.wait(_LOOK_EVERY_S):
            if not self._server.is_alive:
                raise ServiceError(self._server.problem or "the server ended by itself; start again")

    def _stop(self) -> None:
        """End in the order of a delivery's way: nothing new comes in, then what is in is worked off."""
        log.info("ending: nothing new is accepted, and what is under way is finished")
        deadline = time.monotonic() + PATIENCE_S
        self._server.stop()
        for loop in self._loops:
            loop.stop()
        late = [loop.name for loop in self._loops if not loop.may_be_cut and not loop.join(deadline - time.monotonic())]
        if not self._server.join(deadline - time.monotonic()):
            late.append("server")
        if late:
            log.error("%s did not end within %d s; what it was at is done again", " and ".join(late), PATIENCE_S)
            _leave(1)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._stopping.is_set():
            _leave(128 + number)
        self._stopping.set()


def _leave(code: int) -> NoReturn:
    """End at once: a thread that hangs keeps nothing alive."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
