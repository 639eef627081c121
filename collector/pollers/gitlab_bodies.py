"""What GitLab's webhooks say of a pipeline and of a job, made from what its API says of them."""

from __future__ import annotations

from collector.sources.fields import JSON, record, text

_LEVELS = {"private": 0, "internal": 10, "public": 20}


def pipeline_body(project: JSON, pipeline: JSON, jobs: list[JSON]) -> tuple[str, JSON]:
    """Return an id for this end of a pipeline, and the body of its hook."""
    taken = "id iid name ref tag sha source status created_at finished_at duration queued_duration".split()
    body: JSON = {
        "object_kind": "pipeline",
        "object_attributes": {name: pipeline.get(name) for name in taken},
        "user": _user(record(pipeline, "user")),
        "project": _project(project),
        "builds": [{name: job.get(name) for name in ("id", "stage", "name", "status")} for job in jobs],
    }
    end = text(pipeline, "finished_at") or text(pipeline, "updated_at")
    return f"api:pipeline:{text(pipeline, 'id')}:{text(pipeline, 'status')}:{end}", body


def job_body(project: JSON, pipeline: JSON, job: JSON) -> tuple[str, JSON]:
    """Return an id for this end of a job, and the body of its hook."""
    taken = "id name stage status created_at started_at finished_at duration queued_duration failure_reason".split()
    runner = record(job, "runner")
    body: JSON = {
        "object_kind": "build",
        **{f"build_{name}": job.get(name) for name in taken},
        "pipeline_id": pipeline.get("id"),
        "ref": job.get("ref"),
        "tag": job.get("tag"),
        "sha": text(record(job, "commit"), "id") or pipeline.get("sha"),
        "user": _user(record(job, "user") or record(pipeline, "user")),
        "project": _project(project),
        "runner": {**{name: runner.get(name) for name in _OF_RUNNERS}, "tags": job.get("tag_list")} if runner else None,
    }
    return f"api:job:{text(job, 'id')}:{text(job, 'status')}", body


_OF_RUNNERS = ("id", "description", "runner_type", "is_shared")


def _user(user: JSON) -> JSON:
    """Return what names a user: the rest may change, and the same end must be the same event."""
    return {"username": user.get("username"), "name": user.get("name")}


def _project(project: JSON) -> JSON:
    return {
        "id": project.get("id"),
        "path_with_namespace": project.get("path_with_namespace"),
        "default_branch": project.get("default_branch"),
        "visibility_level": _LEVELS.get(text(project, "visibility")),
    }
