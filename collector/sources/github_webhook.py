"""github.webhook: what GitHub sends; events without a reader of their own are plain events, never errors."""

from __future__ import annotations

from collector.delivery import Delivery
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.sources.fields import JSON, login, record, text, yes_no
from collector.sources.github_payloads import ENVELOPE, READERS, add_plain
from collector.sources.source import Context, Draft, Source, digest_of, object_of

_KINDS = {
    **dict.fromkeys(("push", "create", "delete", "pull_request", "pull_request_review", "commit_comment"), Kind.CHANGE),
    **dict.fromkeys(("pull_request_review_comment", "pull_request_review_thread", "merge_group"), Kind.CHANGE),
    **dict.fromkeys(
        ("workflow_run", "workflow_job", "workflow_dispatch", "repository_dispatch", "check_run"), Kind.RUN
    ),
    **dict.fromkeys(("check_suite", "deployment", "deployment_status", "deployment_review", "status"), Kind.RUN),
    **dict.fromkeys(("deployment_protection_rule", "page_build"), Kind.RUN),
    **dict.fromkeys(("release", "registry_package", "package"), Kind.DEPENDENCY),
    **dict.fromkeys(("fork",), Kind.ACCESS),
    **dict.fromkeys(
        ("member", "membership", "team", "team_add", "organization", "org_block", "repository"), Kind.ADMIN
    ),
    **dict.fromkeys(("public", "deploy_key", "branch_protection_rule", "branch_protection_configuration"), Kind.ADMIN),
    **dict.fromkeys(
        ("repository_ruleset", "installation", "installation_repositories", "installation_target"), Kind.ADMIN
    ),
    **dict.fromkeys(
        ("meta", "personal_access_token_request", "github_app_authorization", "secret_scanning_alert"), Kind.ADMIN
    ),
    **dict.fromkeys(("secret_scanning_alert_location", "secret_scanning_scan", "code_scanning_alert"), Kind.ADMIN),
    **dict.fromkeys(("dependabot_alert", "repository_vulnerability_alert", "security_and_analysis"), Kind.ADMIN),
    **dict.fromkeys(
        ("custom_property", "custom_property_values", "repository_import", "security_advisory"), Kind.ADMIN
    ),
    **dict.fromkeys(("repository_advisory", "sub_issues", "bypass_request_push_ruleset"), Kind.ADMIN),
}


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the one event of a delivery; a push is one event whatever number of commits it has."""
    body = object_of(delivery)
    if isinstance(body.get("payload"), str) and len(body) == 1:
        body = object_of(Delivery(source=delivery.source, body=body["payload"]))  # the form-encoded variety
    name = delivery.header("X-GitHub-Event") or _guess(body)
    action = text(body, "action")
    draft = Draft(f"{name}.{action}" if action else name, _KINDS.get(name, Kind.OTHER), _sender(body))
    repo = record(body, "repository")
    _add_repo(draft, repo)
    draft.entity = _default_entity(draft, body)
    READERS.get(name, add_plain)(draft, body)
    draft.values("changed", _changed(body))
    guid = delivery.header("X-GitHub-Delivery")
    return [draft.event(delivery, context, guid or digest_of([name, body]), guid)]


def _guess(body: JSON) -> str:
    """Return the event's name from the body, where a proxy lost the headers."""
    for name in ("workflow_run", "workflow_job", "check_run", "check_suite", "pull_request", "release", "deploy_key"):
        if name in body:
            return name
    if "commits" in body and "ref" in body:
        return "push"
    return next((name for name in body if name and name not in ENVELOPE), "unknown")[:60]


def _sender(body: JSON) -> Actor:
    sender = record(body, "sender")
    name = text(sender, "login")
    if text(body, "pusher_type") == "deploy_key":
        return Actor(ActorType.DEPLOY_KEY, name or "unknown")
    if not name:
        name = text(record(body, "pusher"), "name", "login")
    if not name:
        return Actor(ActorType.UNKNOWN, "unknown")
    is_bot = text(sender, "type") == "Bot" or name.endswith("[bot]")
    return Actor(ActorType.BOT if is_bot else ActorType.USER, name)


def _add_repo(draft: Draft, repo: JSON) -> None:
    draft.link("repo", text(repo, "full_name"))
    private = yes_no(repo, "private")
    draft.fact("visibility", text(repo, "visibility") or {"yes": "private", "no": "public"}.get(private, ""))


def _default_entity(draft: Draft, body: JSON) -> Entity:
    if "repo" in draft.links:
        return Entity("repo", draft.links["repo"])
    organisation = login(body, "organization")
    return Entity("org", organisation or login(record(body, "installation"), "account") or "unknown")


def _changed(body: JSON) -> list[str]:
    changes = body.get("changes")
    return [name[:60] for name in changes] if isinstance(changes, dict) else []


SOURCE = Source("github.webhook", parse)
