"""Turns: one poller's steps, each of which is kept only once the stream has acknowledged what it fetched."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from itertools import islice

from collector.errors import CollectorError, OvertakenError, PostponedError, UnstorableError
from collector.pollers.clock import Clock
from collector.pollers.limits import Allowance
from collector.pollers.poller import Fetched, Ledger, Poller, Turn
from collector.receiver.appender import Appending
from collector.receiver.reading import Reader
from collector.sources import Context
from collector.stream.entry import Entry, Observed, Unreadable

_LOG = logging.getLogger(__name__)
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 15.0, 900.0
_REMEMBERED = 20_000
"""Entries of this process that are not appended again, where steps overlap; the worker would leave them out too."""
_LATE_AGAIN_S = 30.0
_LATEST_S = 90_000.0
"""No step is due later than in a day: seconds."""
_LONGEST_ERROR = 1_000


class Turns:
    """Takes a poller's steps when they are due; a failure is kept, told once, and tried again at growing pauses."""

    def __init__(
        self,
        make: Callable[[], Poller],
        stream: Appending,
        ledger: Ledger,
        clock: Clock,
        allowance: Allowance | None = None,
    ) -> None:
        """Poll with what `make` returns; it is made anew after a failure, as its memory may be half changed.

        No step begins while the allowance, which its client draws on, is used up.
        """
        self._make = make
        self._allowance = allowance
        self._stream = stream
        self._ledger = ledger
        self._clock = clock
        self._poller: Poller | None = None
        self._appended: dict[str, None] = {}
        self._told = ""

    def turn(self) -> bool:
        """Take a step if its time has come; return whether it was taken."""
        poller = self._made()
        standing = self._ledger.standing(poller.name)
        now = self._clock.now()
        # a clock that was set back must not let it wait for years
        if now < standing.next_at <= now + _LATEST_S:
            return False
        self.step(standing.failures)
        return True

    def run(self, most: int) -> Turn:
        """Take steps now, until nothing more waits, or at most so many; return how the last one ended."""
        for _ in range(most):
            ended = self.step(0)
            if not ended.is_more:
                break
        return ended

    def step(self, failures: int) -> Turn:
        """Take a step after so many that failed; return how it ended, or raise what the stream or the store raises."""
        poller, memory = self._made(), _Kept(self._ledger, self._made().name)
        try:
            if self._allowance is not None:
                self._allowance.check()
            fetched = poller.fetch(memory, self._clock.now())
        except CollectorError as error:
            return self._fail(poller, error, failures)
        except Exception as error:  # noqa: BLE001  # one poller's fault is not the others'
            _LOG.debug("where", exc_info=error)
            return self._fail(poller, error, failures)
        try:
            return self._keep(poller, fetched, memory.read, failures)
        except OvertakenError:
            self._poller = None
            return self._turn(poller, next_in_s=_LATE_AGAIN_S, is_waiting=True)
        except BaseException:
            self._poller = None
            raise

    def _keep(self, poller: Poller, fetched: Fetched, read: Mapping[str, bytes], failures: int) -> Turn:
        entries = self._new(fetched.entries)
        self._append(entries, poller)
        pause = self._pause_after(failures) if fetched.error else fetched.next_in_s or 0.0
        ended = self._turn(poller, next_in_s=pause)._replace(
            error=fetched.error[:_LONGEST_ERROR],
            delivered=sum(isinstance(entry, Observed) for entry in entries),
            unreadable=sum(isinstance(entry, Unreadable) for entry in entries),
            missed=fetched.missed,
            reached_at=fetched.reached_at,
        )
        self._ledger.record(ended, read, fetched.changes)
        self._remember(entries)
        self._tell(poller, ended.error)
        if fetched.afterwards is not None:
            return self._act(poller, fetched.afterwards) or ended
        return ended

    def _act(self, poller: Poller, act: Callable[[], None]) -> Turn | None:
        try:
            act()
        except CollectorError as error:
            return self._fail(poller, error, 0)
        return None

    def _append(self, entries: list[Entry], poller: Poller) -> None:
        if not entries:
            return
        try:
            self._stream.append(entries)
        except UnstorableError:
            for entry in entries:
                self._append_one(entry, poller)

    def _append_one(self, entry: Entry, poller: Poller) -> None:
        try:
            self._stream.append([entry])
        except UnstorableError as error:
            reader = Reader(Context(poller.organisation), self._clock.now())
            self._stream.append([reader.parked(poller.source, _id(entry).encode(), str(error))])

    def _fail(self, poller: Poller, error: Exception, failures: int) -> Turn:
        if isinstance(error, PostponedError):
            ended = self._turn(poller, next_in_s=max(error.until - self._clock.now(), 0.0), is_waiting=True)
        else:
            self._poller = None
            words = str(error) if isinstance(error, CollectorError) else f"{type(error).__name__}: {error}"
            ended = self._turn(poller, next_in_s=self._pause_after(failures))._replace(error=words[:_LONGEST_ERROR])
            self._tell(poller, ended.error)
        self._ledger.record(ended, {}, {})
        return ended

    def _pause_after(self, failures: int) -> float:
        longest = min(_FIRST_PAUSE_S * 2.0 ** min(failures, 10), _LONGEST_PAUSE_S)
        return longest * (0.75 + 0.25 * self._clock.draw())

    def _tell(self, poller: Poller, error: str) -> None:
        """Tell an error once, and when it is over."""
        if error and error != self._told:
            _LOG.error("%s: %s. It is tried again, at pauses of up to 15 minutes", poller.name, error)
        elif self._told and not error:
            _LOG.info("%s is fetched again", poller.name)
        self._told = error

    def _made(self) -> Poller:
        if self._poller is None:
            self._poller = self._make()
        return self._poller

    def _turn(self, poller: Poller, *, next_in_s: float, is_waiting: bool = False) -> Turn:
        at = self._clock.now()
        told = (poller.name, poller.organisation, poller.source, at, at + next_in_s)
        return Turn(*told, is_waiting=is_waiting, clock_ahead_s=poller.clock_ahead_s)

    def _new(self, entries: list[Entry]) -> list[Entry]:
        """Return the entries that this process has not appended, each once."""
        found = {_id(entry): entry for entry in reversed(entries) if _id(entry) not in self._appended}
        return list(found.values())[::-1]

    def _remember(self, entries: list[Entry]) -> None:
        self._appended.update(dict.fromkeys(map(_id, entries)))
        for old in list(islice(self._appended, max(len(self._appended) - _REMEMBERED, 0))):
            del self._appended[old]


class _Kept:
    """What a poller keeps, and what of it a step has read."""

    def __init__(self, ledger: Ledger, poller: str) -> None:
        self._ledger = ledger
        self._poller = poller
        self.read: dict[str, bytes] = {}

    def get(self, name: str = "") -> bytes | None:
        """Return what was kept under a name."""
        return self.under(name).get(name)

    def under(self, prefix: str) -> Mapping[str, bytes]:
        """Return everything that was kept under names which begin so."""
        found = self._ledger.under(self._poller, prefix)
        self.read.update(found)
        return found


def _id(entry: Entry) -> str:
    return entry.event.id if isinstance(entry, Observed) else entry.id
