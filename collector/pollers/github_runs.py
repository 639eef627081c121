"""Runs of GitHub Actions that are over, and the logs of their jobs."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from collector.delivery import parse_time
from collector.errors import AnsweredError
from collector.pollers.archives import Archives
from collector.pollers.chosen import Chosen
from collector.pollers.client import Answer, Client
from collector.pollers.pipelines import GONE, Job, Listed, Place, Run, objects, pages
from collector.pollers.places import zulu
from collector.pollers.poller import OVERLAP_S
from collector.pollers.reading import Fetcher
from collector.sources.fields import JSON, record, text
from collector.stream.entry import Entry

AN_HOUR = 3_000
"""Requests an hour: GitHub allows 5,000 for a user, which others use too."""
_SHOWN = 1_000
"""Runs that GitHub shows of one list, however many there are."""
_SHORTEST_S = 60.0
_MOST_OPEN, _LOOKED_AGAIN = 100, 5
"""Runs that are open for more than a day, and how many of them are looked at again each time."""
_MANY = 5
"""Jobs of a run from which on their logs are fetched as one archive: a request instead of one for each."""
_DAY_S = 86_400.0
_UNTOLD = frozenset({"skipped", "stale"})
"""Conclusions of what never ran."""


class GitHubRuns:
    """The runs of repositories on GitHub."""

    source = "joblog"

    def __init__(self, client: Client, fetcher: Fetcher) -> None:
        self.organisation = fetcher.organisation
        self._client = client
        self._fetcher = fetcher
        self._archives = Archives(client)

    @property
    def clock_ahead_s(self) -> float | None:
        """Return GitHub's clock minus ours."""
        return self._client.clock_ahead_s

    def repositories(self, chosen: Chosen) -> list[str]:
        """Return the names of those chosen among an organisation's repositories, or a user's."""
        query = {"per_page": "100", "sort": "full_name"}
        owner = quote(chosen.owner, safe="")
        try:
            found = pages(self._client, f"orgs/{owner}/repos", query)
        except AnsweredError as error:
            if error.status != 404:
                raise
            found = pages(self._client, f"users/{owner}/repos", query)
        names = [text(one, "full_name") for one in found if not one.get("archived") and not one.get("disabled")]
        return [name for name in names if chosen.includes(name)]

    def runs(self, repository: str, place: Place, now: float) -> Listed | None:
        """Return the runs created since a time that are over, and those open ones that are over by now."""
        answer, until = self._first_page(repository, place, now)
        if answer.status == 304 and not place.open:
            return None
        listed = self._all(answer) if answer.status != 304 else []
        again = [self._again(repository, number) for number in place.open[:_LOOKED_AGAIN]]
        every = [*listed, *filter(None, again)]
        is_left = [run for run in listed if until or now - _created(run) > _DAY_S]
        still_open = [text(run, "id") for run in (*again, *is_left) if run and text(run, "status") != "completed"]
        since = until or _since(place, listed, now)
        over = sorted((run for run in every if _has_logs(run)), key=_created)
        return Listed(
            [_run(repository, run) for run in over],
            since,
            # the tag is that of the first page alone
            answer.etag if since == place.since and not answer.next_url else "",
            tuple(dict.fromkeys([*place.open[_LOOKED_AGAIN:], *still_open]))[-_MOST_OPEN:],
            is_cut=until is not None,
        )

    def jobs(self, repository: str, run: Run, now: float) -> tuple[list[Job], list[Entry]]:
        """Return the jobs of one attempt of a run; what a run tells of itself comes by webhook."""
        del now
        path = f"{_at(repository)}/actions/runs/{run.id}/attempts/{run.key.rpartition(':')[2]}"
        answer = self._client.get(f"{path}/jobs", _PAGE)
        found = objects(answer.value, "jobs")
        while answer.next_url and len(found) < _SHOWN:
            answer = self._client.get(answer.next_url)
            found += objects(answer.value, "jobs")
        ran = list(filter(_has_logs, found))
        archive = f"{path}/logs" if len(ran) >= _MANY else ""
        return [Job(text(job, "id"), _headers(run, job), archive) for job in ran], []

    def log(self, repository: str, job: Job, now: float) -> list[Entry]:
        """Return what a log holds; it lies on another host, by an address that ends within a minute."""
        if job.archive:
            read = partial(self._fetcher.read_log, headers=job.headers, now=now)
            found = self._archives.log(job.archive, job.headers["Unwonted-Job"], read)
            if found is not None:
                return found
        return self._fetcher.log(self._client, f"{_at(repository)}/actions/jobs/{job.id}/logs", job.headers, now)

    def _first_page(self, repository: str, place: Place, now: float) -> tuple[Answer, float | None]:
        """Return the first page of the longest time from a place on that GitHub shows whole, and its end if not now."""
        span, until = now - place.since, None
        while True:
            created = f">={zulu(place.since)}" if until is None else f"{zulu(place.since)}..{zulu(until)}"
            etag = place.etag if until is None else ""
            answer = self._client.get(f"{_at(repository)}/actions/runs", {**_PAGE, "created": created}, etag=etag)
            total = answer.value.get("total_count") if isinstance(answer.value, dict) else 0
            if not isinstance(total, int) or total <= _SHOWN or span <= _SHORTEST_S:
                return answer, until
            span = max(span / 2.0, _SHORTEST_S)
            until = place.since + span

    def _all(self, answer: Answer) -> list[JSON]:
        found = objects(answer.value, "workflow_runs")
        while answer.next_url and len(found) < _SHOWN:
            answer = self._client.get(answer.next_url)
            found += objects(answer.value, "workflow_runs")
        return found

    def _again(self, repository: str, number: str) -> JSON | None:
        try:
            found = self._client.get(f"{_at(repository)}/actions/runs/{number}").value
        except AnsweredError as error:
            if error.status not in GONE:
                raise
            return None
        return found if isinstance(found, dict) else None


_PAGE = {"per_page": "100"}


def _headers(run: Run, job: JSON) -> dict[str, str]:
    return {**run.headers, "Unwonted-Job": text(job, "name"), "Unwonted-Conclusion": text(job, "conclusion")}


def _run(repository: str, run: JSON) -> Run:
    actor = text(record(run, "triggering_actor"), "login") or text(record(run, "actor"), "login")
    headers = {
        "Unwonted-Repo": repository,
        "Unwonted-Workflow": text(run, "path").partition("@")[0] or text(run, "name"),
        "Unwonted-Run-Id": text(run, "id"),
        "Unwonted-Ref": text(run, "head_branch"),
        "Unwonted-Sha": text(run, "head_sha"),
        "Unwonted-Actor": actor,
    }
    key = f"{text(run, 'id')}:{text(run, 'run_attempt') or '1'}"
    return Run(text(run, "id"), key, {name: value for name, value in headers.items() if value})


def _at(repository: str) -> str:
    return f"repos/{quote(repository)}"


def _since(place: Place, listed: list[JSON], now: float) -> float:
    """Return from when on to list the next time: a few minutes before the newest, or before the oldest that is open."""
    newest = min(max(map(_created, listed), default=0.0), now) - OVERLAP_S
    is_open = (_created(run) for run in listed if text(run, "status") != "completed")
    return max(place.since, min([newest, *(at for at in is_open if now - at <= _DAY_S)]))


def _has_logs(run: JSON) -> bool:
    return text(run, "status") == "completed" and text(run, "conclusion") not in _UNTOLD


def _created(run: JSON) -> float:
    return parse_time(run.get("created_at")) or 0.0
