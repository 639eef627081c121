"""GitLab as its API answers, of invented groups."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlencode

from tests.collector.pollers.github import log
from tests.collector.pollers.vendor import Asked, Reply, Vendor
from tests.collector.samples import AT

JSON = dict[str, Any]


def moment(at: float) -> str:
    """Return a time as GitLab writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def audit_event(number: int, at: float | None = None, **fields: Any) -> JSON:
    """Return an audit event, a second after the one before it."""
    return {
        "id": number,
        "author_id": 1,
        "entity_id": 6,
        "entity_type": "Project",
        "event_name": "deploy_key_added",
        "details": {"add": "deploy_key", "author_name": "Mona", "target_id": 9, "entity_path": "acme/pay"},
        "created_at": moment(AT + number if at is None else at),
        **fields,
    }


def ids(numbers: Iterable[int]) -> list[str]:
    """Return the ids that events of such entries have."""
    return [f"gitlab.audit:{number}" for number in numbers]


def _paged(asked: Asked, found: list[JSON], url: str, size: int, **query: str) -> Reply:
    begin = int(asked.query.get("cursor", "0"))
    headers = {}
    if begin + size < len(found):
        told = {**asked.query, **query, "cursor": str(begin + size)}
        headers["Link"] = f'<{url}{asked.path}?{urlencode(told)}>; rel="next"'
    return Reply(value=found[begin : begin + size], headers=headers)


class AuditEvents:
    """Audit events by keyset pages, the newest first."""

    def __init__(self, vendor: Vendor, path: str = "/groups/acme%2Fshop/audit_events", *, page: int = 100) -> None:
        self.events: list[JSON] = []
        self.page = page
        self._url = vendor.url
        vendor.routes[path] = self.answer

    def answer(self, asked: Asked) -> Reply:
        """Answer as GitLab does."""
        assert asked.query["pagination"] == "keyset"
        after, before = asked.query["created_after"], asked.query.get("created_before", "9999")
        found = [one for one in self.events if after <= one["created_at"] and one["created_at"] <= before]
        return _paged(asked, sorted(found, key=lambda one: -one["id"]), self._url, self.page)


class Projects:
    """Projects of a group with their pipelines and jobs."""

    def __init__(self, vendor: Vendor, *, page: int = 100) -> None:
        self.pipelines: dict[str, list[JSON]] = {}
        self.jobs: dict[int, list[JSON]] = {}
        self.gone: set[str] = set()
        self.page = page
        self._url = vendor.url
        vendor.routes["/groups/acme/projects"] = self._listed
        vendor.routes["/projects/*"] = self.answer

    def pipeline(self, project: str, number: int, *, at: float, state: str = "success") -> JSON:
        """Add a pipeline of two jobs that are over, and one that waits for somebody."""
        made = {
            "id": number,
            "ref": "main",
            "sha": "b" * 40,
            "status": state,
            "source": "push",
            "created_at": moment(at - 60),
            "updated_at": moment(at),
            "finished_at": moment(at) if state == "success" else None,
            "duration": 42,
            "user": {"username": "mona", "name": "Mona"},
        }
        self.pipelines.setdefault(project, []).append(made)
        self.jobs[number] = [
            self._job(number * 10, "build", at - 30),
            self._job(number * 10 + 1, "deploy", at - 10),
            {**self._job(number * 10 + 2, "rollback", at), "status": "manual", "started_at": None},
        ]
        return made

    def retry(self, number: int, name: str, *, at: float) -> None:
        """Run a job of a pipeline again."""
        (pipeline,) = [one for found in self.pipelines.values() for one in found if one["id"] == number]
        pipeline["updated_at"] = moment(at)
        self.jobs[number].append(self._job(number * 10 + 5, name, at))

    def _job(self, number: int, name: str, at: float) -> JSON:
        return {
            "id": number,
            "name": name,
            "stage": "all",
            "status": "success",
            "created_at": moment(at - 20),
            "started_at": moment(at - 10),
            "finished_at": moment(at),
            "duration": 10.0,
            "queued_duration": 2.0,
            "ref": "main",
            "tag": False,
            "commit": {"id": "b" * 40},
            "user": {"username": "mona", "name": "Mona"},
            "runner": {"id": 3, "description": "shared-1", "runner_type": "instance_type", "is_shared": True},
            "tag_list": ["linux"],
        }

    def _listed(self, asked: Asked) -> Reply:
        return _paged(asked, [{"path_with_namespace": name} for name in self.pipelines], self._url, self.page)

    def answer(self, asked: Asked) -> Reply:
        """Answer what a path below /projects asks."""
        _, _, name, *rest = asked.path.split("/")
        project = unquote(name)
        if project not in self.pipelines:
            return Reply(404, {"message": "404 Project Not Found"})
        if not rest:
            return Reply(value={"path_with_namespace": project, "default_branch": "main", "visibility": "private"})
        if rest[0] == "jobs":
            is_gone = rest[1] in self.gone
            asked.path = f"/log/{rest[1]}"
            return Reply(404, {"message": "404 Not Found"}) if is_gone else log(asked)
        if rest == ["pipelines"]:
            found = [one for one in self.pipelines[project] if one["updated_at"] >= asked.query["updated_after"]]
            assert (asked.query["order_by"], asked.query["sort"]) == ("updated_at", "asc")
            return _paged(asked, sorted(found, key=lambda one: str(one["updated_at"])), self._url, self.page)
        number = int(rest[1])
        if rest[-1] == "jobs":
            return _paged(asked, self.jobs[number], self._url, self.page)
        return Reply(value=next(one for one in self.pipelines[project] if one["id"] == number))
