"""What each of GitHub's webhook payloads tells, one function a kind of payload."""

from __future__ import annotations

from collections.abc import Callable

from collector.delivery import parse_time
from collector.event import Entity
from collector.shapes import host_of, oddities_of, shape_of, version_shape_of
from collector.sources import pushes
from collector.sources.fields import JSON, full_text, login, number, record, records, text, texts, yes_no
from collector.sources.source import Draft, plain_facts

ENVELOPE = frozenset({"action", "repository", "organization", "sender", "enterprise", "installation", "changes"})
"""Fields every payload may have beside its own."""


def _push(draft: Draft, body: JSON) -> None:
    repo, ref = record(body, "repository"), text(body, "ref")
    pushes.add_ref(draft, ref, text(repo, "default_branch"))
    draft.link("sha", text(body, "after").replace(pushes.ZERO, ""))
    is_tag = ref.startswith("refs/tags/")
    has_before = text(body, "before").strip("0") != "" and text(body, "after").strip("0") != ""
    draft.fact("ref_kind", ("tag moved" if has_before else "tag") if is_tag else "branch")
    for name in ("forced", "created", "deleted"):
        draft.fact(name, yes_no(body, name))
    pusher = record(body, "pusher")
    name = text(pusher, "name")
    draft.link("actor_login", name if name != draft.actor.name else "")
    commits = records(body, "commits", pushes.MAX_COMMITS)
    pushes.add_commits(draft, commits, number(body, "size") or float(len(commits)), draft.actor)
    pushes.add_head(draft, record(body, "head_commit"))
    draft.observed_at = parse_time(repo.get("pushed_at"))


def _ref(draft: Draft, body: JSON) -> None:
    kind, ref = text(body, "ref_type"), text(body, "ref")
    draft.fact("ref_kind", kind)
    default = text(record(body, "repository"), "default_branch") or text(body, "master_branch")
    pushes.add_ref(draft, f"refs/tags/{ref}" if kind == "tag" else ref, default)


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
    draft.fact("head_fork", ("yes" if head_repo != repo else "no") if head_repo else "")
    draft.fact("title_shape", shape_of(text(run, "display_title")))
    pushes.add_oddities(draft, oddities_of(text(run, "display_title"), 200))
    _other_login(draft, login(run, "triggering_actor") or login(run, "actor"))
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


def _other_login(draft: Draft, name: str) -> None:
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


def _pull_request(draft: Draft, body: JSON) -> None:
    pull = record(body, "pull_request")
    _add_pull(draft, body, pull)
    pushes.add_title(draft, text(pull, "title"), full_text(pull, "body"))
    draft.fact("merged", yes_no(pull, "merged") if text(body, "action") == "closed" else "")
    for name in ("commits", "additions", "deletions", "changed_files"):
        draft.number(name, number(pull, name))
    draft.link("target", login(body, "requested_reviewer") or text(record(body, "requested_team"), "slug"))
    fields = {"opened": "created_at", "closed": "closed_at"}
    draft.observed_at = parse_time(pull.get(fields.get(text(body, "action"), "updated_at")))


def _add_pull(draft: Draft, body: JSON, pull: JSON) -> None:
    repo, head = draft.links.get("repo", ""), record(pull, "head")
    n = text(pull, "number") or text(body, "number")
    draft.link("pull_request", f"{repo}#{n}" if n else "")
    draft.link("sha", text(head, "sha"))
    if text(head, "ref"):
        pushes.add_ref(draft, text(head, "ref"), text(record(body, "repository"), "default_branch"))
    head_repo = text(record(head, "repo"), "full_name")
    draft.fact("head_fork", ("yes" if head_repo != repo else "no") if head_repo else "")
    draft.fact("author_association", text(pull, "author_association"))
    author = login(pull, "user")
    _other_login(draft, author)
    draft.fact("author_match", ("own pull request" if author == draft.actor.name else "another's") if author else "")


def _review(draft: Draft, body: JSON) -> None:
    review = record(body, "review")
    _add_pull(draft, body, record(body, "pull_request"))
    draft.fact("review_state", text(review, "state").lower())
    draft.fact("author_association", text(review, "author_association"))
    pushes.add_oddities(draft, oddities_of(full_text(review, "body"), 20000))
    draft.observed_at = parse_time(review.get("submitted_at"))


