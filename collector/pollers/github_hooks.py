"""GitHub's webhooks that did not arrive: GitHub sends nothing again by itself, so we ask it to.

What arrives then comes through the receiver, proven as ever, under the id of the delivery that failed.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from collector.errors import AnsweredError, PollError
from collector.pollers.client import Client
from collector.pollers.places import read, written
from collector.pollers.poller import Fetched, Kept
from collector.pollers.reading import Fetcher
from collector.pollers.redelivery import KEPT_S, Place, asked, due, ended, look, without_lost

AN_HOUR = 1_000
APP = "app"
"""The webhook of the GitHub App that asks."""
MOST_A_ROUND, MOST_WHILE_DOWN = 30, 1
"""Deliveries of a hook that are asked for again between two looks at what became of them."""
_APART_S = 1.0
"""GitHub wants a second between requests that change something."""
_OURS = ("/hooks/github", "/hooks/github.webhook")
_MOST_PAGES = 10
_ADVICE = (
    "The token must be an owner's, with the scope admin:org_hook for an organisation's hooks, admin:repo_hook for a "
    "repository's"
)


class GitHubHooks:
    """Looks for deliveries that failed in the last three days, hook by hook, and asks for each a few times at most."""

    source = "github.webhook"

    def __init__(self, of: str, client: Client, fetcher: Fetcher, *, every_s: float = 60.0) -> None:
        """Mend the hooks of an organisation, a repository `OWNER/NAME`, or the App's own."""
        self.name = f"github.hooks/{of}"
        self.organisation = fetcher.organisation
        self._of = of
        self._client = client
        self._every_s = every_s
        self._hooks: deque[str] = deque()
        """The hooks of this round that are left: what their paths begin with."""
        self._asked = 0

    @property
    def clock_ahead_s(self) -> float | None:
        """Return GitHub's clock minus ours."""
        return self._client.clock_ahead_s

    def fetch(self, kept: Kept, now: float) -> Fetched:
        """Find the hooks, look at a page of one's deliveries, or ask for one delivery again."""
        there = now + (self.clock_ahead_s or 0.0)
        if not self._hooks:
            self._hooks.extend(self._found())
            return Fetched(next_in_s=None if self._hooks else self._every_s, reached_at=now)
        hook = self._hooks[0]
        place = read(kept.get(hook), Place) or Place(there - KEPT_S)
        if self._asked:
            return self._ask(hook, place, there)
        return self._look(hook, place, there)

    def _look(self, hook: str, place: Place, there: float) -> Fetched:
        query = {"per_page": "100", **({"cursor": place.cursor} if place.cursor else {})}
        try:
            answer = self._client.get(f"{hook}/deliveries", query)
        except AnsweredError as error:
            if place.cursor:  # known no more: the look begins again
                fresh = msgspec.structs.replace(place, cursor="")
                return Fetched(changes={hook: written(fresh)}, next_in_s=self._every_s)
            raise _advised(error) from None
        seen = look(place, _listed(answer.value), there)
        cursor = _cursor(answer.next_url)
        if seen.is_over or not cursor or cursor == place.cursor:
            self._asked = 1
            after = ended(seen.place)
        else:
            after = msgspec.structs.replace(seen.place, cursor=cursor)
        changes: dict[str, bytes | None] = {} if after == place else {hook: written(after)}
        return Fetched(changes=changes, missed=seen.missed)

    def _ask(self, hook: str, place: Place, there: float) -> Fetched:
        """Ask for what is due, once that it will be is kept: it happens a bounded number of times, whatever fails."""
        left = without_lost(place, there)
        missed = len(place.failed) - len(left.failed)
        guid = due(left, there)
        if guid is None or self._asked > (MOST_WHILE_DOWN if place.is_down else MOST_A_ROUND):
            return self._go_on(hook, place, left, missed)
        self._asked += 1
        url = f"{hook}/deliveries/{left.failed[guid].id}/attempts"
        after = asked(left, guid, there)
        return Fetched(
            changes={hook: written(after)}, next_in_s=_APART_S, missed=missed, afterwards=partial(self._post, url)
        )

    def _go_on(self, hook: str, place: Place, left: Place, missed: int) -> Fetched:
        self._hooks.popleft()
        self._asked = 0
        changes: dict[str, bytes | None] = {hook: written(left)} if left != place else {}
        return Fetched(changes=changes, next_in_s=None if self._hooks else self._every_s, missed=missed)

    def _post(self, url: str) -> None:
        self._client.post(url)

    def _found(self) -> list[str]:
        """Return the hooks that send to a receiver of ours; others' are not ours to mend."""
        if self._of == APP:
            config = self._get("app/hook/config").value
            return ["app/hook"] if _is_ours(config) else []
        base = f"repos/{quote(self._of)}/hooks" if "/" in self._of else f"orgs/{quote(self._of, safe='')}/hooks"
        found, url = [], base
        for _ in range(_MOST_PAGES):
            answer = self._get(url)
            found += [one for one in _listed(answer.value) if _is_ours(one.get("config")) and one.get("id")]
            url = answer.next_url
            if not url:
                break
        return [f"{base}/{one['id']}" for one in found]

    def _get(self, url: str) -> Any:
        try:
            return self._client.get(url)
        except AnsweredError as error:
            raise _advised(error) from None


def _advised(error: AnsweredError) -> AnsweredError:
    return AnsweredError(error.status, f"{error}. {_ADVICE}")


def _listed(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise PollError("GitHub's webhooks are answered with what is no list of them")
    return value


def _is_ours(config: Any) -> bool:
    url = config.get("url") if isinstance(config, dict) else None
    return isinstance(url, str) and urlsplit(url).path.rstrip("/").endswith(_OURS)


def _cursor(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("cursor", [""])[0]
