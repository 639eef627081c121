"""Services with a fault built in: `python -m tests.faults.variants NAME,... serve ...`. The fault test must notice."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from sqlalchemy import Connection, update

from collector.receiver.appender import Appender
from collector.stream.group import EmbeddedGroup
from service.store import positions, tables
from service.store.database import Database
from service.worker import Worker
from unwonted.cli import main
from unwonted.serving import labour

WINDOW_S = 0.2
"""As on a slow disk: wide enough for a kill to fall into."""
FROZEN_AT = 3
"""Batch in which a process freezes: it knows what is stored, and more."""
FROZEN_BATCH = 100


def position_apart() -> None:
    """Broken: commit the position in a transaction of its own, after the results."""
    advance, transaction = positions.advance, Database.transaction
    waiting: list[tuple[Any, ...]] = []

    def later(_: Connection, *rest: Any) -> None:
        waiting.append(rest)

    @contextmanager
    def two_transactions(self: Database) -> Iterator[Connection]:
        with transaction(self) as connection:
            yield connection
        while waiting:
            time.sleep(WINDOW_S)
            with transaction(self) as connection:
                advance(connection, *waiting.pop())

    positions.advance = later  # type: ignore[assignment]  # breaking it is the point
    Database.transaction = two_transactions  # type: ignore[method-assign]  # breaking it is the point


def no_epoch_check() -> None:
    """Broken: let a worker go on that another has replaced."""

    def unchecked(connection: Connection, partition: int, _epoch: int, _old: int, new: int) -> None:
        connection.execute(
            update(tables.positions).where(tables.positions.c.partition == partition).values(position=new)
        )

    positions.advance = unchecked  # type: ignore[assignment]  # breaking it is the point


def freezes() -> None:
    """Freeze once between taking a batch in and storing it, and lose the lease soon."""
    begun = count(1)
    _freeze_where(lambda: next(begun) == FROZEN_AT)
    (EmbeddedGroup.__init__.__kwdefaults__ or {})["lease_s"] = 2.0
    labour.BATCH = FROZEN_BATCH


def freezes_when_told() -> None:
    """Freeze at that place after a SIGUSR1, unless a SIGCONT comes first."""
    is_told = _signalled()
    signal.signal(signal.SIGCONT, lambda *_: is_told.clear())
    _freeze_where(is_told.is_set)


def dies_when_told() -> None:
    """Die, after a SIGUSR1, when the next delivery was stored and before its sender is told."""
    is_told, store = _signalled(), Appender._store

    def stored(self: Appender, *arguments: Any) -> Any:
        done = store(self, *arguments)
        if is_told.is_set() and not any(done):
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    Appender._store = stored  # type: ignore[assignment]  # the fault


def _freeze_where(is_wanted: Callable[[], bool]) -> None:
    record = Worker._record

    def frozen(self: Worker, *arguments: Any) -> None:
        if is_wanted():
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)  # at once: this thread goes not one step further
        record(self, *arguments)

    Worker._record = frozen  # type: ignore[assignment]  # no other place lies between the two


def _signalled() -> threading.Event:
    """Return what is set by a SIGUSR1."""
    is_told = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: is_told.set())
    return is_told


VARIANTS = {one.__name__: one for one in (position_apart, no_epoch_check, freezes, freezes_when_told, dies_when_told)}

if __name__ == "__main__":
    for name in sys.argv.pop(1).split(","):
        VARIANTS[name]()
    main()
