"""Tekton's CloudEvents: pipelines and tasks of a cluster as they start and end, each with its whole resource."""

from __future__ import annotations

import re

from collector.cloudevents import CloudEvent
from collector.delivery import parse_time
from collector.event import Actor, ActorType, Entity, Kind
from collector.shapes import host_of, repo_of
from collector.sources.fields import JSON, record, records, text
from collector.sources.source import Draft

_TYPE = re.compile(r"dev\.tekton\.event\.(taskrun|pipelinerun|customrun|run)\.([a-z]{1,40})\.v\d{1,3}")
_ROOTS = {"taskrun": "taskRun", "pipelinerun": "pipelineRun", "customrun": "customRun", "run": "run"}
_OVER = frozenset({"successful", "failed"})
_MAX = 200


def read(envelope: CloudEvent) -> Draft | None:
    """Return what an event of Tekton's tells; None where it is none."""
    found = _TYPE.fullmatch(envelope.type)
    if not found:
        return None
    what, state = found.groups()
    body: JSON = envelope.data if isinstance(envelope.data, dict) else {}
    resource = record(body, _ROOTS[what])
    draft = Draft(f"{what}.{state}", Kind.RUN)
    labels = record(resource, "metadata", "labels")
    namespace = text(record(resource, "metadata"), "namespace") or "default"
    account = text(record(resource, "spec"), "serviceAccountName") or text(
        record(resource, "spec", "taskRunTemplate"), "serviceAccountName"
    )
    draft.actor = Actor(ActorType.APP, f"{namespace}/{account or 'default'}")
    _name(draft, resource, labels, namespace, what)
    draft.fact("conclusion", state if state in _OVER else "")
    _status(draft, resource)
    _asked_for(draft, record(resource, "spec"), what)
    return draft


def _name(draft: Draft, resource: JSON, labels: JSON, namespace: str, what: str) -> None:
    pipeline, task = text(labels, "tekton.dev/pipeline"), text(labels, "tekton.dev/task")
    name = text(record(resource, "metadata"), "name")
    pipeline = pipeline or text(record(resource, "spec", "pipelineRef"), "name")
    task = text(labels, "tekton.dev/pipelineTask") or task or text(record(resource, "spec", "taskRef"), "name")
    workflow = f"{namespace}:{pipeline or task or name}"[:_MAX]
    draft.link("workflow", workflow)
    draft.link("run", f"{namespace}/{text(labels, 'tekton.dev/pipelineRun') or name}"[:_MAX])
    draft.fact("workflow_name", pipeline or task)
    draft.entity = Entity("workflow", workflow)
    if what != "pipelinerun":
        draft.link("job", f"{workflow}/{task or name}"[:_MAX])
        draft.entity = Entity("job", draft.links["job"])


def _status(draft: Draft, resource: JSON) -> None:
    status = record(resource, "status")
    started, ended = parse_time(status.get("startTime")), parse_time(status.get("completionTime"))
    draft.number("duration_s", max(0.0, ended - started) if started and ended else None)
    draft.observed_at = ended  # of what has not ended the envelope tells when it was so
    reasons = [text(condition, "reason") for condition in records(status, "conditions", 10)]
    draft.values("error", reasons if draft.action.endswith("failed") else ())
    images = [text(step, "imageID", "container") for step in records(status, "steps", 100)]
    draft.values("step", (text(step, "name") for step in records(status, "steps", 100)))
    draft.values("x.image", (image.partition("@")[0].removeprefix("docker-pullable://") for image in images))
    draft.values(
        "registry_host", (host_of(f"https://{image.partition('://')[2] or image}") for image in images if "@" in image)
    )


def _asked_for(draft: Draft, spec: JSON, what: str) -> None:
    """Add the names of parameters; a value is kept of those alone that name a repository or a revision."""
    told = {text(item, "name"): text(item, "value") for item in records(spec, "params", 100)}
    draft.values("x.parameter", told)
    revision = next((told[name] for name in ("revision", "git-revision", "sha", "commit") if told.get(name)), "")
    is_sha = bool(re.fullmatch(r"[0-9a-f]{40}", revision))
    draft.link("sha" if is_sha else "branch", revision[:_MAX])
    url = next((told[name] for name in ("repo-url", "git-url", "url", "repository") if told.get(name)), "")
    draft.link("repo", repo_of(url))
    draft.fact("x.resolver", text(record(spec, f"{what.removesuffix('run')}Ref"), "resolver"))
