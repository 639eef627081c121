"""The demonstration: an invented organisation's month, then one attack on it, live, while somebody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Protocol, TextIO

from collector.delivery import parse_time
from collector.event import Event
from collector.networks import Networks
from collector.simulator import StagedDrill, play, stage
from collector.stream import observed, partition_of
from collector.stream.entry import Erased
from service.incident import Incident
from service.store import drills, incidents
from service.store.positions import position_of
from service.watch.tally import Tally
from service.words import count, plain, title_of
from training.drills import Read
from unwonted.drills import SIMULATED, cast_from, networks_for, reader
from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts

LIVE = "secret-stealing-workflow"
"""Played while somebody looks."""
DAY_S = 86400.0
HOUR_S = 3600.0
_ROOM_S = 1.5 * HOUR_S
"""Between the month and the attack: the attack takes a part of an hour on its own clock."""
_FRESH_S = 1.5 * DAY_S
"""A month that ended so long ago at most is shown again as it is."""
_CHUNK = 500
_LOOK_EVERY_S = 0.1
_MANNERS_S = 0.3
"""Whoever started the server tells first that it is ready."""


@dataclass(frozen=True)
class Plan:
    """What is shown, and when."""

    seed: int = 10
    """Chosen because its month has real incidents on top, and honest look-alikes below them."""
    days: int = 31
    attacks: tuple[str, ...] = ("protection-sandwich", "token-mass-clone")
    """Played into the last third of the month."""
    wait_s: float = 20.0
    """From the page's answer to the attack."""
    lasts_s: float = 10.0
    """Seconds in which the attack is played."""
    is_brief: bool = False
    """Whether the service ends when all was shown."""


class Page(Protocol):
    """The page that the demonstration is looked at on."""

    url: str

    @property
    def is_started(self) -> bool:
        """Return whether it answers."""


