"""github.audit: entries of GitHub's audit log, by stream, poll or export; every action, unknown ones too."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from collector.delivery import Delivery, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.shapes import branch_class_of, host_of, shape_of, short_branch
from collector.sources import github_webhook
from collector.sources.fields import JSON, number, text, texts, yes_no
from collector.sources.source import Context, Draft, Source, digest_of, entries_of, listed_facts, plain_facts

_ACCESS = frozenset(
    """git.clone git.fetch user.login user.failed_login repo.download_zip migration.download repo.download
    org.audit_log_export org.audit_log_git_event_export business.audit_log_export enterprise.audit_log_export
    org.sso_response business.sso_response user.two_factor_challenge_failure user.two_factor_challenge_success
    migration.create user.logout org.insights_view org.credential_authorization secret_scanning_alert.view
    artifact.download workflows.download_logs artifact.downloaded api.request""".split()
)
_FAMILIES = {
    **dict.fromkeys(("pull_request", "pull_request_review", "pull_request_review_comment", "merge_queue"), Kind.CHANGE),
    **dict.fromkeys(("commit_comment", "branch", "ref", "tag"), Kind.CHANGE),
    **dict.fromkeys(
        ("workflows", "checks", "check_suite", "check_run", "actions_cache", "artifact", "deployment"), Kind.RUN
    ),
    **dict.fromkeys(
        ("packages", "package", "registry", "registry_package", "release", "package_version"), Kind.DEPENDENCY
    ),
    **dict.fromkeys(
        ("issue", "issues", "issue_comment", "discussion", "discussion_comment", "discussion_post"), Kind.OTHER
    ),
    **dict.fromkeys(
        ("discussion_post_reply", "gist", "profile_picture", "sponsors", "marketplace_listing"), Kind.OTHER
    ),
    **dict.fromkeys(("project", "project_field", "project_view", "project_collaborator", "trending"), Kind.OTHER),
}
_COVERING = frozenset(
    """checks.delete_logs workflows.delete_workflow_run workflows.disable_workflow workflows.enable_workflow
    workflows.bypass_protection_rules artifact.destroy actions_cache.delete""".split()
)
"""What people do to runs that are over, or to whether there are any: administration, and no run."""
_EXACT = {
    **dict.fromkeys(_ACCESS, Kind.ACCESS),
    **dict.fromkeys(_COVERING, Kind.ADMIN),
    "git.push": Kind.CHANGE,
    "protected_branch.rejected_ref_update": Kind.CHANGE,
    "protected_branch.policy_override": Kind.CHANGE,
    **{
        f"{scope}.self_hosted_runner_{state}": Kind.RUN
        for scope in ("repo", "org", "enterprise")
        for state in ("online", "offline", "updated")
    },
}
_USED = frozenset(
    """@timestamp _document_id action actor actor_id created_at org org_id repo repo_id repository repository_public
    public_repo actor_is_bot actor_is_agent actor_ip actor_location user_agent programmatic_access_type hashed_token
    token_id transport_protocol transport_protocol_name request_id business business_id event workflow_id
    workflow_run_id head_branch head_sha conclusion runner_name runner_labels runner_group_name is_hosted_runner
    secrets_passed job_name job_workflow_ref visibility previous_visibility permission read_only user target_login
    invitee branch fingerprint team name at_sign_timestamp external_identity_nameid external_identity_username title
    user_agent_string started_at completed_at device_cookie server_id request_method category_type controller_action
    url_path query_string referrer referer request_body request_access_security_header data token_scopes
    calling_workflow_refs calling_workflow_shas new_repo_permission new_permission new_role new_repo_base_role config
    oauth_application_name application_name integration""".split()
)
_TRANSPORTS = {"1": "http", "2": "ssh"}
_MAX_SCOPES = 40
_RULE_WORDS = ("enforce", "required_", "allow_", "dismiss_", "strict_", "bypass", "restrict", "lock_branch")


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event an entry; a delivery may hold one entry or a batch of them."""
    return [
        event
        for entry in entries_of(delivery, "events", "records")
        for event in (_hook(entry, delivery, context) if _is_hook(entry) else [_event(entry, delivery, context)])
    ]


def _is_hook(entry: JSON) -> bool:
    """Tell whether an entry is a webhook's payload, which collectors of both mix up once its header is lost."""
    return isinstance(entry.get("repository"), dict) and "_document_id" not in entry


