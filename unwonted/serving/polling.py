"""What is fetched: the pollers that the settings name, each with a thread and a lease of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from collector.pollers import github_audit, github_hooks, github_runs, gitlab_audit, gitlab_runs
from collector.pollers.chosen import Chosen, chosen_of
from collector.pollers.clock import Clock
from collector.pollers.folder import Folder
from collector.pollers.limits import Allowance
from collector.pollers.pipelines import PipelinePoller
from collector.pollers.poller import Poller
from collector.pollers.reading import Fetcher
from collector.pollers.turns import Turns
from collector.receiver.appender import Appending
from service.ledger import StoreLedger
from service.store import pollers as states
from unwonted.errors import UsageError
from unwonted.serving.asking import Systems
from unwonted.serving.errands import alone
from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts
from unwonted.serving.receiving import networks_of
from unwonted.settings import Settings, variable

LEASE_S = 60.0
"""How long nothing is fetched after the process that fetched is gone."""
_LOOK_EVERY_S = 1.0
_ADVICE = "What it fetches waits where it is, and is fetched then"


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
        self._systems = Systems(settings, self._clock)
        self.organisation = settings.poll_organisation
        self.all = tuple(Wanted(make().name, make) for make in self._all())

    def _all(self) -> Iterator[Callable[[], Poller]]:
        yield from self._github()
        yield from self._gitlab()
        if self._settings.poll_folder is not None:
            yield partial(Folder, self._settings.poll_folder, self._fetcher, every_s=self._settings.poll_every_s)

    def _github(self) -> Iterator[Callable[[], Poller]]:
        settings, fetcher = self._settings, self._fetcher
        ask = partial(self._systems.github, allowance=Allowance(github_audit.AN_HOUR, self._clock))
        for of in listed(settings.github_audit):
            client = ask("github_audit", of.removeprefix(github_audit.ENTERPRISE))
            yield partial(github_audit.GitHubAudit, of, client, fetcher, **self._rhythm)
        ask = partial(self._systems.github, allowance=Allowance(github_hooks.AN_HOUR, self._clock))
        for of in listed(settings.github_hooks):
            client = ask("github_hooks", of)
            yield partial(github_hooks.GitHubHooks, of, client, fetcher, every_s=settings.poll_every_s)
        ask = partial(self._systems.github, allowance=Allowance(github_runs.AN_HOUR, self._clock))
        for chosen in _chosen("github_logs", settings.github_logs):
            runs = github_runs.GitHubRuns(ask("github_logs", chosen.owner), fetcher)
            yield partial(PipelinePoller, "github.logs", chosen, runs, **self._rhythm)

    def _gitlab(self) -> Iterator[Callable[[], Poller]]:
        settings, fetcher = self._settings, self._fetcher
        ask = partial(self._systems.gitlab, allowance=Allowance(gitlab_audit.AN_HOUR, self._clock))
        for of in listed(settings.gitlab_audit):
            make = partial(gitlab_audit.GitLabAudit, of, ask("gitlab_audit"), fetcher, **self._rhythm)
            with _explained("gitlab_audit"):
                make()
            yield make
        ask = partial(self._systems.gitlab, allowance=Allowance(gitlab_runs.AN_HOUR, self._clock))
        for chosen in _chosen("gitlab_pipelines", settings.gitlab_pipelines):
            told = gitlab_runs.GitLabPipelines(ask("gitlab_pipelines"), fetcher)
            yield partial(PipelinePoller, "gitlab.pipelines", chosen, told, **self._rhythm)
        for chosen in _chosen("gitlab_logs", settings.gitlab_logs):
            logs = gitlab_runs.GitLabLogs(ask("gitlab_logs"), fetcher)
            yield partial(PipelinePoller, "gitlab.logs", chosen, logs, **self._rhythm)

    @property
    def _rhythm(self) -> dict[str, float]:
        return {"every_s": self._settings.poll_every_s, "backfill_days": self._settings.poll_backfill_days}


def listed(setting: str) -> list[str]:
    """Return what a setting names, each once.

    >>> listed("acme, enterprise:big,,acme")
    ['acme', 'enterprise:big']
    """
    return list(dict.fromkeys(filter(None, map(str.strip, setting.split(",")))))


def poller_loops(parts: Parts, pollers: Pollers, stream: Appending | None = None) -> Iterator[Loop]:
    """Yield a thread for each poller: one that fails, or waits for a slow server, keeps no other from fetching.

    What is fetched goes to `stream`, where that is not the service's own as it is. Pollers that the settings name no
    more are not told of any longer.
    """
    with parts.database.transaction() as connection:
        states.keep_only(connection, pollers.organisation, [wanted.name for wanted in pollers.all])
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


def _chosen(setting: str, value: str) -> list[Chosen]:
    with _explained(setting):
        return chosen_of(listed(value))


@contextmanager
def _explained(setting: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise UsageError(f"{variable(setting)}: {error}") from None