def _comment(draft: Draft, body: JSON) -> None:
    issue, comment = record(body, "issue"), record(body, "comment")
    pull = record(body, "pull_request")
    is_pull = bool(pull) or isinstance(issue.get("pull_request"), dict)
    n = text(pull or issue, "number")
    draft.link("pull_request", f"{draft.links.get('repo', '')}#{n}" if n and is_pull else "")
    draft.fact("author_association", text(comment or issue, "author_association"))
    pushes.add_title(draft, text(issue, "title"), full_text(comment or issue, "body"))
    draft.observed_at = parse_time((comment or issue).get("updated_at") or (comment or issue).get("created_at"))


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


def _release(draft: Draft, body: JSON) -> None:
    release = record(body, "release")
    tag, assets = text(release, "tag_name"), records(release, "assets", 500)
    draft.link("branch", text(release, "target_commitish"))
    draft.fact("version_shape", version_shape_of(tag))
    draft.fact("x.prerelease", yes_no(release, "prerelease"))
    draft.values("asset", (shape_of(text(asset, "name")) for asset in assets))
    draft.number("assets", float(len(assets)))
    draft.number("size_bytes", sum(number(asset, "size") or 0.0 for asset in assets) if assets else None)
    _other_login(draft, login(release, "author"))
    is_new = text(body, "action") in {"published", "released", "prereleased", "created"}
    draft.observed_at = parse_time(release.get("published_at")) if is_new else None


def _package(draft: Draft, body: JSON) -> None:
    package = record(body, "registry_package") or record(body, "package")
    version, name = record(package, "package_version"), text(package, "name")
    files = records(version, "package_files", 500)
    draft.link("package", name)
    draft.link("branch", text(version, "target_commitish"))
    draft.link("sha", text(version, "target_oid"))
    draft.fact("version_shape", version_shape_of(text(version, "version")))
    draft.fact("registry_host", text(record(package, "registry"), "name"))
    draft.fact("scope", text(package, "namespace"))
    draft.fact("format", text(package, "package_type", "ecosystem").lower())
    draft.values("asset", (shape_of(text(file, "name")) for file in files))
    draft.number("size_bytes", sum(number(file, "size") or 0.0 for file in files) if files else None)
    _other_login(draft, login(version, "author"))
    draft.observed_at = parse_time(version.get("updated_at") or version.get("created_at"))
    if name:
        draft.entity = Entity("package", name)


def _member(draft: Draft, body: JSON) -> None:
    member = login(body, "member") or login(record(body, "membership"), "user") or login(body, "blocked_user")
    draft.link(
        "target", member or login(record(body, "invitation"), "user") or text(record(body, "team"), "slug", "name")
    )
    changed = record(body, "changes", "permission") or record(body, "changes", "role_name")
    draft.fact("permission", text(changed, "to") or text(record(body, "membership"), "role") or text(body, "role"))
    draft.fact("x.scope", text(body, "scope"))
    if "repo" not in draft.links and "target" in draft.links:
        draft.entity = Entity("user", draft.links["target"])


def _team(draft: Draft, body: JSON) -> None:
    team = record(body, "team")
    draft.link("target", text(team, "slug", "name"))
    draft.fact("permission", text(team, "permission"))
    draft.fact("x.privacy", text(team, "privacy"))
    if text(team, "slug", "name"):
        draft.entity = Entity("team", text(team, "slug", "name"))


def _deploy_key(draft: Draft, body: JSON) -> None:
    key = record(body, "key")
    draft.link("key", text(key, "fingerprint", "id"))
    draft.fact("read_only", yes_no(key, "read_only"))
    draft.fact("title_shape", shape_of(text(key, "title")))
    added_by = text(key, "added_by")
    _other_login(draft, added_by)
    draft.observed_at = parse_time(key.get("created_at")) if text(body, "action") == "created" else None


