"""GitLab's audit events, by its API: for groups and projects that do not stream them, and for instances."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import msgspec

from collector.delivery import parse_time
from collector.errors import AnsweredError, PollError
from collector.pollers.client import Client
from collector.pollers.places import read, written, zulu
from collector.pollers.poller import OVERLAP_S, Fetched, Kept
from collector.pollers.reading import Fetcher

AN_HOUR = 1_500
_PAGES = 20
"""Pages of one stretch of time: they come newest first, and are told oldest first."""
_FEW = 4
_SHORTEST_S, _LONGEST_S = 60.0, 29 * 86_400.0
"""GitLab answers for thirty days at once, and no more."""
_MOST_PAGES = 500
_DAY_S = 86_400.0
_ADVICE = (
    "The token needs the scope read_api, of an owner of the group or project, or of an administrator for the instance; "
    "GitLab tells of audit events from Premium on"
)


class Place(msgspec.Struct, frozen=True):
    """Which stretch of time is fetched next."""

    since: float
    span: float = _DAY_S
    """How long it is at most, in seconds."""


class GitLabAudit:
    """Fetches stretches of time one after the other, each whole, the last one reaching up to now."""

    source = "gitlab.audit"

    def __init__(
        self, of: str, client: Client, fetcher: Fetcher, *, every_s: float = 60.0, backfill_days: float = 7.0
    ) -> None:
        """Poll `group:PATH`, `project:PATH` or `instance`; raise ValueError where it is none of them."""
        self.name = f"{self.source}/{of}"
        self.organisation = fetcher.organisation
        self._path = _path_of(of)
        self._client = client
        self._fetcher = fetcher
        self._every_s = every_s
        self._backfill_s = backfill_days * _DAY_S

    @property
    def clock_ahead_s(self) -> float | None:
        """Return GitLab's clock minus ours."""
        return self._client.clock_ahead_s

    def fetch(self, kept: Kept, now: float) -> Fetched:
        """Fetch a stretch of time, or find that it is too long."""
        place = read(kept.get(), Place) or Place(now - self._backfill_s)
        there = now + (self.clock_ahead_s or 0.0)
        until: float | None = place.since + place.span
        if place.since + place.span >= there - OVERLAP_S:  # what may still be listed late is read again
            until = None
        try:
            found = self._stretch(place, until)
        except AnsweredError as error:
            raise AnsweredError(error.status, f"{error}. {_ADVICE}") from None
        if found is None:
            return Fetched(changes={"": written(msgspec.structs.replace(place, span=_shorter(place, there)))})
        entries, pages = found
        entries.sort(key=_order)
        newest = min(max(map(_time, entries), default=0.0), there)
        since = until or max(place.since, newest - OVERLAP_S)
        span = min(place.span * 2.0, _LONGEST_S) if pages <= _FEW else place.span
        after = Place(since, span)
        return Fetched(
            entries=self._fetcher.entries(self.source, entries, now),
            changes={"": written(after)} if after != place else {},
            next_in_s=self._every_s if until is None else None,
            reached_at=now if until is None else until,
        )

    def _stretch(self, place: Place, until: float | None) -> tuple[list[dict[str, Any]], int] | None:
        """Return the entries of a stretch and of how many pages they were; None where it has too many."""
        query = {"created_after": zulu(place.since), "pagination": "keyset", "order_by": "id", "per_page": "100"}
        answer = self._client.get(self._path, {**query, "created_before": zulu(until)} if until else query)
        entries = _listed(answer.value)
        for pages in range(1, _MOST_PAGES):
            if not answer.next_url:
                return entries, pages
            if pages >= _PAGES and place.span > _SHORTEST_S:
                return None
            answer = self._client.get(answer.next_url)
            entries += _listed(answer.value)
        raise PollError(f"{self.name}: more events in a minute than can be fetched")


def _shorter(place: Place, now: float) -> float:
    return max(min(place.span, now - place.since) / 4.0, _SHORTEST_S)


def _path_of(of: str) -> str:
    kind, _, path = of.partition(":")
    if of == "instance":
        return "audit_events"
    if kind in {"group", "project"} and path:
        return f"{kind}s/{quote(path, safe='')}/audit_events"
    raise ValueError(f"{of} names nothing that has audit events: write group:PATH, project:PATH or instance")


def _listed(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise PollError("GitLab's audit events are answered with what is no list of them")
    return value


def _time(entry: dict[str, Any]) -> float:
    return parse_time(entry.get("created_at")) or 0.0


def _order(entry: dict[str, Any]) -> tuple[float, int]:
    number = entry.get("id")
    return _time(entry), number if isinstance(number, int) else 0
