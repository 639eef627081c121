"""Sources and deliveries as the API and the page are told of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from service.coverage.coverage import LIVE_S
from service.feed import cursors
from service.feed.covering import coverage_shape
from service.feed.filters import Page
from service.source_shapes import (
    CoverageShape,
    DeliveryDetail,
    DeliveryShape,
    PollerShape,
    SourceFindingShape,
    SourceShape,
    SourceState,
)
from service.store import dead, deliveries, pollers, sources
from service.store.database import Database
from service.store.deliveries import Kept
from service.store.errors import NotFoundError
from service.store.pollers import PollerState
from service.store.sources import Hour, Key, State, Told
from service.watch.findings import FAILING, SILENT, UNPROVEN
from service.watch.rhythm import KEPT_HOURS, Rhythm
from service.watch.slots import hour_of
from service.words import DAY_S, moment

HOURS, DAYS = 24, 14
"""How far back events are told by the hour, and by the day."""
_FRESH_S = 300.0
"""How long a rhythm that was learned is shown."""
_SELDOM_S = DAY_S


class Sources:
    """Reads how the sources of an organisation are; may be shared by threads."""

    def __init__(self, database: Database, *, now: Callable[[], float] = time.time) -> None:
        self._database = database
        self._now = now
        self._usual: dict[Key, tuple[float, float | None]] = {}

    def all(self, organisation: str) -> list[SourceShape]:
        """Return every source that was heard of, in alphabetical order, with those whose pollers never delivered."""
        now = self._now()
        with self._database.reading() as connection:
            states = sources.states(connection, organisation)
            told = sources.told(connection, organisation)
            polled = [one for one in pollers.states(connection) if one.organisation == organisation]
            letters = dead.count_by_source(connection, organisation)
            for one in polled:
                states.setdefault((organisation, one.source), State())
            return [
                self._shape(connection, key, state, _Around(told, polled, letters), now)
                for key, state in sorted(states.items())
            ]

    def deliveries(
        self, organisation: str, source: str = "", outcome: str = "", *, after: str | None = None, limit: int = 50
    ) -> Page[DeliveryShape]:
        """Return what became of the last requests, newest first; raise BadCursorError."""
        before = cursors.read(after, int) if after else None
        with self._database.reading() as connection:
            found = deliveries.listed(connection, organisation, source, outcome, before, limit + 1)
        more = cursors.write(found[limit - 1].id) if len(found) > limit else None
        return Page([DeliveryShape(**_told(kept)) for kept in found[:limit]], more)

    def delivery(self, organisation: str, identity: int) -> DeliveryDetail:
        """Return what became of a request, with its masked body where that was kept; raise NotFoundError."""
        with self._database.reading() as connection:
            kept = deliveries.one(connection, organisation, identity)
        if kept is None:
            raise NotFoundError(f"there is no delivery {identity} in {organisation}: the log holds the last ones only")
        return DeliveryDetail(**_told(kept), body=kept.body, is_whole=kept.is_whole)

    def coverage(self, organisation: str) -> CoverageShape:
        """Return which incidents of the past the sources that delivered within a week would show."""
        return coverage_shape(self.live_since(organisation, self._now() - LIVE_S))

    def live_since(self, organisation: str, since: float) -> dict[str, float]:
        """Return when each source that delivered something since a time did so last."""
        with self._database.reading() as connection:
            states = sources.states(connection, organisation)
        return {key[1]: state.last_at for key, state in states.items() if state.last_at >= since}

    def _shape(self, connection: Connection, key: Key, state: State, around: _Around, now: float) -> SourceShape:
        hours = sources.hours(connection, key, hour_of(now) - DAYS * 24 + 1)
        day = [found for hour, found in hours.items() if hour > hour_of(now) - HOURS]
        lags = [found for found in day if found.lags]
        findings = {rule: told for (of, rule), told in around.told.items() if of == key}
        mine = [one for one in around.pollers if one.source == key[1]]
        return SourceShape(
            name=key[1],
            state=_state(state, findings, mine, around, now),
            first_at=_at(state.first_at),
            last_at=_at(state.last_at),
            last_event_at=_at(state.observed_at),
            last_accepted_at=_at(state.accepted_at),
            last_error_at=_at(state.error_at),
            last_error=state.error,
            is_proof_failing=UNPROVEN in findings and findings[UNPROVEN].lasts,
            hook=state.hook,
            **{name: sum(getattr(one, name) for one in day) for name in _COUNTED},
            dead_letters=around.letters.get(key[1], 0),
            lag_s=sum(one.lag_s * one.lags for one in lags) / sum(one.lags for one in lags) if lags else None,
            usual_every_s=self._usual_every(connection, key, state, now),
            per_hour=_series(hours, hour_of(now), HOURS, 1),
            per_day=_series(hours, hour_of(now), DAYS, 24),
            findings=tuple(_finding_shape(told) for _, told in sorted(findings.items())),
            pollers=tuple(_poller_shape(one, now) for one in mine),
        )

    def _usual_every(self, connection: Connection, key: Key, state: State, now: float) -> float | None:
        learned_at, usual = self._usual.get(key, (0.0, None))
        if now - learned_at < _FRESH_S or not state.last_at:
            return usual
        since = hour_of(now) - KEPT_HOURS
        slots = {hour: found.slots for hour, found in sources.hours(connection, key, since).items()}
        up = sources.uptime(connection, state.door, since)
        silence = Rhythm.learn(slots, up, state.last_at).silence(state.last_at, now, up)
        usual = silence.usual_s if silence.observed_s >= 3 * DAY_S and silence.usual_s < _SELDOM_S else None
        self._usual[key] = now, usual
        return usual


class _Around:
    """What is known beside a source's own row."""

    def __init__(
        self, told: Mapping[tuple[Key, str], Told], polled: Sequence[PollerState], letters: Mapping[str, int]
    ) -> None:
        self.told = told
        self.pollers = polled
        self.letters = letters

    def is_failing(self, one: PollerState) -> bool:
        """Return whether the watch says that a poller fails."""
        told = self.told.get(((one.organisation, one.name), FAILING))
        return told is not None and told.lasts


