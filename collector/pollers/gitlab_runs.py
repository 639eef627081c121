"""Pipelines of GitLab: what their jobs printed, and what a webhook would tell of them where none can be sent."""

from __future__ import annotations

from typing import Any

from collector.delivery import parse_time
from collector.errors import AnsweredError
from collector.pollers.chosen import Chosen
from collector.pollers.client import Client
from collector.pollers.gitlab_bodies import job_body, pipeline_body
from collector.pollers.pipelines import Job, Listed, Place, Run, objects, pages, path_of
from collector.pollers.places import zulu
from collector.pollers.poller import OVERLAP_S
from collector.pollers.reading import Fetcher
from collector.sources.fields import JSON, record, text
from collector.stream.entry import Entry

AN_HOUR = 3_000
_PAGES = 10
"""Pages of pipelines that are fetched at once."""
_OVER = frozenset({"success", "failed", "canceled"})
_WORKFLOW = ".gitlab-ci.yml"


class _GitLabRuns:
    """The pipelines of projects, by the time of their last change."""

    source = ""

    def __init__(self, client: Client, fetcher: Fetcher) -> None:
        self.organisation = fetcher.organisation
        self._client = client
        self._fetcher = fetcher

    @property
    def clock_ahead_s(self) -> float | None:
        """Return GitLab's clock minus ours."""
        return self._client.clock_ahead_s

    def repositories(self, chosen: Chosen) -> list[str]:
        """Return the names of those chosen among a group's projects, or a user's."""
        query = {"per_page": "100", "simple": "true", "archived": "false", "order_by": "id", "sort": "asc"}
        owner = path_of(chosen.owner)
        try:
            found = pages(self._client, f"groups/{owner}/projects", {**query, "include_subgroups": "true"})
        except AnsweredError as error:
            if error.status != 404:
                raise
            found = pages(self._client, f"users/{owner}/projects", query)
        return [name for one in found if chosen.includes(name := text(one, "path_with_namespace"))]

    def runs(self, repository: str, place: Place, now: float) -> Listed | None:
        """Return the pipelines that changed since a time."""
        query = {"updated_after": zulu(place.since), "order_by": "updated_at", "sort": "asc", "per_page": "100"}
        answer = self._client.get(f"projects/{path_of(repository)}/pipelines", query)
        found = objects(answer.value)
        for _ in range(_PAGES - 1):
            if not answer.next_url:
                break
            answer = self._client.get(answer.next_url)
            found += objects(answer.value)
        newest = min(max((parse_time(one.get("updated_at")) or 0.0 for one in found), default=0.0), now)
        is_cut = bool(answer.next_url) and newest > place.since
        since = newest if is_cut else max(place.since, newest - OVERLAP_S)
        return Listed([_run(repository, one) for one in found if text(one, "id")], since, is_cut=is_cut)

    def _jobs_of(self, repository: str, run: Run) -> list[JSON]:
        """Return the jobs of a pipeline that are over, in the order in which they ended."""
        path = f"projects/{path_of(repository)}/pipelines/{run.id}/jobs"
        found = pages(self._client, path, {"include_retried": "true", "per_page": "100"})
        over = [job for job in found if text(job, "status") in _OVER and text(job, "started_at")]
        return sorted(over, key=lambda job: (parse_time(job.get("finished_at")) or 0.0, text(job, "id")))


class GitLabLogs(_GitLabRuns):
    """What the jobs of pipelines printed."""

    source = "joblog"

    def jobs(self, repository: str, run: Run, now: float) -> tuple[list[Job], list[Entry]]:
        """Return the jobs that are over."""
        del now
        return [Job(text(job, "id"), _headers(run, job)) for job in self._jobs_of(repository, run)], []

    def log(self, repository: str, job: Job, now: float) -> list[Entry]:
        """Return what a job's log holds."""
        path = f"projects/{path_of(repository)}/jobs/{job.id}/trace"
        return self._fetcher.log(self._client, path, job.headers, now)


class GitLabPipelines(_GitLabRuns):
    """What webhooks would tell of pipelines and jobs that are over, with an id of its own for each end."""

    source = "gitlab.webhook"

    def __init__(self, client: Client, fetcher: Fetcher) -> None:
        super().__init__(client, fetcher)
        self._projects: dict[str, JSON] = {}

    def jobs(self, repository: str, run: Run, now: float) -> tuple[list[Job], list[Entry]]:
        """Return what a pipeline and its jobs tell; no log is fetched."""
        jobs = self._jobs_of(repository, run)
        pipeline = self._object(f"projects/{path_of(repository)}/pipelines/{run.id}")
        project = self._project(repository)
        entries = [entry for job in jobs for entry in self._told(job_body(project, pipeline, job), "Job", now)]
        if text(pipeline, "status") in _OVER:
            entries += self._told(pipeline_body(project, pipeline, jobs), "Pipeline", now)
        return [], entries

    def log(self, repository: str, job: Job, now: float) -> list[Entry]:
        """Return nothing."""
        del repository, job, now
        return []

    def _told(self, named: tuple[str, JSON], kind: str, now: float) -> list[Entry]:
        identity, body = named
        headers = {"X-Gitlab-Event": f"{kind} Hook", "X-Gitlab-Event-UUID": identity}
        return self._fetcher.entries(self.source, [body], now, headers)

    def _project(self, repository: str) -> JSON:
        if repository not in self._projects:
            self._projects[repository] = self._object(f"projects/{path_of(repository)}")
        return self._projects[repository]

    def _object(self, path: str) -> JSON:
        found: Any = self._client.get(path).value
        return found if isinstance(found, dict) else {}


def _run(repository: str, pipeline: JSON) -> Run:
    headers = {
        "Unwonted-Repo": repository,
        "Unwonted-Workflow": _WORKFLOW,
        "Unwonted-Run-Id": text(pipeline, "id"),
        "Unwonted-Ref": text(pipeline, "ref"),
        "Unwonted-Sha": text(pipeline, "sha"),
    }
    return Run(text(pipeline, "id"), f"{text(pipeline, 'id')}@{text(pipeline, 'updated_at')}", headers)


def _headers(run: Run, job: JSON) -> dict[str, str]:
    actor = text(record(job, "user"), "username")
    told = {"Unwonted-Job": text(job, "name"), "Unwonted-Actor": actor, "Unwonted-Conclusion": text(job, "status")}
    return {**run.headers, **{name: value for name, value in told.items() if value}}
