"""The appender: deliveries that arrive together share one commit."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable, Sequence
from queue import SimpleQueue
from typing import NamedTuple, Protocol

from collector.errors import StreamError, UnstorableError
from collector.receiver.problem import busy
from collector.stream.entry import Entry

_LOG = logging.getLogger(__name__)


class Appending(Protocol):
    """What the receiver needs of a stream."""

    def append(self, entries: Iterable[Entry]) -> int:
        """Store entries durably, all or none; raise StreamError where that is not possible now."""


class _Waiting(NamedTuple):
    entries: Sequence[Entry]
    stored: asyncio.Future[None]


_Batch = Sequence[_Waiting]


class _Job(NamedTuple):
    loop: asyncio.AbstractEventLoop
    batch: _Batch


class Appender:
    """Gathers what waits while the disk is busy, and stores all of it at once.

    Its own thread does the writing, so the event loop never waits for a disk. Used from one event loop at a time.
    """

    def __init__(self, log: Appending, *, max_waiting: int) -> None:
        self._log = log
        self._max_waiting = max_waiting
        self._next: list[_Waiting] = []
        self._is_writing = False
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        # a thread of our own: an executor's futures would cost a lone delivery more than its parsing
        self._thread = threading.Thread(target=self._run, name="append", daemon=True)
        self.waiting = 0
        """Deliveries that wait for the disk."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Return once the entries are durable; raise StreamError, UnstorableError or Refused where they are not."""
        if not entries:
            return
        if self.waiting >= self._max_waiting:
            raise busy("full", f"{self.waiting:,} deliveries wait for the disk already: wait, then send again", 1)
        loop = asyncio.get_running_loop()
        mine = _Waiting(entries, loop.create_future())
        self._next.append(mine)
        self.waiting += 1
        try:
            if not self._is_writing:
                self._write(loop)
            await mine.stored
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Finish what is being written and let the thread go."""
        self._jobs.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _write(self, loop: asyncio.AbstractEventLoop) -> None:
        batch, self._next = self._next, []
        self._is_writing = True
        if self._thread.ident is None:
            self._thread.start()
        self._jobs.put(_Job(loop, batch))

    def _written(self, loop: asyncio.AbstractEventLoop, batch: _Batch, outcomes: list[Exception | None]) -> None:
        self._is_writing = False
        if self._next:
            self._write(loop)
        for item, error in zip(batch, outcomes, strict=True):
            if item.stored.done():  # its request was cancelled
                continue
            if error is None:
                item.stored.set_result(None)
            else:
                item.stored.set_exception(error)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            outcomes = self._store(job.batch)
            try:
                job.loop.call_soon_threadsafe(self._written, job.loop, job.batch, outcomes)
            except RuntimeError:  # the loop was closed, and nobody waits any more
                self._is_writing = False

    def _store(self, batch: _Batch) -> list[Exception | None]:
        """Return for each delivery what kept it from being stored, in the thread."""
        try:
            self._log.append([entry for item in batch for entry in item.entries])
        except StreamError as error:
            return [error] * len(batch)
        except Exception as error:  # noqa: BLE001 (the thread's edge: what is wrong with one must not cost the others)
            if len(batch) > 1:
                return [outcome for item in batch for outcome in self._store([item])]
            if isinstance(error, UnstorableError):
                return [error]
            _LOG.exception("entry_unstorable")
            return [UnstorableError("the stream cannot carry it")]
        return [None] * len(batch)