def _hook(entry: JSON, delivery: Delivery, context: Context) -> list[Event]:
    return github_webhook.parse(msgspec.structs.replace(delivery, body=entry), context)


def _event(entry: JSON, delivery: Delivery, context: Context) -> Event:
    if isinstance(entry.get("event"), dict) and "action" not in entry:
        entry = entry["event"]  # as a Splunk collector receives it
    if isinstance(entry.get("data"), dict):
        entry = {**entry["data"], **entry}  # where exports put what belongs to one action alone
    action = text(entry, "action") or "unknown"
    draft = Draft(action, kind_of(action), _actor(entry))
    draft.observed_at = _time(entry)
    _where(draft, entry, context)
    _what(draft, entry)
    if draft.kind is Kind.RUN:
        _run(draft, entry)
    draft.entity = _entity(draft, entry, action)
    plain_facts(draft, entry, _USED)
    listed_facts(draft, entry, _USED)
    document = text(entry, "_document_id")
    return draft.event(delivery, context, document or digest_of(entry), document)


def kind_of(action: str) -> Kind:
    """Return the kind of an audit action; what no table names is administration."""
    exact = _EXACT.get(action)
    if exact is not None:
        return exact
    family, _, verb = action.partition(".")
    if family == "git":
        return Kind.ACCESS
    return _FAMILIES.get(family) or (Kind.ACCESS if verb.startswith(("download", "view", "export")) else Kind.ADMIN)


def _time(entry: JSON) -> float | None:
    for name in ("@timestamp", "created_at", "at_sign_timestamp", "timestamp"):
        at = parse_time(entry.get(name))
        if at is not None:
            return at
    return None


def _actor(entry: JSON) -> Actor:
    name = text(entry, "actor", "external_identity_username", "external_identity_nameid")
    access = text(entry, "programmatic_access_type").lower()
    if not name:
        key = text(entry, "actor_id", "deploy_key_fingerprint", "fingerprint")
        if "deploy key" in access:
            return Actor(ActorType.DEPLOY_KEY, key or text(entry, "repo", "repository") or "unknown")
        return Actor(ActorType.UNKNOWN, f"id {key}" if key else "unknown")
    if "deploy key" in access or name == "deploy_key":
        return Actor(ActorType.DEPLOY_KEY, name)
    if entry.get("actor_is_agent") is True:
        return Actor(ActorType.AGENT, name)
    if entry.get("actor_is_bot") is True or name.endswith("[bot]"):
        return Actor(ActorType.BOT, name)
    return Actor(ActorType.USER, name)


def _where(draft: Draft, entry: JSON, context: Context) -> None:
    location = entry.get("actor_location")
    if isinstance(location, dict):
        draft.fact("country", text(location, "country_code"))
    draft.came_from(text(entry, "actor_ip"), context.networks)
    draft.used(text(entry, "user_agent"))
    token = text(entry, "hashed_token")
    draft.link("token", token or (f"id {text(entry, 'token_id')}" if entry.get("token_id") else ""))
    transport = text(entry, "transport_protocol_name") or _TRANSPORTS.get(text(entry, "transport_protocol"), "")
    draft.fact("access_type", text(entry, "programmatic_access_type") or transport)
    draft.fact("x.transport", transport)
    draft.values("x.token_scope", (scope.strip() for scope in text(entry, "token_scopes").split(",")), _MAX_SCOPES)


def _what(draft: Draft, entry: JSON) -> None:
    draft.link("repo", text(entry, "repo", "repository"))
    draft.link("branch", short_branch(text(entry, "head_branch", "branch")))
    draft.link("sha", text(entry, "head_sha", "after"))
    draft.link("key", text(entry, "fingerprint"))
    draft.link("hook", text(entry, "hook_id"))
    draft.link("target", _target(entry, draft.actor.name))
    public = yes_no(entry, "public_repo") or yes_no(entry, "repository_public")
    draft.fact("visibility", text(entry, "visibility") or {"yes": "public", "no": "private"}.get(public, ""))
    draft.fact("previous_visibility", text(entry, "previous_visibility"))
    granted = ("permission", "new_permission", "new_repo_permission", "new_role", "new_repo_base_role")
    draft.fact("permission", text(entry, *granted))
    draft.fact("read_only", yes_no(entry, "read_only"))
    draft.fact("title_shape", shape_of(text(entry, "title")))
    draft.number("retention", number(entry, "retention", "retention_days", "artifact_retention_days"))
    draft.link("runner", text(entry, "runner_name"))
    draft.fact("runner_group", text(entry, "runner_group_name"))
    draft.values("runner_label", texts(entry, "runner_labels", 32))
    if draft.kind is not Kind.ACCESS:
        draft.values("rule", _rules(entry))


