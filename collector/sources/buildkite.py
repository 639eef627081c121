"""buildkite: builds, jobs and agents of Buildkite."""

from __future__ import annotations

from collector.delivery import Delivery, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.shapes import repo_of, shape_of
from collector.sources import pushes
from collector.sources.fields import JSON, record, text, texts
from collector.sources.source import NOBODY, Context, Draft, Source, digest_of, object_of, plain_facts

_OVER = frozenset({"passed", "failed", "canceled", "skipped", "finished", "timed_out"})
_USED = frozenset({"event", "build", "job", "pipeline", "sender", "agent"})
_TIMES = ("finished_at", "started_at", "scheduled_at", "created_at")


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the one event of a delivery."""
    body = object_of(delivery)
    name = delivery.header("X-Buildkite-Event") or text(body, "event") or "unknown"
    build, job, pipeline = record(body, "build"), record(body, "job"), record(body, "pipeline")
    agent = record(body, "agent") or record(job, "agent")
    draft = Draft(name, _kind_of(name), _actor(body, build))
    _name(draft, pipeline, build, job, agent)
    _revision(draft, build, text(pipeline, "default_branch"))
    what = job or build or agent
    state = text(what, "state")
    draft.fact("trigger", text(build, "source"))
    draft.fact("conclusion", state if state in _OVER else "")
    draft.fact("error", text(job, "exit_status") if text(job, "exit_status") not in {"", "0"} else "")
    draft.values("runner_label", [*texts(job, "agent_query_rules", 32), *texts(agent, "meta_data", 32)])
    draft.number("duration_s", _between(what, "started_at", "finished_at"))
    draft.number("queue_s", _between(job, "runnable_at", "started_at"))
    if state in _OVER or "." in name:
        draft.observed_at = next(filter(None, (parse_time(what.get(time)) for time in _TIMES)), None)
    plain_facts(draft, body, _USED)
    # nothing is delivered with an id
    unique = [name, text(build, "id"), text(job, "id"), text(agent, "id"), state]
    return [
        draft.event(delivery, context, digest_of(unique if any(unique[1:4]) else [name, body]), _ref(build, pipeline))
    ]


def _kind_of(name: str) -> Kind:
    family = name.partition(".")[0]
    if family in {"build", "job", "agent"}:
        return Kind.RUN
    return Kind.ADMIN if family in {"cluster_token", "organization", "pipeline", "team"} else Kind.OTHER


def _ref(build: JSON, pipeline: JSON) -> str:
    return f"{text(pipeline, 'slug')}#{text(build, 'number')}" if build else ""


def _actor(body: JSON, build: JSON) -> Actor:
    for person in (record(build, "creator"), record(body, "sender"), record(build, "author")):
        name = text(person, "email", "username", "name")
        if name:
            return Actor(ActorType.BOT if "[bot]" in name else ActorType.USER, name)
    return NOBODY


def _name(draft: Draft, pipeline: JSON, build: JSON, job: JSON, agent: JSON) -> None:
    repo, slug = repo_of(text(pipeline, "repository")), text(pipeline, "slug")
    draft.link("repo", repo)
    workflow = f"{repo or 'buildkite'}:{slug}" if slug else ""
    draft.link("workflow", workflow)
    draft.fact("workflow_name", slug)
    draft.link("run", f"{slug}#{text(build, 'number')}" if build else "")
    draft.link("runner", text(agent, "name"))
    step = text(job, "step_key", "name", "label")
    draft.link("job", f"{workflow}/{step}" if step else "")
    kind = next((kind for kind in ("job", "workflow", "runner") if kind in draft.links), "")
    draft.entity = Entity(kind, draft.links[kind]) if kind else Entity("source", "buildkite")


def _revision(draft: Draft, build: JSON, default_branch: str) -> None:
    tag, branch = text(build, "tag"), text(build, "branch")
    if tag or branch:
        pushes.add_ref(draft, f"refs/tags/{tag}" if tag else branch, default_branch)
    sha = text(build, "commit")
    draft.link("sha", sha if sha != "HEAD" else "")
    draft.fact("message_shape", shape_of(text(build, "message")))
    number = text(record(build, "pull_request"), "id")
    draft.link("pull_request", f"{draft.links.get('repo', '')}#{number}" if number else "")


def _between(what: JSON, first: str, last: str) -> float | None:
    begin, end = parse_time(what.get(first)), parse_time(what.get(last))
    return max(0.0, end - begin) if begin and end else None


SOURCE = Source("buildkite", parse)
