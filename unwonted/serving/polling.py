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
    allowance: Allowance | None = None
    """What its requests are counted against."""


class Pollers:
    """Makes the pollers of a service."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Read the settings; raise UsageError where they name something to fetch and not how."""
        self._settings = settings
        self._clock = clock or Clock()
        self._fetcher = Fetcher(settings.poll_organisation, networks_of(settings))
        self._systems = Systems(settings, self._clock)
        self.organisation = settings.poll_organisation
        self.all = tuple(self._all())

    def _all(self) -> Iterator[Wanted]:
        yield from self._github_audit(Allowance(github_audit.AN_HOUR, self._clock))
        yield from self._github_hooks(Allowance(github_hooks.AN_HOUR, self._clock))
        yield from self._github_logs(Allowance(github_runs.AN_HOUR, self._clock))
        yield from self._gitlab_audit(Allowance(gitlab_audit.AN_HOUR, self._clock))
        yield from self._gitlab_runs(Allowance(gitlab_runs.AN_HOUR, self._clock))
        if self._settings.poll_folder is not None:
            folder = partial(Folder, self._settings.poll_folder, self._fetcher, every_s=self._settings.poll_every_s)
            yield _wanted(folder)

    def _github_audit(self, allowance: Allowance) -> Iterator[Wanted]:
        for of in listed(self._settings.github_audit):
            client = self._systems.github("github_audit", of.removeprefix(github_audit.ENTERPRISE), allowance)
            yield _wanted(partial(github_audit.GitHubAudit, of, client, self._fetcher, **self._rhythm), allowance)

    def _github_hooks(self, allowance: Allowance) -> Iterator[Wanted]:
        for of in listed(self._settings.github_hooks):
            client = self._systems.github("github_hooks", of, allowance)
            every_s = self._settings.poll_every_s
            yield _wanted(partial(github_hooks.GitHubHooks, of, client, self._fetcher, every_s=every_s), allowance)

    def _github_logs(self, allowance: Allowance) -> Iterator[Wanted]:
        for chosen in _chosen("github_logs", self._settings.github_logs):
            client = self._systems.github("github_logs", chosen.owner, allowance)
            runs = github_runs.GitHubRuns(client, self._fetcher)
            yield _wanted(partial(PipelinePoller, "github.logs", chosen, runs, **self._rhythm), allowance)

    def _gitlab_audit(self, allowance: Allowance) -> Iterator[Wanted]:
        for of in listed(self._settings.gitlab_audit):
            client = self._systems.gitlab("gitlab_audit", allowance)
            with _explained("gitlab_audit"):
                yield _wanted(partial(gitlab_audit.GitLabAudit, of, client, self._fetcher, **self._rhythm), allowance)

    def _gitlab_runs(self, allowance: Allowance) -> Iterator[Wanted]:
        for setting, kind in (
            ("gitlab_pipelines", gitlab_runs.GitLabPipelines),
            ("gitlab_logs", gitlab_runs.GitLabLogs),
        ):
            for chosen in _chosen(setting, getattr(self._settings, setting)):
                runs = kind(self._systems.gitlab(setting, allowance), self._fetcher)
                name = setting.replace("_", ".")
                yield _wanted(partial(PipelinePoller, name, chosen, runs, **self._rhythm), allowance)

    @property
    def _rhythm(self) -> dict[str, float]:
        return {"every_s": self._settings.poll_every_s, "backfill_days": self._settings.poll_backfill_days}


def _wanted(make: Callable[[], Poller], allowance: Allowance | None = None) -> Wanted:
    return Wanted(make().name, make, allowance)


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
    return Turns(wanted.make, stream or parts.stream, StoreLedger(parts.database), Clock(), wanted.allowance)


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
