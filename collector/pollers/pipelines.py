"""Pipelines: repository by repository, which runs are new and over, their jobs, and what each job printed."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple, Protocol
from urllib.parse import quote

import msgspec

from collector.errors import AnsweredError, PollError, PostponedError
from collector.pollers.chosen import Chosen
from collector.pollers.client import Client
from collector.pollers.places import read, written
from collector.pollers.poller import Fetched, Kept
from collector.stream.entry import Entry

GONE = frozenset({404, 410})
"""How a server answers to what it had and removed."""
MAX_WAITING = 2_000
"""Runs of a repository that wait to be fetched; those beyond are counted as missed."""
TRIES = 5
"""How often what waits is tried, once a round, before it is left and counted as missed."""
_ERRORS = 3
"""Repositories that may fail before a round is ended: more is the server's fault."""
_MOST_PAGES = 100
_REMEMBERED = 2_000
_CHOSEN_AGAIN_S = 3_600.0
_DAY_S = 86_400.0


class Run(msgspec.Struct, frozen=True):
    """A run of a pipeline that is over, or a change of it."""

    id: str
    key: str
    """Another one where there is something new to fetch of it."""
    headers: dict[str, str]
    """What its jobs' deliveries have in common."""


class Job(msgspec.Struct, frozen=True):
    """A job whose log is to be fetched."""

    id: str
    headers: dict[str, str]
    archive: str = ""
    """Where the logs of all jobs of its run are, if they are fetched at once."""


class Place(msgspec.Struct, frozen=True):
    """Where a repository stands."""

    since: float
    """From when on runs are listed."""
    etag: str = ""
    """Of the list, as long as it began at the same time."""
    open: tuple[str, ...] = ()
    """Runs that were not over when they were last listed, and are listed no more."""
    done: tuple[str, ...] = ()
    """Keys of the runs that were fetched last."""
    fetched: tuple[str, ...] = ()
    """Ids of the jobs that were fetched last."""
    runs: tuple[Run, ...] = ()
    """Runs that wait."""
    jobs: tuple[Job, ...] = ()
    """Jobs that wait."""
    tries: int = 0
    """How often the first of what waits could not be fetched."""


class Listed(NamedTuple):
    """What a list of runs came to."""

    runs: list[Run]
    """The oldest first."""
    since: float
    """From when on to list the next time."""
    etag: str = ""
    open: tuple[str, ...] = ()
    is_cut: bool = False
    """More is listed already."""


class Pipelines(Protocol):
    """One system's pipelines."""

    @property
    def source(self) -> str:
        """Return the source of what is told."""

    @property
    def organisation(self) -> str:
        """Return the organisation it is told under."""

    @property
    def clock_ahead_s(self) -> float | None:
        """Return the server's clock minus ours; None where that is not known."""

    def repositories(self, chosen: Chosen) -> list[str]:
        """Return the names of the repositories that are chosen."""

    def runs(self, repository: str, place: Place, now: float) -> Listed | None:
        """Return the runs since a time; None where nothing changed."""

    def jobs(self, repository: str, run: Run, now: float) -> tuple[list[Job], list[Entry]]:
        """Return the jobs of a run whose logs can be fetched, and what the run itself tells."""

    def log(self, repository: str, job: Job, now: float) -> list[Entry]:
        """Return what a job's log holds; raise AnsweredError where it is gone."""


