"""The watch: looks at every source once a minute, and tells the stream what is wrong with one, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from collector.event import WATCH
from collector.masking import mask_text
from collector.stream import Stream
from collector.stream.entry import SCRATCH, Observed
from service.store import deliveries, pollers, sources
from service.store.database import Database
from service.store.pollers import PollerState
from service.store.sources import Key, State, Told
from service.watch import rules
from service.watch.findings import CLOCK, FAILING, SILENT, UNPROVEN, Finding
from service.watch.rhythm import KEPT_HOURS, LEAST_S, Rhythm
from service.watch.rules import DRIFT_S, Past
from service.watch.slots import hour_of
from service.words import DAY_S, duration, minute

EVERY_S = 60.0
_POLLER_FAILS = 5
"""Turns of a poller that must have failed one after the other."""
_POLLER_FAILS_S = 3_600.0
"""Time since the last that went well, before it is told."""
_WAITED_S = 14 * DAY_S
"""How long a source is called silent, or not proven, after it was told."""
_LOOKED_AT_HOURS = 8 * 24
"""How far back its proofs and its clock are looked at."""
_AT_ONCE = 2_000
"""Deliveries removed in one transaction."""

Place = tuple[Key, str]
"""A source and a rule."""


class Watch:
    """Judges the sources of all organisations; done twice, or by two at once, it tells nothing twice in effect."""

    def __init__(
        self, database: Database, stream: Stream, *, delivery_days: float = 14.0, now: Callable[[], float] = time.time
    ) -> None:
        """Look at what a store knows; deliveries in its log are removed after so many days."""
        self.told = 0
        """Findings appended since the start."""
        self._delivery_days = delivery_days
        self._database = database
        self._stream = stream
        self._now = now
        self._next_at = float("-inf")
        self._rhythms: dict[Key, tuple[float, Rhythm]] = {}
        """What was learned of sources that are quiet, up to when something of them came last."""

    def turn(self) -> bool:
        """Look at every source where it is time to; return whether it was."""
        now = self._now()
        if now < self._next_at:
            return False
        self._next_at = now + EVERY_S
        self.look(now)
        self._tidy(now)
        return True

    def look(self, now: float) -> list[Finding]:
        """Look at every source, and tell what is new; return it."""
        with self._database.reading() as connection:
            told = sources.told(connection)
            states = sources.states(connection)
            found = _by_place(self._all(connection, states, pollers.states(connection), now))
        news = [*_news(found, told), *_over(found, told, states)]
        places = {(one.key, one.rule) for one in news}
        ended = [one for one in _given_up(told, now) if (one[0], one[1].rule) not in places]
        if news:
            # in this order: a crash between the two tells it again, which its id makes harmless
            self._stream.append([Observed(event=one.event(now)) for one in news])
        if news or ended:
            with self._database.transaction() as connection:
                sources.tell(connection, [*ended, *((one.key, _as_told(one, now)) for one in news)])
        self.told += len(news)
        return news

    def _all(
        self, connection: Connection, states: Mapping[Key, State], polled: Sequence[PollerState], now: float
    ) -> Iterator[Finding]:
        failing = list(_failing(polled, now))
        yield from failing
        yield from _skewed(polled, now)
        names = {finding.key for finding in failing}
        known = {(one.organisation, one.source) for one in polled if (one.organisation, one.name) in names}
        for key, state in states.items():
            if key[1] == WATCH or SCRATCH in key[0]:
                continue
            if key not in known and (finding := self._silence(connection, key, state, now)):
                yield finding
            past = Past(key, state, sources.hours(connection, key, hour_of(now) - _LOOKED_AT_HOURS))
            yield from filter(None, (rules.unproven(past, now), rules.drifting(past, now)))

    def _silence(self, connection: Connection, key: Key, state: State, now: float) -> Finding | None:
        last = state.last_at
        if not last or now - last < LEAST_S:
            return None
        known = self._rhythms.get(key)
        if known is None or known[0] != last:
            since = hour_of(last) - KEPT_HOURS
            slots = {hour: found.slots for hour, found in sources.hours(connection, key, since).items()}
            known = last, Rhythm.learn(slots, sources.uptime(connection, state.door, since), last)
            self._rhythms[key] = known
        up = sources.uptime(connection, state.door, hour_of(last))
        return rules.silent(key, state, known[1].silence(last, now, up))

    def _tidy(self, now: float) -> None:
        """Remove what is too old to be learned from, or to be shown."""
        with self._database.transaction() as connection:
            sources.age(connection, hour_of(now) - KEPT_HOURS - 24)
            deliveries.age(connection, now - self._delivery_days * DAY_S, _AT_ONCE)


def _failing(polled: Sequence[PollerState], now: float) -> Iterator[Finding]:
    """Yield which pollers fail for long: that is as blind as a source that is silent."""
    for one in polled:
        since = one.last_ok_at or 0.0
        if now - (one.last_error_at or 0.0) > DAY_S:
            continue  # it is not asked any more
        if since and one.failures >= _POLLER_FAILS and now - since >= _POLLER_FAILS_S:
            text = (
                f"{one.name} could not be asked {one.failures:,} times in a row, the last answer came at "
                f"{minute(since)} UTC: {mask_text(one.last_error)[:200]}"
            )
            yield Finding((one.organisation, one.name), FAILING, since, text)


def _skewed(polled: Sequence[PollerState], now: float) -> Iterator[Finding]:
    for one in polled:
        ahead = one.clock_ahead_s or 0.0
        if abs(ahead) > DRIFT_S:
            text = f"the clock of {one.name} is {duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} ours"
            yield Finding((one.organisation, one.name), CLOCK, now // DAY_S * DAY_S, text)


def _by_place(found: Iterator[Finding]) -> dict[Place, Finding]:
    return {(one.key, one.rule): one for one in found}


def _news(found: Mapping[Place, Finding], told: Mapping[Place, Told]) -> Iterator[Finding]:
    for place, finding in found.items():
        before = told.get(place)
        if before is None or (before.since != finding.since and not _is_same(before, finding)):
            yield finding


def _is_same(before: Told, finding: Finding) -> bool:
    """Return whether a clock's drift is the one that was told, and lasts: it is told once, not every day."""
    return finding.rule == CLOCK and before.lasts


def _over(found: Mapping[Place, Finding], told: Mapping[Place, Told], states: Mapping[Key, State]) -> Iterator[Finding]:
    for (key, rule), before in told.items():
        if not before.lasts or (key, rule) in found:
            continue
        state = states.get(key, State())
        if rule == SILENT and state.last_at <= before.since:
            continue  # still silent, in an hour in which it usually is
        if rule == UNPROVEN and state.accepted_at <= before.told_at:
            continue  # nobody tried again
        yield Finding(key, rule, before.since, f"{key[1]}: {_ENDED[rule]}", is_over=True)


def _given_up(told: Mapping[Place, Told], now: float) -> Iterator[tuple[Key, Told]]:
    """Yield what was told so long ago that nobody waits for its end: the source was given up, or is used by nobody."""
    for (key, rule), before in told.items():
        if before.lasts and rule in {SILENT, UNPROVEN} and now - before.told_at > _WAITED_S:
            yield key, before._replace(ended_at=now, text=f"{before.text}. It is not waited for any more")


_ENDED = {
    SILENT: "delivers again",
    FAILING: "answers again, or is not asked any more",
    UNPROVEN: "is proven again",
    CLOCK: "tells its usual times again",
}


def _as_told(finding: Finding, now: float) -> Told:
    return Told(finding.rule, finding.since, now, now if finding.is_over else 0.0, finding.text)