_COUNTED = ("events", "accepted", "refused", "unproven", "unreadable")


def _state(
    state: State, findings: Mapping[str, Told], polled: Sequence[PollerState], around: _Around, now: float
) -> SourceState:
    if any(map(around.is_failing, polled)):
        return "failing"
    if SILENT in findings and findings[SILENT].lasts:
        return "silent"
    last = state.last_at or state.accepted_at
    if not last:
        return "waiting"
    return "live" if now - last < DAY_S else "quiet"


def _series(hours: Mapping[int, Hour], last: int, count: int, size: int) -> tuple[int, ...]:
    counts = [0] * count
    for hour, found in hours.items():
        back = (last - hour) // size
        if 0 <= back < count:
            counts[count - 1 - back] += found.events
    return tuple(counts)


def _finding_shape(told: Told) -> SourceFindingShape:
    return SourceFindingShape(rule=told.rule, text=told.text, told_at=moment(told.told_at), ended_at=_at(told.ended_at))


def _poller_shape(one: PollerState, now: float) -> PollerShape:
    return PollerShape(
        name=one.name,
        source=one.source,
        last_ok_at=_at(one.last_ok_at),
        last_error=one.last_error,
        last_error_at=_at(one.last_error_at),
        failures=one.failures,
        next_at=_at(one.next_at),
        reached_at=_at(one.reached_at),
        lag_s=now - one.reached_at if one.reached_at else None,
        clock_ahead_s=one.clock_ahead_s,
        delivered=one.delivered,
        unreadable=one.unreadable,
        missed=one.missed,
    )


def _told(kept: Kept) -> dict[str, Any]:
    names = set(DeliveryShape.model_fields) - {"received_at", "can_be_replayed"}
    told: dict[str, Any] = {name: getattr(kept, name) for name in names}
    return told | {"received_at": moment(kept.received_at), "can_be_replayed": kept.can_be_replayed}


def _at(seconds: float | None) -> datetime | None:
    return moment(seconds) if seconds else None
