"""gitlab.webhook: what GitLab sends; hooks without a reader of their own are plain events, never errors."""

from __future__ import annotations

from collections.abc import Callable

from collector.delivery import Delivery, parse_offset, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.shapes import shape_of, version_shape_of
from collector.sources import pushes
from collector.sources.fields import JSON, full_text, number, record, records, text, texts, yes_no
from collector.sources.source import NOBODY, Context, Draft, Source, digest_of, object_of, plain_facts

WORKFLOW = ".gitlab-ci.yml"
_VISIBILITY = {"0": "private", "10": "internal", "20": "public"}
_KINDS = {
    **dict.fromkeys(("push", "tag_push", "merge_request", "repository_update"), Kind.CHANGE),
    **dict.fromkeys(("pipeline", "build", "deployment"), Kind.RUN),
    **dict.fromkeys(("release", "package"), Kind.DEPENDENCY),
    **dict.fromkeys(("note", "issue", "work_item", "wiki_page", "emoji", "milestone", "feature_flag"), Kind.OTHER),
    "user_failed_login": Kind.ACCESS,
}
_STATES = {
    "pipeline": "status",
    "merge_request": "action",
    "issue": "action",
    "wiki_page": "action",
    "release": "action",
}
_MAX_JOBS = 500
_OVER = frozenset({"success", "failed", "canceled", "skipped"})
_ENVELOPE = frozenset(
    {"object_kind", "event_name", "event_type", "project", "user", "user_name", "user_username", "user_id"}
)


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the one event of a delivery; a push is one event whatever number of commits it has."""
    body = object_of(delivery)
    kind = text(body, "object_kind", "event_name", "event_type") or _from_header(delivery.header("X-Gitlab-Event"))
    draft = Draft(_action(kind, body), _KINDS.get(kind, Kind.ADMIN if "_" in kind else Kind.OTHER), _actor(body))
    _add_project(draft, body)
    _READERS.get(kind, _plain)(draft, body)
    event_id = delivery.header("X-Gitlab-Event-UUID")
    # Whoever calls GitLab's API may choose that header's value, so on its own it would let them pass for a repeat.
    unique = f"{event_id}:{digest_of([kind, body])}" if event_id else digest_of([kind, body])
    return [draft.event(delivery, context, unique, event_id)]


def _from_header(name: str) -> str:
    return name.removesuffix(" Hook").lower().replace(" ", "_") or "unknown"


def _action(kind: str, body: JSON) -> str:
    state = text(body, "build_status") if kind == "build" else ""
    if kind in _STATES:
        state = text(record(body, "object_attributes"), _STATES[kind]) or text(body, _STATES[kind])
    elif kind in {"deployment", "note", "feature_flag"}:
        state = text(body, "status") or text(record(body, "object_attributes"), "noteable_type")
    return f"{kind}.{state}" if state else kind


def _actor(body: JSON) -> Actor:
    user = record(body, "user")
    name = text(body, "user_username") or text(user, "username") or text(body, "user_name") or text(user, "name")
    if not name:
        return NOBODY
    return Actor(ActorType.BOT if "_bot" in name or name.endswith("[bot]") else ActorType.USER, name)


def _add_project(draft: Draft, body: JSON) -> None:
    project = record(body, "project")
    path = text(project, "path_with_namespace") or text(body, "project_path_with_namespace", "path_with_namespace")
    if not path:
        path = text(body, "project_name").replace(" / ", "/")
    draft.link("repo", path)
    draft.fact("visibility", _VISIBILITY.get(text(project, "visibility_level"), text(body, "project_visibility")))
    draft.entity = Entity("repo", path) if path else Entity("org", text(body, "group_path", "full_path") or "unknown")


def _default_branch(body: JSON) -> str:
    return text(record(body, "project"), "default_branch")


def _push(draft: Draft, body: JSON) -> None:
    ref = text(body, "ref")
    pushes.add_ref(draft, ref, _default_branch(body))
    before, after = text(body, "before").strip("0"), text(body, "after").strip("0")
    draft.link("sha", text(body, "after") if after else "")
    is_tag = ref.startswith("refs/tags/")
    draft.fact("ref_kind", ("tag moved" if before and after else "tag") if is_tag else "branch")
    draft.fact("created", "no" if before else "yes")
    draft.fact("deleted", "no" if after else "yes")
    commits = records(body, "commits", pushes.MAX_COMMITS)
    total = number(body, "total_commits_count")
    pushes.add_commits(draft, commits, total if total is not None else float(len(commits)), draft.actor)
    if commits:
        pushes.add_head(draft, commits[-1])


def _pipeline(draft: Draft, body: JSON) -> None:
    run, repo = record(body, "object_attributes"), draft.links.get("repo", "")
    _add_workflow(draft, repo)
    draft.link("run", text(run, "id"))
    _add_head(draft, body, text(run, "ref"), text(run, "sha"), is_tag=run.get("tag") is True)
    draft.fact("workflow_name", text(run, "name"))
    draft.fact("trigger", text(run, "source"))
    draft.fact("conclusion", text(run, "status") if text(run, "status") in _OVER else "")
    draft.fact("x.protected", yes_no(run, "protected_ref"))
    _add_jobs(draft, records(body, "builds", _MAX_JOBS))
    draft.values("x.variable", (text(v, "key") for v in records(run, "variables", 100)))
    draft.number("duration_s", number(run, "duration"))
    draft.number("queue_s", number(run, "queued_duration"))
    _add_merge_request(draft, record(body, "merge_request"))
    draft.fact("x.upstream", text(record(body, "source_pipeline", "project"), "path_with_namespace"))
    draft.observed_at = parse_time(run.get("finished_at")) or (
        parse_time(run.get("created_at")) if text(run, "status") in {"pending", "created"} else None
    )
    draft.fact("message_shape", shape_of(text(record(body, "commit"), "message")))


def _add_jobs(draft: Draft, jobs: list[JSON]) -> None:
    """Add what the jobs of a pipeline are, where they run and what they deploy to."""
    draft.values("step", (f"{text(job, 'stage')}/{text(job, 'name')}" for job in jobs))
    draft.number("steps", float(len(jobs)) if jobs else None)
    runners = [runner for job in jobs if (runner := record(job, "runner"))]
    draft.values("runner_label", (label for runner in runners for label in texts(runner, "tags", 32)))
    draft.values("runner_group", (text(runner, "runner_type") for runner in runners))
    draft.values("x.environment", (text(record(job, "environment"), "name") for job in jobs))
    draft.values(
        "x.by_hand", (text(job, "name") for job in jobs if job.get("manual") is True and job.get("started_at"))
    )


def _add_merge_request(draft: Draft, merge: JSON) -> None:
    repo, iid = draft.links.get("repo", ""), text(merge, "iid")
    draft.link("pull_request", f"{repo}#{iid}" if iid else "")
    source, target = merge.get("source_project_id"), merge.get("target_project_id")
    draft.fact("head_fork", ("yes" if source != target else "no") if source is not None else "")


def _add_workflow(draft: Draft, repo: str) -> None:
    if repo:
        draft.link("workflow", f"{repo}:{WORKFLOW}")
        draft.entity = Entity("workflow", f"{repo}:{WORKFLOW}")


def _add_head(draft: Draft, body: JSON, ref: str, sha: str, *, is_tag: bool) -> None:
    draft.link("sha", sha)
    if ref:
        pushes.add_ref(draft, f"refs/tags/{ref}" if is_tag else ref, _default_branch(body))


def _job(draft: Draft, body: JSON) -> None:
    repo, name, runner = draft.links.get("repo", ""), text(body, "build_name"), record(body, "runner")
    _add_workflow(draft, repo)
    draft.link("job", f"{repo}:{WORKFLOW}/{name}" if name else "")
    draft.link("run", text(body, "pipeline_id"))
    draft.link("runner", text(runner, "description"))
    _add_head(draft, body, text(body, "ref"), text(body, "sha"), is_tag=body.get("tag") is True)
    draft.fact("conclusion", text(body, "build_status") if text(body, "build_status") in _OVER else "")
    draft.fact("x.failure", text(body, "build_failure_reason"))
    draft.fact("hosted", yes_no(runner, "is_shared"))
    draft.fact("runner_group", text(runner, "runner_type"))
    draft.values("runner_label", texts(runner, "tags", 32))
    draft.values("step", [text(body, "build_stage")])
    environment = record(body, "environment")
    draft.fact("x.environment", text(environment, "name"))
    draft.fact("x.environment_action", text(environment, "action"))
    draft.fact("x.allow_failure", yes_no(body, "build_allow_failure"))
    draft.fact("x.upstream", text(record(body, "source_pipeline", "project"), "path_with_namespace"))
    retries = number(body, "retries_count")
    draft.number("run_attempt", None if retries is None else retries + 1.0)
    draft.number("duration_s", number(body, "build_duration"))
    draft.number("queue_s", number(body, "build_queued_duration"))
    names = ("build_finished_at", "build_started_at", "build_created_at")
    draft.observed_at = next(filter(None, (parse_time(body.get(name)) for name in names)), None)
    if "job" in draft.links:
        draft.entity = Entity("job", draft.links["job"])


def _merge_request(draft: Draft, body: JSON) -> None:
    merge = record(body, "object_attributes")
    _add_merge_request(draft, merge)
    last = record(merge, "last_commit")
    _add_head(draft, body, text(merge, "source_branch"), text(last, "id"), is_tag=False)
    pushes.add_title(draft, text(merge, "title"), full_text(merge, "description"))
    draft.fact("merged", "yes" if text(merge, "state") == "merged" else "")
    draft.fact("review_state", text(merge, "action") if "approv" in text(merge, "action") else "")
    author = merge.get("author_id")
    actor = record(body, "user").get("id")
    draft.fact("author_match", ("own pull request" if author == actor else "another's") if author and actor else "")
    reviewers = [text(user, "username") for user in records(body, "reviewers", 20)]
    draft.link("target", next((name for name in reviewers if name and name != draft.actor.name), ""))
    changes = body.get("changes")
    draft.values("changed", (name[:60] for name in changes) if isinstance(changes, dict) else ())
    is_new = text(merge, "action") == "open"
    draft.observed_at = parse_time(merge.get("created_at" if is_new else "updated_at"))
    draft.utc_offset = parse_offset(last.get("timestamp"))


def _note(draft: Draft, body: JSON) -> None:
    note = record(body, "object_attributes")
    merge = text(record(body, "merge_request"), "iid")
    draft.link("pull_request", f"{draft.links.get('repo', '')}#{merge}" if merge else "")
    pushes.add_title(
        draft, text(record(body, "merge_request") or record(body, "issue"), "title"), full_text(note, "note")
    )
    draft.observed_at = parse_time(note.get("created_at"))


def _release(draft: Draft, body: JSON) -> None:
    draft.fact("version_shape", version_shape_of(text(body, "tag")))
    links = records(record(body, "assets"), "links", 500)
    draft.values("asset", (shape_of(text(link, "name")) for link in links))
    draft.number("assets", float(len(links)))
    draft.observed_at = parse_time(body.get("released_at")) if text(body, "action") == "create" else None


def _deployment(draft: Draft, body: JSON) -> None:
    draft.link("sha", text(record(body, "commit"), "id") or text(body, "sha"))
    draft.fact("x.environment", text(body, "environment"))
    draft.fact("conclusion", text(body, "status") if text(body, "status") in _OVER else "")
    draft.observed_at = parse_time(body.get("status_changed_at"))


def _plain(draft: Draft, body: JSON) -> None:
    target = text(body, "user_username", "username", "user_name", "name")
    draft.link("target", target if target != draft.actor.name else "")
    draft.fact("permission", text(body, "project_access", "group_access", "access_level"))
    draft.link("key", text(body, "fingerprint"))
    plain_facts(draft, body, _ENVELOPE)
    plain_facts(draft, record(body, "object_attributes"), _ENVELOPE | {"title", "description", "note"})
    draft.observed_at = parse_time(body.get("updated_at") or body.get("created_at"))


_READERS: dict[str, Callable[[Draft, JSON], None]] = {
    **dict.fromkeys(("push", "tag_push"), _push),
    "pipeline": _pipeline,
    "build": _job,
    "merge_request": _merge_request,
    "note": _note,
    "release": _release,
    "deployment": _deployment,
}

SOURCE = Source("gitlab.webhook", parse)
