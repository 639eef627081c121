"""What is fetched: the pollers that the settings name, each with a thread and a lease of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from collector.pollers import github_audit, github_hooks
from collector.pollers.client import Client
from collector.pollers.clock import Clock
from collector.pollers.github_app import GitHubApp
from collector.pollers.github_audit import ENTERPRISE, GitHubAudit
from collector.pollers.github_hooks import APP, GitHubHooks
from collector.pollers.limits import Allowance
from collector.pollers.poller import Poller
from collector.pollers.reading import Fetcher
from collector.pollers.transport import Transport
from collector.pollers.turns import Turns
from collector.receiver.appender import Appending
from service.ledger import StoreLedger
from unwonted.errors import UsageError
from unwonted.serving.errands import alone
from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts
from unwonted.serving.receiving import networks_of
from unwonted.settings import Settings, variable
from unwonted.version import version

LEASE_S = 60.0
"""How long nothing is fetched after the process that fetched is gone."""
_LOOK_EVERY_S = 1.0
_ADVICE = "What it fetches waits where it is, and is fetched then"
_ACCEPT = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


class Wanted(NamedTuple):
    """A poller that the settings name."""

    name: str
    make: Callable[[], Poller]


class Pollers:
    """Makes the pollers of a service."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Read the settings; raise UsageError where they name something to fetch and not how."""
        self._settings = settings
        self._clock = clock or Clock()
        self._fetcher = Fetcher(settings.poll_organisation, networks_of(settings))
        self._transport = Transport(f"Unwonted/{version()}", settings.poll_ca)
        self._app = self._github_app()
        self._audit = Allowance(github_audit.AN_HOUR, self._clock)
        self._hooks = Allowance(github_hooks.AN_HOUR, self._clock)
        self.all = tuple(self._all())

    def _all(self) -> Iterator[Wanted]:
        for of in listed(self._settings.github_audit):
            client = self._github("github_audit", of.removeprefix(ENTERPRISE), self._audit)
            yield self._wanted(partial(GitHubAudit, of, client, self._fetcher, **self._rhythm))
        for of in listed(self._settings.github_hooks):
            client = self._github("github_hooks", of, self._hooks)
            yield self._wanted(partial(GitHubHooks, of, client, self._fetcher, every_s=self._settings.poll_every_s))

    @property
    def _rhythm(self) -> Mapping[str, float]:
        return {"every_s": self._settings.poll_every_s, "backfill_days": self._settings.poll_backfill_days}

    def _wanted(self, make: Callable[[], Poller]) -> Wanted:
        return Wanted(make().name, make)

    def _github(self, setting: str, of: str, allowance: Allowance) -> Client:
        """Return what asks GitHub; raise UsageError where nothing proves who we are."""
        told = partial(_with, self._proof(setting, of), _ACCEPT)
        return Client(self._settings.github_api, self._transport, told, self._clock, allowance)

    def _proof(self, setting: str, of: str) -> Callable[[], Mapping[str, str]]:
        app, token = self._app, self._settings.github_token.get_secret_value()
        if app is not None:
            return app.proof if of == APP else partial(app.credentials, of)
        if of == APP:
            raise UsageError(f"{variable(setting)} names `app`, which needs {variable('github_app')} and its key")
        if not token:
            raise UsageError(
                f"{variable(setting)} names what to fetch, and nothing proves to GitHub who asks: set "
                f"{variable('github_token')}, or {variable('github_app')} and {variable('github_app_key')}"
            )
        return partial(dict, {"Authorization": f"Bearer {token}"})

    def _github_app(self) -> GitHubApp | None:
        name, key = self._settings.github_app, self._settings.github_app_key.get_secret_value()
        if not name:
            return None
        if not key:
            raise UsageError(f"{variable('github_app')} is set and {variable('github_app_key')} is not; set both")
        return GitHubApp(name, key, self._settings.github_api, self._transport, self._clock)


def listed(setting: str) -> list[str]:
    """Return what a setting names, each once.

    >>> listed("acme, enterprise:big,,acme")
    ['acme', 'enterprise:big']
    """
    return list(dict.fromkeys(filter(None, map(str.strip, setting.split(",")))))


def poller_loops(parts: Parts, pollers: Pollers, stream: Appending | None = None) -> Iterator[Loop]:
    """Yield a thread for each poller: one that fails, or waits for a slow server, keeps no other from fetching.

    What is fetched goes to `stream`, where that is not the service's own as it is.
    """
    for wanted in pollers.all:
        opened = partial(_opened, parts, wanted, stream or parts.stream)
        yield Loop(f"poller {wanted.name}", opened, advice=_ADVICE, may_be_cut=True)


def turns_of(parts: Parts, wanted: Wanted, stream: Appending | None = None) -> Turns:
    """Return the turns of a poller on a service's stream and store."""
    return Turns(wanted.make, stream or parts.stream, StoreLedger(parts.database), Clock())


@contextmanager
def _opened(parts: Parts, wanted: Wanted, stream: Appending) -> Iterator[Turn]:
    turns = turns_of(parts, wanted, stream)
    pause = threading.Event()

    def act() -> None:
        if not turns.turn():
            pause.wait(_LOOK_EVERY_S)

    with alone(parts, lease_name(wanted), act, lease_s=LEASE_S) as turn:
        yield turn


def lease_name(wanted: Wanted) -> str:
    """Return the name of the lease under which a poller fetches."""
    return f"poller {wanted.name}"


def _with(credentials: Callable[[], Mapping[str, str]], headers: Mapping[str, str]) -> Mapping[str, str]:
    return {**headers, **credentials()}
