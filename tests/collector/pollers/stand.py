"""What pollers stand on in tests: a clock that is set by hand, a ledger in memory, and a stream that keeps entries."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from collector.errors import OvertakenError
from collector.event import Event
from collector.pollers.client import Client
from collector.pollers.clock import Clock
from collector.pollers.limits import Allowance
from collector.pollers.poller import Poller, Standing, Turn
from collector.pollers.reading import Fetcher
from collector.pollers.transport import Transport
from collector.pollers.turns import Turns
from collector.stream.entry import Entry, Observed, Unreadable
from tests.collector.pollers.vendor import Vendor


@dataclass
class HandClock:
    """A clock that moves only when somebody waits, or moves it."""

    at: float = field(default_factory=time.time)
    pauses: list[float] = field(default_factory=list)

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and note that somebody waited."""
        self.pauses.append(seconds)
        self.at += seconds

    @property
    def clock(self) -> Clock:
        """Return it as pollers take it."""
        return Clock(now=lambda: self.at, steady=lambda: self.at, pause=self.pass_by, draw=lambda: 1.0)


@dataclass
class MemoryLedger:
    """Keeps in memory what the store keeps."""

    cursors: dict[str, bytes] = field(default_factory=dict)
    turns: list[Turn] = field(default_factory=list)
    is_overtaken: bool = False

    def standing(self, _poller: str) -> Standing:
        """Return how a poller stands."""
        failures = 0
        for turn in reversed(self.turns):
            if turn.is_waiting:
                continue
            if not turn.error:
                break
            failures += 1
        return Standing(self.turns[-1].next_at if self.turns else 0.0, failures)

    def under(self, _poller: str, prefix: str) -> dict[str, bytes]:
        """Return what is kept under the names that begin so."""
        return {name: body for name, body in self.cursors.items() if name.startswith(prefix)}

    def record(self, turn: Turn, read: Mapping[str, bytes], changes: Mapping[str, bytes | None]) -> None:
        """Keep how a step ended and where to go on."""
        if any(self.cursors.get(name) != read.get(name) for name in changes) or self.is_overtaken:
            raise OvertakenError("another process has come further")
        for name, body in changes.items():
            if body is None:
                self.cursors.pop(name, None)
            else:
                self.cursors[name] = body
        self.turns.append(turn)


@dataclass
class ListStream:
    """Keeps what is appended, unless it is told to fail."""

    entries: list[Entry] = field(default_factory=list)
    before: Callable[[list[Entry]], None] = lambda _: None

    def append(self, entries: Iterable[Entry]) -> int:
        """Keep entries."""
        listed = list(entries)
        self.before(listed)
        self.entries += listed
        return len(listed)

    @property
    def events(self) -> list[Event]:
        """Return the events."""
        return [entry.event for entry in self.entries if isinstance(entry, Observed)]

    @property
    def letters(self) -> list[Unreadable]:
        """Return the dead letters."""
        return [entry for entry in self.entries if isinstance(entry, Unreadable)]


def client_of(vendor: Vendor, hand: HandClock, allowance: Allowance | None = None) -> Client:
    """Return a client of a vendor."""
    return Client(
        vendor.url, Transport("Unwonted/test"), lambda: {"Authorization": "Bearer s3cret"}, hand.clock, allowance
    )


class Stand:
    """One poller with all it needs."""

    def __init__(self, make: Callable[[Client, Fetcher], Poller], vendor: Vendor) -> None:
        self.hand = HandClock()
        self.ledger = MemoryLedger()
        self.stream = ListStream()
        self.client = client_of(vendor, self.hand)
        self.fetcher = Fetcher("acme")
        self._make = make
        self.restart()

    def restart(self) -> None:
        """Forget everything that only the process knew."""
        self.turns = Turns(lambda: self._make(self.client, self.fetcher), self.stream, self.ledger, self.hand.clock)

    def run(self, most: int = 1_000) -> Turn:
        """Take steps until nothing more waits."""
        return self.turns.run(most)

    def step(self) -> Turn:
        """Take one step."""
        return self.turns.step(0)

    @property
    def ids(self) -> list[str]:
        """Return the ids of the events, in the order of the stream."""
        return [event.id for event in self.stream.events]
