"""What GitHub's webhooks tell of pipelines: runs, jobs, checks, statuses, deployments, starts by hand."""

from __future__ import annotations

from collections.abc import Callable

from collector.delivery import parse_time
from collector.event import Entity
from collector.shapes import host_of, oddities_of
from collector.sources import pushes
from collector.sources.fields import JSON, login, number, record, records, text, texts, yes_no
from collector.sources.source import Draft

LONG_INPUT = 200
"""Length from which what somebody starts a workflow with is odd in itself."""


def _run(draft: Draft, body: JSON) -> None:
    run, repo = record(body, "workflow_run"), draft.links.get("repo", "")
    path = text(run, "path") or text(record(body, "workflow"), "path")
    name = text(run, "name") or text(record(body, "workflow"), "name")
    _add_workflow(draft, repo, path.split("@", 1)[0], name)
    draft.link("run", text(run, "id"))
    _add_head(draft, body, run)
    draft.fact("trigger", text(run, "event"))
    draft.fact("conclusion", text(run, "conclusion"))
    head_repo = text(record(run, "head_repository"), "full_name")
    is_gone = "head_repository" in run and run["head_repository"] is None
    draft.fact("head_fork", ("yes" if head_repo != repo else "no") if head_repo else "gone" if is_gone else "")
    pushes.add_title(draft, text(run, "display_title"))
    add_other_login(draft, login(run, "triggering_actor") or login(run, "actor"))
    draft.number("run_attempt", number(run, "run_attempt"))
    started, created, updated = (parse_time(run.get(k)) for k in ("run_started_at", "created_at", "updated_at"))
    is_over = text(body, "action") == "completed"
    draft.observed_at = updated if is_over else started or created
    if is_over and started and updated:
        draft.number("duration_s", max(0.0, updated - started))
    draft.values("action_ref", (text(w, "path") for w in records(run, "referenced_workflows", 32)))


def _add_workflow(draft: Draft, repo: str, path: str, name: str) -> None:
    key = f"{repo}:{path or name}" if path or name else ""
    draft.link("workflow", key)
    draft.fact("workflow_name", name)
    if key:
        draft.entity = Entity("workflow", key)


def _add_head(draft: Draft, body: JSON, item: JSON) -> None:
    draft.link("sha", text(item, "head_sha"))
    branch = text(item, "head_branch")
    if branch:
        pushes.add_ref(draft, branch, text(record(body, "repository"), "default_branch"))


def add_other_login(draft: Draft, name: str) -> None:
    """Link the other login of two that act as one."""
    draft.link("actor_login", name if name != draft.actor.name else "")


def _job(draft: Draft, body: JSON) -> None:
    job, repo = record(body, "workflow_job"), draft.links.get("repo", "")
    _add_workflow(draft, repo, "", text(job, "workflow_name"))
    name = text(job, "name")
    draft.link("job", f"{draft.links.get('workflow', repo)}/{name}" if name else "")
    draft.link("run", text(job, "run_id"))
    draft.link("runner", text(job, "runner_name"))
    _add_head(draft, body, job)
    draft.fact("conclusion", text(job, "conclusion"))
    draft.fact("runner_group", text(job, "runner_group_name"))
    draft.fact("hosted", _is_hosted(job))
    draft.values("runner_label", texts(job, "labels", 32))
    steps = records(job, "steps", 500)
    draft.values("step", (text(step, "name") for step in steps))
    draft.number("steps", float(len(steps)) if steps else None)
    draft.number("run_attempt", number(job, "run_attempt"))
    created, started, ended = (parse_time(job.get(k)) for k in ("created_at", "started_at", "completed_at"))
    draft.observed_at = ended or started or created
    if started and ended:
        draft.number("duration_s", max(0.0, ended - started))
    if created and started:
        draft.number("queue_s", max(0.0, started - created))
    if "job" in draft.links:
        draft.entity = Entity("job", draft.links["job"])


def _is_hosted(job: JSON) -> str:
    if not text(job, "runner_name") and not text(job, "runner_group_name"):
        return ""
    return "yes" if text(job, "runner_group_name") in {"GitHub Actions", "GitHub-hosted"} else "no"


def _check(draft: Draft, body: JSON) -> None:
    check = record(body, "check_run") or record(body, "check_suite")
    app = text(record(check, "app"), "slug", "name")
    draft.link("job", f"{draft.links.get('repo', '')}:{app}/{text(check, 'name')}" if text(check, "name") else "")
    _add_head(draft, body, check)
    draft.fact("conclusion", text(check, "conclusion"))
    draft.fact("x.app", app)
    started, ended = parse_time(check.get("started_at")), parse_time(check.get("completed_at"))
    draft.observed_at = ended or started
    if started and ended:
        draft.number("duration_s", max(0.0, ended - started))
    if "job" in draft.links:
        draft.entity = Entity("job", draft.links["job"])


def _deployment(draft: Draft, body: JSON) -> None:
    deployment, status = record(body, "deployment"), record(body, "deployment_status")
    run = record(body, "workflow_run")
    draft.link("sha", text(deployment, "sha"))
    draft.link("run", text(run, "id"))
    if ref := text(deployment, "ref"):
        pushes.add_ref(draft, ref, text(record(body, "repository"), "default_branch"))
    draft.fact("x.environment", text(deployment, "environment") or text(body, "environment"))
    draft.fact("x.production", yes_no(deployment, "production_environment"))
    draft.fact("conclusion", text(status, "state") or text(run, "conclusion"))
    draft.fact("trigger", text(body, "event"))
    draft.fact("x.app", text(record(deployment, "performed_via_github_app"), "slug"))
    draft.values("x.reviewer", (login(r, "reviewer") for r in records(body, "reviewers", 20)))
    add_other_login(draft, login(status, "creator") or login(deployment, "creator") or login(body, "approver"))
    told = status or deployment
    draft.observed_at = parse_time(told.get("updated_at") or told.get("created_at") or body.get("since"))


def _dispatch(draft: Draft, body: JSON) -> None:
    path = text(body, "workflow")
    _add_workflow(draft, draft.links.get("repo", ""), path.split("@", 1)[0], "")
    if ref := text(body, "ref", "branch"):
        pushes.add_ref(draft, ref, text(record(body, "repository"), "default_branch"))
    inputs = record(body, "inputs") or record(body, "client_payload")
    draft.values("x.input", (name[:60] for name in inputs))
    for value in inputs.values():
        if isinstance(value, str):
            pushes.add_oddities(draft, oddities_of(value, LONG_INPUT))


def _status(draft: Draft, body: JSON) -> None:
    draft.link("sha", text(body, "sha"))
    context = text(body, "context")
    draft.link("job", f"{draft.links.get('repo', '')}:status/{context}" if context else "")
    draft.fact("conclusion", text(body, "state"))
    draft.fact("x.target_host", host_of(text(body, "target_url")))
    draft.observed_at = parse_time(body.get("updated_at") or body.get("created_at"))


PIPELINES: dict[str, Callable[[Draft, JSON], None]] = {
    "workflow_run": _run,
    "workflow_job": _job,
    **dict.fromkeys(("check_run", "check_suite"), _check),
    **dict.fromkeys(
        ("deployment", "deployment_status", "deployment_review", "deployment_protection_rule"), _deployment
    ),
    **dict.fromkeys(("workflow_dispatch", "repository_dispatch"), _dispatch),
    "status": _status,
}