class PipelinePoller:
    """Fetches one thing a step: a list of runs, a run's jobs, or one log."""

    def __init__(
        self,
        kind: str,
        chosen: Chosen,
        pipelines: Pipelines,
        *,
        every_s: float = 60.0,
        backfill_days: float = 7.0,
    ) -> None:
        """Poll what is chosen of one owner; `kind` begins the poller's name."""
        self.name = f"{kind}/{chosen.owner}"
        self.organisation = pipelines.organisation
        self.source = pipelines.source
        self._chosen = chosen
        self._pipelines = pipelines
        self._every_s = every_s
        self._backfill_s = backfill_days * _DAY_S
        self._known: list[str] = []
        self._known_at = float("-inf")
        self._round: deque[str] = deque()
        self._is_listed = False
        self._errors: list[str] = []

    @property
    def clock_ahead_s(self) -> float | None:
        """Return the server's clock minus ours."""
        return self._pipelines.clock_ahead_s

    def fetch(self, kept: Kept, now: float) -> Fetched:
        """Take a step; a repository that fails is told at the end of the round, and keeps no other from its turn."""
        if not self._round:
            self._round.extend(self._repositories(now))
            self._is_listed = False
            if not self._round:
                return Fetched(next_in_s=self._every_s, reached_at=now)
        repository = self._round[0]
        place = read(kept.get(repository), Place) or Place(now - self._backfill_s)
        try:
            return self._step(repository, place, now)
        except PostponedError:
            raise
        except PollError as error:
            return self._give_way(repository, place, error, now)

    def _step(self, repository: str, place: Place, now: float) -> Fetched:
        if place.jobs:
            return self._log(repository, place, now)
        if place.runs:
            return self._jobs(repository, place, now)
        if self._is_listed:
            return self._go_on(now)
        return self._list(repository, place, now)

    def _repositories(self, now: float) -> list[str]:
        if not 0.0 <= now - self._known_at < _CHOSEN_AGAIN_S:
            self._known = self._chosen.names or self._pipelines.repositories(self._chosen)
            self._known_at = now
        return self._known

    def _give_way(self, repository: str, place: Place, error: PollError, now: float) -> Fetched:
        """Leave a repository until the next round; what could not be fetched in several rounds is left for good."""
        is_waiting = bool(place.jobs or place.runs)
        if isinstance(error, AnsweredError) and error.status in GONE and not is_waiting and not self._chosen.names:
            return self._go_on(now)  # it was listed, and has been removed, or is none of our business
        self._errors.append(str(error))
        if len(self._errors) >= _ERRORS:
            self._round = deque([repository])
        ended = self._go_on(now)
        if is_waiting:
            is_given_up = place.tries + 1 >= TRIES
            after = _without_first(place) if is_given_up else msgspec.structs.replace(place, tries=place.tries + 1)
            ended.changes, ended.missed = _changed(repository, place, after), int(is_given_up)
        return ended

    def _go_on(self, now: float) -> Fetched:
        """Go to the next repository, or end the round."""
        self._round.popleft()
        self._is_listed = False
        if self._round:
            return Fetched()
        error, self._errors = "; ".join(self._errors), []
        return Fetched(next_in_s=self._every_s, reached_at=None if error else now, error=error)

    def _list(self, repository: str, place: Place, now: float) -> Fetched:
        listed = self._pipelines.runs(repository, place, now)
        self._is_listed = listed is None or not listed.is_cut
        if listed is None:
            return Fetched()
        new = [run for run in listed.runs if run.key not in place.done]
        after = msgspec.structs.replace(
            place,
            since=listed.since,
            etag=listed.etag,
            open=listed.open,
            runs=tuple(new[:MAX_WAITING]),
        )
        return Fetched(changes=_changed(repository, place, after), missed=max(len(new) - MAX_WAITING, 0))

    def _jobs(self, repository: str, place: Place, now: float) -> Fetched:
        run, *rest = place.runs
        try:
            jobs, entries = self._pipelines.jobs(repository, run, now)
            missed = 0
        except AnsweredError as error:
            if error.status not in GONE:
                raise
            jobs, entries, missed = [], [], 1
        new = tuple(job for job in jobs if job.id not in place.fetched)
        after = msgspec.structs.replace(
            place, runs=tuple(rest), jobs=new, tries=0, done=_remembered(place.done, run.key)
        )
        return Fetched(entries=entries, changes=_changed(repository, place, after), missed=missed)

    def _log(self, repository: str, place: Place, now: float) -> Fetched:
        job, *rest = place.jobs
        try:
            entries, missed = self._pipelines.log(repository, job, now), 0
        except AnsweredError as error:
            if error.status not in GONE:
                raise
            entries, missed = [], 1
        after = msgspec.structs.replace(place, jobs=tuple(rest), tries=0, fetched=_remembered(place.fetched, job.id))
        return Fetched(entries=entries, changes=_changed(repository, place, after), missed=missed)


def path_of(repository: str) -> str:
    """Return a repository as GitLab's addresses name it.

    >>> path_of("acme/shop/web")
    'acme%2Fshop%2Fweb'
    """
    return quote(repository, safe="")


def pages(client: Client, path: str, query: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the objects of a list over all its pages; raise PollError where there are too many."""
    answer = client.get(path, query)
    found = objects(answer.value)
    for _ in range(_MOST_PAGES):
        if not answer.next_url:
            return found
        answer = client.get(answer.next_url)
        found += objects(answer.value)
    raise PollError(f"{path} lists more than {len(found):,}: choose fewer by name")


def objects(value: object, wrapper: str = "") -> list[dict[str, object]]:
    """Return a list of objects that an answer is, or wraps; raise PollError where it is none."""
    if wrapper:
        value = value.get(wrapper) if isinstance(value, dict) else None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise PollError("the answer is no list of what was asked for")
    return value


def _without_first(place: Place) -> Place:
    """Return a place without what waits first, which is not asked for again."""
    if place.jobs:
        fetched = _remembered(place.fetched, place.jobs[0].id)
        return msgspec.structs.replace(place, jobs=place.jobs[1:], tries=0, fetched=fetched)
    done = _remembered(place.done, place.runs[0].key)
    return msgspec.structs.replace(place, runs=place.runs[1:], tries=0, done=done)


def _remembered(done: tuple[str, ...], key: str) -> tuple[str, ...]:
    every = (*done, key)
    return tuple(islice(every, max(len(every) - _REMEMBERED, 0), None))


def _changed(name: str, before: Place, place: Place) -> dict[str, bytes | None]:
    return {name: written(place)} if place != before else {}
