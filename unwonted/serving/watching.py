"""What a process counts and keeps of what comes through its doors, and the watch that one process at a time is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from collector.receiver.journal import DeliveryNote
from collector.receiver.routes import SOURCES_OF
from collector.sources import SOURCES
from service.store import sources
from service.watch.log import DeliveryLog
from service.watch.note import Names
from service.watch.tally import Tally, Watched
from service.watch.watch import Watch
from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts
from unwonted.settings import Settings

_ADVICE = "Deliveries are accepted all the same; what is shown of them lags behind"
_EVERY_S = 1.0
_COUNTED_EVERY_S = 5.0


class Lookout:
    """Sees what comes through this process's doors: hooks, and what is fetched."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        """Count and keep for a service's store; whose doors are open here, `loop` is told."""
        self._parts = parts
        self._names = Names(frozenset(SOURCES), _source_of)
        self._hooks = Tally("receiver", self._names)
        self._fetched = Tally("scheduler", self._names)
        self._log = DeliveryLog(self._names, keeps_all=settings.deliveries_bodies == "all")
        self._kept = settings.deliveries_kept
        self.received = Watched(parts.stream, self._hooks)
        """The stream, as what is sent is appended to it."""
        self.fetched = Watched(parts.stream, self._fetched)
        """The stream, as what is fetched is appended to it."""

    def journal(self, note: DeliveryNote) -> None:
        """Take in what became of a request."""
        self._hooks.noted(note)
        self._log.noted(note)

    def loop(self, *, receives: bool, fetches: bool) -> Loop:
        """Return the thread that stores what was seen."""
        open_here = [tally for tally, is_open in ((self._hooks, receives), (self._fetched, fetches)) if is_open]
        return Loop("lookout", lambda: self._opened(open_here), advice=_ADVICE)

    @contextmanager
    def _opened(self, tallies: list[Tally]) -> Iterator[Turn]:
        with self._parts.database.reading() as connection:
            known = sources.states(connection)
        for key, state in known.items():
            if state.accepted_at:
                self._names.meets(key)
        pause, next_at = threading.Event(), 0.0

        def turn() -> None:
            nonlocal next_at
            for tally in tallies:
                tally.beat()
            self._log.flush(self._parts.database, self._kept)
            if time.monotonic() >= next_at:
                next_at = time.monotonic() + _COUNTED_EVERY_S
                self._flush(tallies)
            pause.wait(_EVERY_S)

        yield turn
        with suppress(SQLAlchemyError):  # what is left is little, and the process ends
            self._flush(tallies)
            self._log.flush(self._parts.database, self._kept)

    def _flush(self, tallies: list[Tally]) -> None:
        for tally in tallies:
            tally.flush(self._parts.database)


def watch_of(settings: Settings, parts: Parts) -> Watch:
    """Return what looks at the sources of a service."""
    return Watch(parts.database, parts.stream, delivery_days=settings.deliveries_days)


def _source_of(sender: str) -> str:
    return SOURCES_OF.get(sender, sender)
