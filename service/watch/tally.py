"""The tally: counts what comes through one door of the service, in memory, and stores it now and then.

Counting must cost a delivery nothing that can be noticed and never fail one: so it is done in memory, and what is not
stored yet when a process dies is lost, with the beat that would have said that it ran.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from threading import Lock
from typing import Protocol

from collector.stream.entry import Entry, Observed, Unreadable
from service.store import sources
from service.store.database import Database
from service.store.sources import Hour, Key, State
from service.watch.note import NOBODYS, UNPROVEN, Names, Note
from service.watch.slots import bit_of, hour_of

AHEAD_S = 300.0
"""An event dated so much after it was received is dated in the future."""
OLDEST_S = 86_400.0
"""What is older when it is received was fetched late, or sent again: it tells nothing of a clock."""
_SAMPLE = 200
"""Lags kept of a source between two times of storing."""
_LONGEST_TEXT = 300
_AWAY = 503
_SHUT_S = 900.0
"""How long a door that turned something away counts as shut, unless something was stored since."""
_HOOK_HEADERS = ("X-GitHub-Hook-ID", "X-Gitlab-Webhook-UUID")


class Appending(Protocol):
    """What can be told to a stream."""

    def append(self, entries: Iterable[Entry]) -> int:
        """Store entries durably, all or none."""


@dataclass
class _Counted:
    hours: dict[tuple[Key, int], Hour] = field(default_factory=dict)
    lags: dict[tuple[Key, int], list[float]] = field(default_factory=dict)
    states: dict[Key, State] = field(default_factory=dict)


class Tally:
    """What came through one door since it was last stored; may be told by several threads."""

    def __init__(self, door: str, names: Names | None = None, *, clock: Callable[[], float] = time.time) -> None:
        """Name the door, and how what comes through it is named."""
        self.door = door
        self._names = names or Names()
        self._clock = clock
        self._lock = Lock()
        self._counted = _Counted()
        self._beats: dict[tuple[str, int], int] = {}
        self._beaten: tuple[tuple[str, int], int] | None = None
        self._shut_at = float("-inf")

    def appended(self, entries: Iterable[Entry]) -> None:
        """Count entries that are durable in the stream."""
        now = self._clock()
        with self._lock:
            self._shut_at = float("-inf")
            for entry in entries:
                if isinstance(entry, Observed):
                    self._event(entry, now)
                elif isinstance(entry, Unreadable):
                    self._unreadable(entry, now)

    def noted(self, note: Note) -> None:
        """Count a request."""
        with self._lock:
            if note.status == _AWAY:
                self._shut_at = self._clock()
            self._request(note)

    def beat(self) -> None:
        """Note that the door is open; one that turned away what the stream could not store is shut for a while."""
        now = self._clock()
        key = (self.door, hour_of(now))
        with self._lock:
            if now - self._shut_at > _SHUT_S and self._beaten != (key, bit_of(now)):
                self._beaten = key, bit_of(now)
                self._beats[key] = self._beats.get(key, 0) | bit_of(now)

    def flush(self, database: Database) -> None:
        """Store what was counted; what cannot be stored now is kept for the next time."""
        with self._lock:
            counted, self._counted = self._counted, _Counted()
            beats, self._beats = self._beats, {}
        if not counted.hours and not beats:
            return
        for key, lags in counted.lags.items():
            if lags:
                counted.hours[key].lags, counted.hours[key].lag_s = len(lags), median(lags)
        try:
            with database.transaction() as connection:
                sources.add_hours(connection, counted.hours)
                sources.put_states(connection, counted.states)
                sources.add_uptime(connection, beats)
        except BaseException:
            self._put_back(counted, beats)
            raise

    def _event(self, entry: Observed, now: float) -> None:
        event = entry.event
        hour, state, lags = self._of((event.organisation, event.source), now)
        hour.slots |= bit_of(now)
        hour.events += 1
        state.last_at = now
        state.first_at = state.first_at or now
        state.observed_at = max(state.observed_at, min(event.observed_at, now + AHEAD_S))
        lag = event.received_at - event.observed_at
        if lag < -AHEAD_S:
            hour.ahead += 1
        if abs(lag) <= OLDEST_S and lag != 0.0 and len(lags) < _SAMPLE:
            lags.append(lag)

    def _unreadable(self, entry: Unreadable, now: float) -> None:
        hour, state, _ = self._of((entry.organisation, entry.source), now)
        hour.unreadable += 1
        state.error_at, state.error = now, f"could not be read: {entry.reason}"[:_LONGEST_TEXT]

    def _request(self, note: Note) -> None:
        key, door = self._names.key(note), self._names.sender_key(note)
        self._outcome(*self._of(key, note.received_at)[:2], note)
        if door != key:
            self._outcome(*self._of(door, note.received_at)[:2], note)

    def _outcome(self, hour: Hour, state: State, note: Note) -> None:
        if note.status < 300:
            hour.accepted += 1
            state.accepted_at = note.received_at
            for name in _HOOK_HEADERS:
                if name in note.headers:
                    state.hook = note.headers[name][:80]
            return
        hour.refused += 1
        hour.unproven += note.reason in UNPROVEN
        state.error_at, state.error = note.received_at, f"{note.status}: {note.detail or note.reason}"[:_LONGEST_TEXT]

    def _of(self, key: Key, now: float) -> tuple[Hour, State, list[float]]:
        """Return what is counted of a source, now; of those that are too many, together."""
        if key[1] != NOBODYS and key[1] not in self._names.known and not self._names.meets(key):
            key = (self._names.home, NOBODYS)
        at, counted = (key, hour_of(now)), self._counted
        hour = counted.hours.get(at)
        if hour is None:
            hour, counted.lags[at] = counted.hours.setdefault(at, Hour()), []
        state = counted.states.get(key)
        if state is None:
            state = counted.states[key] = State(door=self.door)
        return hour, state, counted.lags[at]

    def _put_back(self, counted: _Counted, beats: Mapping[tuple[str, int], int]) -> None:
        """Take in again what could not be stored; of its times the newer count."""
        with self._lock:
            for key, hour in counted.hours.items():
                mine = self._counted.hours.setdefault(key, Hour())
                for name, value in vars(hour).items():
                    setattr(mine, name, getattr(mine, name) + value if name != "slots" else mine.slots | value)
                mine.lags, mine.lag_s = 0, 0.0
            for key, lags in counted.lags.items():
                self._counted.lags[key] = (lags + self._counted.lags.get(key, []))[:_SAMPLE]
            for source, state in counted.states.items():
                newer = self._counted.states.get(source)
                self._counted.states[source] = state if newer is None else _joined(state, newer)
            for beat, bits in beats.items():
                self._beats[beat] = self._beats.get(beat, 0) | bits


def _joined(old: State, new: State) -> State:
    """Return what two times of counting told of a source: of each thing the last."""
    told = {name: value or getattr(old, name) for name, value in vars(new).items()}
    told["first_at"] = old.first_at or new.first_at
    told["error"] = new.error if new.error_at else old.error
    return State(**told)


class Watched:
    """A stream that tells a tally what was appended to it."""

    def __init__(self, log: Appending, tally: Tally) -> None:
        self._log = log
        self._tally = tally

    def append(self, entries: Iterable[Entry]) -> int:
        """Store entries durably, all or none, and count them."""
        told = list(entries)
        appended = self._log.append(told)
        self._tally.appended(told)
        return appended
