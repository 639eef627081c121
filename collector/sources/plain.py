"""Any other source in a recording: a plain event with generic facts, until it has a reader of its own."""

from __future__ import annotations

from typing import Any

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import WATCH, Actor, ActorType, Entity, Event, Kind
from collector.sources.fields import JSON, text
from collector.sources.source import Context, Draft, Source, digest_of, plain_facts

_ACTION_NAMES = (
    "action",
    "event_type",
    "eventType",
    "event_name",
    "eventName",
    "eventKey",
    "type",
    "event",
    "object_kind",
    "kind",
)
_ACTOR_NAMES = ("actor", "sender", "user", "author", "username", "user_name", "triggered_by")
_REPO_NAMES = ("repo", "repository", "project", "pipeline")
_LOGIN_NAMES = ("login", "username", "name", "nickname", "display_name", "displayName", "email")
_PATH_NAMES = ("full_name", "path_with_namespace", "slug", "name")
_HEADER_ACTIONS = ("X-Event-Key", "X-Gitea-Event", "X-Gogs-Event", "X-Forgejo-Event", "X-Buildkite-Event", "Ce-Type")
_HEADER_IDS = (
    "X-Request-UUID",
    "X-Gitea-Delivery",
    "X-Gogs-Delivery",
    "X-Forgejo-Delivery",
    "Ce-Id",
    "Idempotency-Key",
)


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the one plain event of a delivery, whatever its body is."""
    if delivery.source == WATCH:
        raise DeliveryError(f"nobody else may tell of anything as {WATCH}: send it under another source's name")
    draft = describe(delivery, delivery.body if isinstance(delivery.body, dict) else {})
    unique = next(filter(None, map(delivery.header, _HEADER_IDS)), "")
    return [draft.event(delivery, context, unique or digest_of([draft.action, delivery.body]), unique)]


def describe(delivery: Delivery, body: JSON) -> Draft:
    """Return what fields of the names that most systems use tell of an event."""
    action = next(filter(None, map(delivery.header, _HEADER_ACTIONS)), "") or text(body, *_ACTION_NAMES) or "received"
    draft = Draft(action[:120], Kind.OTHER)
    actor = _named(body, _ACTOR_NAMES, _LOGIN_NAMES) or delivery.header("Unwonted-Actor")
    if actor:
        draft.actor = Actor(ActorType.BOT if actor.endswith("[bot]") else ActorType.USER, actor)
    repo = _named(body, _REPO_NAMES, _PATH_NAMES) or delivery.header("Unwonted-Repo")
    draft.link("repo", repo)
    draft.entity = Entity("repo", repo) if repo else Entity("source", delivery.source)
    plain_facts(draft, body, frozenset(_ACTION_NAMES))
    return draft


def _named(body: JSON, names: tuple[str, ...], inner: tuple[str, ...]) -> str:
    for name in names:
        value: Any = body.get(name)
        found = text(value, *inner) if isinstance(value, dict) else value if isinstance(value, str) else ""
        if found:
            return found[:200]
    return ""


def plain_source(name: str) -> Source:
    """Return the source for a name no reader exists for."""
    return Source(name, parse)