def _rule(draft: Draft, body: JSON) -> None:
    rule = record(body, "rule") or record(body, "repository_ruleset")
    changes = record(body, "changes")
    names = changes or (rule if text(body, "action") in {"created", "deleted"} else {})
    draft.values("rule", (f"{name}={_flat(rule.get(name))}" for name in names if name not in _RULE_IDS))
    draft.values("permission", (text(r, "type") for r in records(rule, "rules", 100)))
    draft.fact("x.enforcement", text(rule, "enforcement"))
    if rule.get("name") and "repo" in draft.links:
        draft.link("branch", text(rule, "name"))


_RULE_IDS = frozenset(
    {"id", "node_id", "repository_id", "created_at", "updated_at", "name", "_links", "source", "rules"}
)


def _flat(value: object) -> str:
    return str(value).lower()[:40] if isinstance(value, bool | int | str) else type(value).__name__


def _repository(draft: Draft, body: JSON) -> None:
    repo, changes = record(body, "repository"), record(body, "changes")
    before = record(changes, "repository")
    draft.fact("previous_visibility", {"publicized": "private", "privatized": "public"}.get(text(body, "action"), ""))
    owner = record(changes, "owner", "from")
    draft.link("target", login(owner, "organization") or login(owner, "user") or text(record(before, "name"), "from"))
    draft.fact("x.archived", yes_no(repo, "archived"))
    draft.fact("x.fork", yes_no(repo, "fork"))
    draft.fact("title_shape", shape_of(text(repo, "description")))
    draft.observed_at = parse_time(repo.get("created_at")) if text(body, "action") == "created" else None


def _fork(draft: Draft, body: JSON) -> None:
    forkee = record(body, "forkee")
    draft.link("target", login(forkee, "owner"))
    draft.observed_at = None


def _meta(draft: Draft, body: JSON) -> None:
    hook = record(body, "hook")
    draft.link("target", host_of(text(record(hook, "config"), "url")))
    draft.values("x.events", texts(hook, "events", 100))


def _installation(draft: Draft, body: JSON) -> None:
    installation = record(body, "installation")
    draft.link("target", text(installation, "app_slug", "app_id"))
    permissions = record(installation, "permissions")
    draft.values("permission", (f"{name}:{level}" for name, level in permissions.items() if isinstance(level, str)))
    draft.fact("x.repository_selection", text(installation, "repository_selection"))
    if "target" in draft.links:
        draft.entity = Entity("app", draft.links["target"])


def _alert(draft: Draft, body: JSON) -> None:
    alert = record(body, "alert")
    plain_facts(draft, alert, frozenset({"number", "html_url", "url"}))
    draft.link("package", text(record(alert, "dependency", "package"), "name"))
    draft.fact("x.rule", text(record(alert, "rule"), "id", "name"))


def add_plain(draft: Draft, body: JSON) -> None:
    """Add what a payload without a reader tells."""
    plain_facts(draft, body, ENVELOPE)
    for name, value in body.items():
        if name not in ENVELOPE and isinstance(value, dict):
            plain_facts(draft, value, _PLAIN_SKIPPED, f"x.{name[:40]}.")
            break


_PLAIN_SKIPPED = frozenset({"node_id", "id", "number", "title", "body", "name", "description", "message"})
Reader = Callable[[Draft, JSON], None]
READERS: dict[str, Reader] = {
    "push": _push,
    **dict.fromkeys(("create", "delete"), _ref),
    "workflow_run": _run,
    "workflow_job": _job,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    **dict.fromkeys(("issue_comment", "pull_request_review_comment", "commit_comment", "issues"), _comment),
    **dict.fromkeys(("check_run", "check_suite"), _check),
    "release": _release,
    **dict.fromkeys(("registry_package", "package"), _package),
    **dict.fromkeys(("member", "membership", "organization", "org_block"), _member),
    **dict.fromkeys(("team", "team_add"), _team),
    "deploy_key": _deploy_key,
    **dict.fromkeys(("branch_protection_rule", "repository_ruleset"), _rule),
    **dict.fromkeys(("repository", "public"), _repository),
    "fork": _fork,
    "meta": _meta,
    **dict.fromkeys(("installation", "installation_repositories"), _installation),
    **dict.fromkeys(("secret_scanning_alert", "code_scanning_alert", "dependabot_alert"), _alert),
}
