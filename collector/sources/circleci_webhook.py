"""circleci.webhook: workflows and jobs of CircleCI as they end."""

from __future__ import annotations

from collector.delivery import Delivery, parse_offset, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.shapes import repo_of, shape_of
from collector.sources import pushes
from collector.sources.fields import JSON, record, text
from collector.sources.source import Context, Draft, Source, digest_of, object_of, plain_facts

_USED = frozenset({"id", "type", "happened_at", "webhook", "project", "organization", "workflow", "pipeline", "job"})


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the one event of a delivery."""
    body = object_of(delivery)
    workflow, job, pipeline = record(body, "workflow"), record(body, "job"), record(body, "pipeline")
    what = job or workflow
    draft = Draft(text(body, "type") or "unknown", Kind.RUN if what else Kind.OTHER)
    vcs = record(pipeline, "vcs")
    commit = record(vcs, "commit")
    repo = repo_of(text(vcs, "target_repository_url", "origin_repository_url"))
    repo = repo or text(record(body, "project"), "slug").partition("/")[2]
    draft.link("repo", repo)
    _name(draft, repo, workflow, job)
    draft.link("run", text(workflow, "id") or text(pipeline, "id"))
    _revision(draft, vcs, commit)
    draft.actor = _actor(record(commit, "author"))
    trigger = record(pipeline, "trigger")
    draft.fact(
        "trigger", text(trigger, "type") or text(record(pipeline, "trigger_parameters", "circleci"), "trigger_type")
    )
    draft.fact("conclusion", text(what, "status"))
    started, ended = parse_time(what.get("started_at") or what.get("created_at")), parse_time(what.get("stopped_at"))
    draft.number("duration_s", max(0.0, ended - started) if started and ended else None)
    draft.observed_at = parse_time(body.get("happened_at")) or ended
    plain_facts(draft, body, _USED)
    event_id = text(body, "id")
    return [draft.event(delivery, context, event_id or digest_of(body), event_id)]


def _name(draft: Draft, repo: str, workflow: JSON, job: JSON) -> None:
    name = f"{repo}:{text(workflow, 'name')}" if text(workflow, "name") else ""
    draft.link("workflow", name)
    draft.fact("workflow_name", text(workflow, "name"))
    draft.entity = Entity("workflow", name) if name else Entity("repo", repo or "unknown")
    if text(job, "name"):
        draft.link("job", f"{name or repo}/{text(job, 'name')}")
        draft.entity = Entity("job", draft.links["job"])


def _revision(draft: Draft, vcs: JSON, commit: JSON) -> None:
    tag, branch = text(vcs, "tag"), text(vcs, "branch")
    if tag or branch:
        pushes.add_ref(draft, f"refs/tags/{tag}" if tag else branch, "")
    draft.link("sha", text(vcs, "revision"))
    draft.fact("message_shape", shape_of(text(commit, "subject")))
    draft.utc_offset = parse_offset(commit.get("authored_at"))
    ours, theirs = text(vcs, "origin_repository_url"), text(vcs, "target_repository_url")
    draft.fact("head_fork", ("yes" if ours != theirs else "no") if ours and theirs else "")


def _actor(author: JSON) -> Actor:
    """Return whose commit runs: CircleCI does not tell who started it."""
    name = text(author, "login", "name", "email")
    if not name:
        return Actor(ActorType.APP, "circleci")
    return Actor(ActorType.BOT if name.endswith("[bot]") else ActorType.USER, name)


SOURCE = Source("circleci.webhook", parse)