class Screen:
    """The terminal: lines that stay, and below them one that the next replaces."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last = ""

    def say(self, text: str) -> None:
        """Tell something that stays."""
        self.hint("")
        self._out.write(f"{text}\n")
        self._out.flush()

    def hint(self, text: str) -> None:
        """Tell how far it is; where lines cannot be replaced, nothing."""
        if text != self._last and self._out.isatty():
            self._out.write(f"\r{plain(text, 100)}\x1b[K")
            self._out.flush()
        self._last = text


class Demonstration:
    """Fills a running service with a simulated month, and plays an attack into it."""

    def __init__(
        self, parts: Parts, page: Page, screen: Screen, stopping: threading.Event, plan: Plan | None = None
    ) -> None:
        """Show it in a service whose page answers soon, until `stopping` is set; a brief one sets it in the end."""
        self._plan = plan or Plan()
        self._parts = parts
        self._page = page
        self._url = page.url.rstrip("/")
        self._screen = screen
        self._stopping = stopping
        self._read: Read = reader(networks_for(SIMULATED, Networks()))
        self._partition = partition_of(SIMULATED, parts.stream.partitions)
        self._is_over = False
        self._at = 0.0
        self._tally = Tally("demonstration", clock=lambda: self._at)

    def loop(self) -> Loop:
        """Return the thread that shows it."""
        return Loop("demonstration", self._opened, advice="Start it again with `unwonted serve --demo`")

    @contextmanager
    def _opened(self) -> Iterator[Turn]:
        yield self._turn

    def _turn(self) -> None:
        if self._is_over:
            self._stopping.wait(1.0)
            return
        while not self._page.is_started and not self._stopping.is_set():
            self._stopping.wait(_LOOK_EVERY_S)
        self._stopping.wait(_MANNERS_S)
        began = time.monotonic()
        self._screen.say(_welcome(f"{self._url}/?organisation={SIMULATED}"))
        self._load(time.time())
        self._await_worker(self._hint)
        self._tally.flush(self._parts.database)
        if not self._stopping.wait(max(0.0, began + self._plan.wait_s - time.monotonic())):
            self._attack(time.time())
        if not self._stopping.is_set():
            self._screen.say(_yours(self._url, is_brief=self._plan.is_brief))
        self._is_over = True
        if self._plan.is_brief:
            self._stopping.set()

    def _load(self, now: float) -> None:
        """Enter the month, unless one that is fresh is there; an old one is replaced."""
        with self._parts.database.reading() as connection:
            span = drills.span(connection, SIMULATED)
        if span and now - span[1] < _FRESH_S:
            return
        if span:
            self._parts.stream.append([Erased(organisation=SIMULATED, id=f"{SIMULATED}:{now}")])
        chunk: list[Event] = []
        for delivery in month(self._plan, now):
            chunk += self._read(delivery, SIMULATED)
            if len(chunk) >= _CHUNK and not self._append(chunk):
                return
        self._append(chunk)

    def _append(self, chunk: list[Event]) -> bool:
        self._enter(chunk)
        chunk.clear()
        self._hint()
        return not self._stopping.is_set()

    def _await_worker(self, hint: Callable[[], None] = lambda: None) -> None:
        """Return when everything that was entered has been scored."""
        end = self._parts.stream.end(self._partition)
        while self._position() < end and not self._stopping.wait(_LOOK_EVERY_S):
            hint()

    def _hint(self) -> None:
        with self._parts.database.reading() as connection:
            span = drills.span(connection, SIMULATED)
        if span:
            day = min(self._plan.days, 1 + int((span[1] - span[0]) / DAY_S))
            self._screen.hint(f"Learning: day {day} of {self._plan.days}")

    def _attack(self, now: float) -> None:
        """Play the attack over some seconds, and tell of the incident as soon as there is one."""
        staged = stage(LIVE, seed=int(now), now=now, cast=cast_from(self._parts.stream, SIMULATED))
        self._screen.say(f"\nNow an attack is played into it, while you look: {_lower(staged.says)}")
        played: set[str] = set()
        for pause, delivery in zip(pauses(staged, self._plan.lasts_s), staged.deliveries, strict=True):
            if self._stopping.wait(pause):
                return
            events = self._read(delivery, SIMULATED)
            self._enter(events)
            played |= {event.id for event in events}
            self._screen.hint(f"{count(len(played), 'event')} of it so far{self._standing(played)}")
        self._await_worker()
        self._tally.flush(self._parts.database)
        if not self._stopping.is_set():
            self._tell_end(played)

    def _enter(self, events: list[Event]) -> None:
        """Append events, and count each as if it had come when it says."""
        self._parts.stream.append(observed(events))
        for event in events:
            self._at = event.received_at
            self._tally.appended(observed([event]))

    def _standing(self, played: set[str]) -> str:
        found = self._incident(played)
        return f": an incident, {_place(found[0])} of {found[1]:,}" if found else ""

    def _tell_end(self, played: set[str]) -> None:
        found = self._incident(played)
        if found is None:
            self._screen.say("It became no incident this time: it is somewhere among the events.")
            return
        rank, total, incident = found
        self._screen.say(
            f"It is the {_place(rank)} of {count(total, 'incident')}, risk {incident.risk:.0f}: {title_of(incident)}\n"
            f"  {self._url}/incidents/{incident.id}?organisation={SIMULATED}"
        )

    def _incident(self, played: set[str]) -> tuple[int, int, Incident] | None:
        """Return the strongest incident with events of the attack: its rank, of how many, and itself."""
        with self._parts.database.reading() as connection:
            found = incidents.by_score(connection, SIMULATED, 10)
            total = len(drills.strengths(connection, SIMULATED, 0.0))
        for rank, incident in enumerate(found, 1):
            if any(event.id in played for event in incident.events):
                return rank, total, incident
        return None

    def _position(self) -> int:
        with self._parts.database.reading() as connection:
            return position_of(connection, self._partition)


def month(plan: Plan, now: float) -> Sequence[dict[str, Any]]:
    """Return the deliveries of the month that ends now, but for the time in which the attack will be played."""
    today = now // DAY_S * DAY_S
    start = datetime.fromtimestamp(today - plan.days * DAY_S, UTC)
    deliveries = play(plan.seed, plan.days + 1, start, plan.attacks).deliveries
    return [delivery for delivery in deliveries if (parse_time(delivery["received_at"]) or now) < now - _ROOM_S]


def pauses(staged: StagedDrill, lasts_s: float) -> list[float]:
    """Return how long to wait before each delivery, so that all take so many seconds and keep their rhythm."""
    times = [parse_time(delivery["received_at"]) or 0.0 for delivery in staged.deliveries]
    scale = lasts_s / max(1.0, times[-1] - times[0]) if times else 0.0
    return [0.0, *((later - earlier) * scale for earlier, later in pairwise(times))][: len(times)]


def _welcome(url: str) -> str:
    return (
        "\nThis is a DEMONSTRATION: the organisation, its 40 people and everything they do is simulated.\n"
        f"Look at what is learned of a month of it: {url}"
    )


def _yours(url: str, *, is_brief: bool) -> str:
    return (
        "\nNow yours:\n"
        "  scan a repository you have here      unwonted scan PATH       (or: make run SOURCE=PATH)\n"
        f"  or connect your organisation         webhook to paste: {url}/hooks/github\n"
        "                                       secret and steps: unwonted source add github --print\n"
        f"{'This was all.' if is_brief else 'Ctrl-C ends this.'}"
    )


def _place(rank: int) -> str:
    return {1: "riskiest", 2: "second riskiest", 3: "third riskiest"}.get(rank, f"{rank}th riskiest")


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
