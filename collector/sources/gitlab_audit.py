"""gitlab.audit: GitLab's audit events, by stream or export."""

from __future__ import annotations

from typing import Any

from collector.delivery import Delivery, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.shapes import shape_of
from collector.sources.fields import JSON, record, text
from collector.sources.source import NOBODY, Context, Draft, Source, digest_of, entries_of, listed_facts, plain_facts

_ACCESS_WORDS = (
    "git_operation",
    "download",
    "viewed",
    "accessed",
    "authenticated",
    "login",
    "logged",
    "sign_in",
    "export",
    "impersonation",
    "clone",
    "fork",
    "failed",
)
_CHANGE_WORDS = ("merge_request", "push", "branch_created", "branch_deleted", "tag_", "approval", "commit")
_RUN_WORDS = ("pipeline", "job_", "_job", "build", "deployment", "runner_contacted")
_DEPENDENCY_WORDS = ("package", "registry", "release")
_ADMIN_WORDS = ("protected", "token", "setting", "rule", "created_by", "member", "variable", "policy", "approval_rule")
_EXACT = {
    **dict.fromkeys(("destroy_pipeline", "ci_runner_created", "ci_runners_bulk_deleted"), Kind.ADMIN),
}
"""Types whose words would place them wrongly."""
_AUTHORS = (
    ("token", ActorType.TOKEN),
    ("deploykey", ActorType.DEPLOY_KEY),
    ("runner", ActorType.APP),
    ("ci", ActorType.APP),
)
_USED = frozenset(
    """id author_id author_name author_class author_email entity_id entity_type entity_path event_type event_name
    ip_address target_id target_type target_details details created_at custom_message change from to add remove as
    with per_page registration_details email name""".split()
)


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event an entry; a delivery may hold one entry or a batch of them."""
    return [_event(entry, delivery, context) for entry in entries_of(delivery, "events", "audit_events")]


def _event(entry: JSON, delivery: Delivery, context: Context) -> Event:
    details = record(entry, "details") or record(entry, "detail")
    message = details.get("custom_message")
    action = _action(entry, details, message) or delivery.header("X-Gitlab-Audit-Event-Type") or "unknown"
    protocol = message if isinstance(message, dict) else {}
    draft = Draft(action, kind_of(action, text(protocol, "action")), _actor(entry, details))
    draft.observed_at = parse_time(entry.get("created_at"))
    path, kind = text(entry, "entity_path") or text(details, "entity_path"), text(entry, "entity_type")
    draft.link("repo", path if kind == "Project" else "")
    draft.entity = _entity(entry, details, path, kind)
    target = text(entry, "target_details") or text(details, "target_details")
    draft.link("target", target if target not in {path, draft.actor.name, draft.entity.name} else "")
    draft.came_from(text(entry, "ip_address") or text(details, "ip_address"), context.networks)
    draft.fact("access_type", text(protocol, "protocol") or text(details, "with"))
    draft.fact("x.operation", text(protocol, "action"))
    draft.fact("x.scope", kind)
    draft.fact("x.target_type", text(entry, "target_type") or text(details, "target_type"))
    _changes(draft, details)
    draft.fact("title_shape", shape_of(message) if isinstance(message, str) else "")
    plain_facts(draft, details, _USED)
    listed_facts(draft, details, _USED)
    entry_id = text(entry, "id")
    return draft.event(delivery, context, entry_id or digest_of(entry), entry_id)


def _action(entry: JSON, details: JSON, message: Any) -> str:
    named = text(entry, "event_type", "event_name") or text(details, "event_type", "event_name")
    if named:
        return named
    for verb in ("add", "change", "remove"):
        if text(details, verb):
            return f"{verb} {shape_of(text(details, verb), 60)}"
    return shape_of(message, 60) if isinstance(message, str) else ""


def kind_of(action: str, operation: str = "") -> Kind:
    """Return the kind of an audit event type; `operation` is the service a git operation asked for."""
    if operation == "git-receive-pack":
        return Kind.CHANGE
    if action in _EXACT:
        return _EXACT[action]
    for kind, words in (
        (Kind.ACCESS, _ACCESS_WORDS),
        (Kind.ADMIN, _ADMIN_WORDS),
        (Kind.CHANGE, _CHANGE_WORDS),
        (Kind.RUN, _RUN_WORDS),
        (Kind.DEPENDENCY, _DEPENDENCY_WORDS),
    ):
        if any(word in action for word in words):
            return kind
    return Kind.ADMIN


def _actor(entry: JSON, details: JSON) -> Actor:
    name = text(entry, "author_name") or text(details, "author_name")
    if not name:
        number = text(entry, "author_id")
        return Actor(ActorType.UNKNOWN, f"id {number}") if number else NOBODY
    author = text(details, "author_class").lower()
    kind = next((kind for word, kind in _AUTHORS if word in author), ActorType.USER)
    if kind is ActorType.USER and ("_bot" in name or name.endswith("[bot]")):
        kind = ActorType.BOT
    return Actor(kind, name)


def _entity(entry: JSON, details: JSON, path: str, kind: str) -> Entity:
    if kind == "Project" and path:
        return Entity("repo", path)
    if kind == "User":
        return Entity("user", text(entry, "target_details") or path or text(details, "target_details") or "unknown")
    return Entity("org", path or text(entry, "entity_id") or "unknown")


def _changes(draft: Draft, details: JSON) -> None:
    change = shape_of(text(details, "change"), 60)
    draft.values("changed", [change])
    before, after = text(details, "from"), text(details, "to")
    if "visibility" in change:
        draft.fact("previous_visibility", before.lower())
        draft.fact("visibility", after.lower())
    elif "access" in change or "role" in change:
        draft.fact("permission", after)
    elif change and after:
        draft.values("rule", [f"{change}={shape_of(after, 40)}"])
    draft.fact("permission", text(details, "as"))


SOURCE = Source("gitlab.audit", parse)