def _target(entry: JSON, actor: str) -> str:
    for name in (
        "user",
        "target_login",
        "invitee",
        "team",
        "integration",
        "oauth_application_name",
        "application_name",
    ):
        value = text(entry, name)
        if value and value != actor:
            return value
    config = entry.get("config")
    url = config.get("url") if isinstance(config, dict) else entry.get("hook_url")
    return host_of(url) if isinstance(url, str) else ""


def _rules(entry: JSON) -> list[str]:
    return [
        f"{name}={_flat(value)}"
        for name, value in entry.items()
        if _names_rule(name) and isinstance(value, bool | int | str)
    ]


@lru_cache(maxsize=4096)
def _names_rule(field: str) -> bool:
    return any(word in field for word in _RULE_WORDS)


def _flat(value: Any) -> str:
    return str(value).lower()[:40]


def _run(draft: Draft, entry: JSON) -> None:
    repo, name = draft.links.get("repo", ""), text(entry, "name", "workflow_name")
    path = workflow_path(text(entry, "job_workflow_ref", "workflow_ref", "workflow_path"), repo)
    workflow = path or (f"{repo}:{name}" if name else "")
    draft.link("workflow", workflow)
    draft.link("run", text(entry, "workflow_run_id"))
    job = text(entry, "job_name")
    draft.link("job", f"{workflow or repo}/{job}" if job else "")
    draft.fact("workflow_name", name)
    draft.fact("trigger", text(entry, "event"))
    draft.fact("conclusion", text(entry, "conclusion"))
    draft.fact("branch_class", branch_class_of(draft.links["branch"]) if "branch" in draft.links else "")
    draft.fact("hosted", yes_no(entry, "is_hosted_runner"))
    draft.values("action_ref", texts(entry, "calling_workflow_refs", 32))
    draft.values("action_sha", texts(entry, "calling_workflow_shas", 32))
    secrets = texts(entry, "secrets_passed", 200)
    draft.values("secret", secrets, 200)
    draft.number("secrets", float(len(secrets)) if "secrets_passed" in entry else None)
    draft.number("run_attempt", number(entry, "run_attempt"))
    started, ended = parse_time(entry.get("started_at")), parse_time(entry.get("completed_at"))
    draft.number("duration_s", max(0.0, ended - started) if started and ended else None)


def workflow_path(ref: str, repo: str) -> str:
    """Return `acme/pay:PATH` of a workflow ref such as `acme/pay/.github/workflows/ci.yml@refs/heads/main`."""
    path = ref.split("@", 1)[0]
    folder = path.find("/.github/")
    if folder > 0:
        return f"{path[:folder]}:{path[folder + 1 :]}"
    return f"{repo}:{path}" if path.startswith(".github/") and repo else ""


def _entity(draft: Draft, entry: JSON, action: str) -> Entity:
    """Return the most specific thing the entry names."""
    links, name = draft.links, text(entry, "name", "key", "package", "package_name")
    repo, org = links.get("repo", ""), text(entry, "org", "business") or "unknown"
    if draft.kind is Kind.RUN:
        kind = next((kind for kind in ("job", "workflow", "runner") if kind in links), "")
        if kind:
            return Entity(kind, links[kind])
    if "secret" in action and name:
        return Entity("secret", f"{repo or org}/{name}")
    if draft.kind is Kind.DEPENDENCY and name:
        draft.link("package", name)
        return Entity("package", name)
    return Entity("repo", repo) if repo else _person_or_org(draft, action, org)


def _person_or_org(draft: Draft, action: str, org: str) -> Entity:
    target, family = draft.links.get("target", ""), action.partition(".")[0]
    kind = {"org": "user", "user": "user", "external_identity": "user", "team": "team"}.get(family, "")
    return Entity(kind, target) if kind and target else Entity("org", org)


SOURCE = Source("github.audit", parse)
