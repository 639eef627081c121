"""The relay: moves what people decided from the store's outbox into the stream, where the worker learns of it."""

from __future__ import annotations

import threading

from collector.stream import Stream
from service.store import outbox
from service.store.database import Database

AT_ONCE = 200
"""An entry may carry fifty events; so many are held in memory."""


class Relay:
    """Appends waiting entries to the stream in their order, then removes them from the outbox.

    A crash in between appends them again: their ids make that harmless. One relay runs at a time, for the order's sake.
    """

    def __init__(self, database: Database, stream: Stream) -> None:
        self._database = database
        self._stream = stream
        self._condition = threading.Condition()
        self._is_woken = True  # what waited before this process began is moved at once

    def run_once(self) -> int:
        """Move what waits; return how many entries that were."""
        moved = 0
        while done := self._move():
            moved += done
        return moved

    def turn(self, timeout_s: float = 1.0) -> int:
        """Move what waits, after waiting at most so long to be woken; return how many entries that were.

        Commits of other processes wake nobody, so it looks also when the time is over.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._is_woken, timeout_s)
            self._is_woken = False
        return self.run_once()

    def wake(self) -> None:
        """End a wait: something was committed in this process."""
        with self._condition:
            self._is_woken = True
            self._condition.notify_all()

    def _move(self) -> int:
        with self._database.reading() as connection:
            entries = outbox.waiting(connection, AT_ONCE)
        if entries:
            self._stream.append([entry for _, entry in entries])
            with self._database.transaction() as connection:
                outbox.remove(connection, [seq for seq, _ in entries])
        return len(entries)
