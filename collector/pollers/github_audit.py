"""GitHub's audit log, by its API: for organisations of Enterprise Cloud, and enterprises, that do not stream it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from collector.delivery import parse_time
from collector.errors import AnsweredError, PollError
from collector.pollers.client import Answer, Client
from collector.pollers.places import read, written, zulu
from collector.pollers.poller import OVERLAP_S, Fetched, Kept
from collector.pollers.reading import Fetcher

AN_HOUR = 1_500
"""Requests an hour: GitHub allows 1,750 for a user and address, and others may ask too."""
ENTERPRISE = "enterprise:"
"""What comes before the name of an enterprise; any other name is an organisation's."""
_PAGE = "100"
_EXPIRED = frozenset({400, 404, 410, 422})
"""How a server answers to a cursor that it knows no more."""
_ADVICE = "The token must be an owner's, with the scope read:audit_log; organisations have a log with Enterprise Cloud"
_DAY_S = 86_400.0


class Place(msgspec.Struct, frozen=True):
    """Where the next page begins."""

    since: float
    """The time from which entries are listed, oldest first."""
    after: str = ""
    """The cursor of the page; empty for the first."""
    newest: float = 0.0
    """The newest time of any entry so far."""
    began: float = 0.0
    """When the first page was asked for, by GitHub's clock: what is listed late since then may be on no later page."""


class GitHubAudit:
    """Lists what was logged since a few minutes before the newest entry that is known, page by page, oldest first."""

    source = "github.audit"

    def __init__(
        self, of: str, client: Client, fetcher: Fetcher, *, every_s: float = 60.0, backfill_days: float = 7.0
    ) -> None:
        """Poll an organisation, or `enterprise:NAME`; the first time, so many days back."""
        self.name = f"{self.source}/{of}"
        self.organisation = fetcher.organisation
        self._path = _path_of(of)
        self._client = client
        self._fetcher = fetcher
        self._every_s = every_s
        self._backfill_s = backfill_days * _DAY_S

    @property
    def clock_ahead_s(self) -> float | None:
        """Return GitHub's clock minus ours."""
        return self._client.clock_ahead_s

    def fetch(self, kept: Kept, now: float) -> Fetched:
        """Fetch a page."""
        place = read(kept.get(), Place) or Place(now - self._backfill_s)
        try:
            answer = self._client.get(self._path, _query(place))
        except AnsweredError as error:
            return self._start_over(place, error)
        listed = _entries(answer)
        there = now + (self.clock_ahead_s or 0.0)
        newest = _newest(listed, place.newest, there)
        after = _after(answer.next_url)
        is_end = not after or after == place.after
        began = place.began if place.after else there
        since = max(place.since, min(newest, began) - OVERLAP_S)
        next_place = Place(since, newest=newest) if is_end else Place(place.since, after, newest, began)
        return Fetched(
            entries=self._fetcher.entries(self.source, listed, now),
            changes=_changed(place, next_place),
            next_in_s=self._every_s if is_end else None,
            reached_at=now if is_end else newest or place.since,
        )

    def _start_over(self, place: Place, error: AnsweredError) -> Fetched:
        """Begin again before the newest entry that is known, where a cursor is known no more."""
        if not place.after or error.status not in _EXPIRED:
            raise AnsweredError(error.status, f"{error}. {_ADVICE}") from None
        since = max(place.since, min(place.newest, place.began) - OVERLAP_S)
        return Fetched(changes={"": written(Place(since, newest=place.newest))}, next_in_s=self._every_s)


def _path_of(of: str) -> str:
    if of.startswith(ENTERPRISE):
        return f"enterprises/{quote(of.removeprefix(ENTERPRISE), safe='')}/audit-log"
    return f"orgs/{quote(of, safe='')}/audit-log"


def _query(place: Place) -> dict[str, str]:
    query = {"phrase": f"created:>={zulu(place.since)}", "include": "all", "order": "asc", "per_page": _PAGE}
    return {**query, "after": place.after} if place.after else query


def _entries(answer: Answer) -> list[dict[str, Any]]:
    if not isinstance(answer.value, list) or not all(isinstance(entry, dict) for entry in answer.value):
        raise PollError("GitHub's audit log is answered with what is no list of entries")
    return answer.value


def _newest(listed: list[dict[str, Any]], newest: float, limit: float) -> float:
    """Return the newest time of all; one that is yet to come would leave out what comes until then."""
    times = (parse_time(entry.get("@timestamp")) or parse_time(entry.get("created_at")) or 0.0 for entry in listed)
    return max([newest, *(min(at, limit) for at in times)])


def _after(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("after", [""])[0]


def _changed(before: Place, place: Place) -> dict[str, bytes | None]:
    return {"": written(place)} if place != before else {}
