"""What each of GitHub's webhook payloads tells, one function a kind of payload."""

from __future__ import annotations

from collections.abc import Callable

from collector.delivery import parse_time
from collector.event import Entity
from collector.shapes import host_of, name_oddities_of, oddities_of, shape_of, title_oddities_of, version_shape_of
from collector.sources import pushes
from collector.sources.fields import JSON, full_text, login, number, record, records, text, texts, yes_no
from collector.sources.github_pipelines import PIPELINES, add_other_login
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
    add_other_login(draft, author)
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


def _release(draft: Draft, body: JSON) -> None:
    release = record(body, "release")
    tag, assets = text(release, "tag_name"), records(release, "assets", 500)
    draft.link("branch", text(release, "target_commitish"))
    draft.fact("version_shape", version_shape_of(tag))
    draft.fact("x.prerelease", yes_no(release, "prerelease"))
    draft.values("asset", (shape_of(text(asset, "name")) for asset in assets))
    draft.number("assets", float(len(assets)))
    draft.number("size_bytes", sum(number(asset, "size") or 0.0 for asset in assets) if assets else None)
    add_other_login(draft, login(release, "author"))
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
    add_other_login(draft, login(version, "author"))
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
    add_other_login(draft, added_by)
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
    draft.link("hook", text(body, "hook_id"))
    draft.link("target", host_of(text(record(hook, "config"), "url")))
    draft.values("x.events", texts(hook, "events", 100))


def _installation(draft: Draft, body: JSON) -> None:
    installation = record(body, "installation")
    draft.link("target", text(installation, "app_slug", "app_id"))
    permissions = record(installation, "permissions")
    draft.values("permission", (f"{name}:{level}" for name, level in permissions.items() if isinstance(level, str)))
    draft.fact("x.repository_selection", text(installation, "repository_selection"))
    draft.values("x.event", texts(installation, "events", 100))
    for name in ("repositories_added", "repositories_removed"):
        draft.values(f"x.{name}", (text(repo, "full_name") for repo in records(body, name, 64)))
    if "target" in draft.links:
        draft.entity = Entity("app", draft.links["target"])


def _alert(draft: Draft, body: JSON) -> None:
    alert = record(body, "alert")
    plain_facts(draft, alert, frozenset({"number", "html_url", "url"}))
    draft.link("package", text(record(alert, "dependency", "package"), "name"))
    draft.fact("x.rule", text(record(alert, "rule"), "id", "name"))


def _token_request(draft: Draft, body: JSON) -> None:
    asked = record(body, "personal_access_token_request")
    owner = login(asked, "owner")
    draft.link("target", owner if owner != draft.actor.name else "")
    draft.link("token", f"id {text(asked, 'token_id')}" if text(asked, "token_id") else "")
    draft.fact("x.repository_selection", text(asked, "repository_selection"))
    draft.fact("x.token_expired", yes_no(asked, "token_expired"))
    granted = record(asked, "permissions_added") or record(asked, "permissions_result")
    draft.values("permission", (f"{scope}:{name}={level}" for scope, name, level in _granted(granted)))
    draft.observed_at = parse_time(asked.get("created_at")) if text(body, "action") == "created" else None


def _granted(permissions: JSON) -> list[tuple[str, str, str]]:
    return [
        (scope, name, level)
        for scope in ("repository", "organization", "other")
        for name, level in record(permissions, scope).items()
        if isinstance(level, str)
    ]


def _analysis(draft: Draft, body: JSON) -> None:
    before = record(body, "changes", "from", "security_and_analysis")
    after = record(body, "repository", "security_and_analysis")
    draft.values("rule", (f"{name}={text(record(after, name), 'status') or 'changed'}" for name in before))


def _wiki(draft: Draft, body: JSON) -> None:
    pages = records(body, "pages", 100)
    draft.values("changed", (text(page, "action") for page in pages))
    for page in pages:
        pushes.add_oddities(draft, name_oddities_of(text(page, "page_name")))
        pushes.add_oddities(draft, title_oddities_of(text(page, "title")))


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
    **PIPELINES,
    "push": _push,
    **dict.fromkeys(("create", "delete"), _ref),
    "pull_request": _pull_request,
    "pull_request_review": _review,
    **dict.fromkeys(("issue_comment", "pull_request_review_comment", "commit_comment", "issues"), _comment),
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
    **dict.fromkeys(
        ("secret_scanning_alert", "secret_scanning_alert_location", "code_scanning_alert", "dependabot_alert"), _alert
    ),
    "personal_access_token_request": _token_request,
    "gollum": _wiki,
    "security_and_analysis": _analysis,
}
