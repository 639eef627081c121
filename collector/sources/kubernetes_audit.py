"""kubernetes.audit: requests to a cluster's API server, from its audit log."""

from __future__ import annotations

from urllib.parse import parse_qsl

from collector.delivery import Delivery, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.masking import mask_text
from collector.shapes import shape_of
from collector.sources.cloudtrail_identity import role_named
from collector.sources.fields import JSON, number, record, text, texts
from collector.sources.kubernetes_objects import add_object
from collector.sources.kubernetes_wrapped import unwrapped
from collector.sources.source import NOBODY, Context, Draft, Source, digest_of, entries_of

_READS = frozenset({"get", "list", "watch", "head"})
_INTO = frozenset({"exec", "attach", "portforward", "proxy"})
"""Subresources by which one gets into a workload, with whatever verb."""


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event an audit entry; a delivery may hold one entry, an EventList, or a cloud's records of them."""
    return [_event(unwrapped(entry), delivery, context) for entry in entries_of(delivery, "items", "records")]


def _event(entry: JSON, delivery: Delivery, context: Context) -> Event:
    target, verb = record(entry, "objectRef"), text(entry, "verb") or "unknown"
    subresource = text(target, "subresource")
    resource = "/".join(filter(None, (text(target, "resource"), subresource)))
    is_read = verb in _READS and subresource not in _INTO
    draft = Draft(f"{verb} {resource}" if resource else verb, Kind.ACCESS if is_read else Kind.ADMIN)
    draft.actor = _actor(text(record(entry, "user"), "username"))
    draft.entity = _entity(target, text(entry, "requestURI"))
    draft.observed_at = next(
        filter(None, (parse_time(entry.get(n)) for n in ("requestReceivedTimestamp", "stageTimestamp", "timestamp"))),
        None,
    )
    _facts(draft, entry, target)
    addresses = texts(entry, "sourceIPs", 10)
    draft.came_from(addresses[0] if addresses else "", context.networks)
    draft.used(text(entry, "userAgent"))
    impersonated = text(record(entry, "impersonatedUser"), "username")
    draft.link("target", impersonated)
    draft.values("x.program", [_program(text(entry, "requestURI"))])
    audit_id, stage = text(entry, "auditID"), text(entry, "stage")
    unique = audit_id if stage in {"", "ResponseComplete"} else f"{audit_id}/{stage}"
    return draft.event(delivery, context, unique if audit_id else digest_of(entry), audit_id)


def _actor(username: str) -> Actor:
    if not username:
        return NOBODY
    if username.startswith("system:serviceaccount:"):
        return Actor(ActorType.APP, username.removeprefix("system:serviceaccount:").replace(":", "/", 1))
    if username.startswith("system:"):
        return Actor(ActorType.UNKNOWN if username == "system:anonymous" else ActorType.BOT, username)
    return Actor(ActorType.USER, username)


def _entity(target: JSON, uri: str) -> Entity:
    resource = text(target, "resource")
    if not resource:
        return Entity("api", uri.split("?", 1)[0] or "unknown")
    name = "/".join(filter(None, (text(target, "namespace"), text(target, "name"))))
    return Entity(resource.removesuffix("s"), name or "all")


def _program(uri: str) -> str:
    """Return the program that is started in a workload; what it is told is nobody's business."""
    asked = parse_qsl(uri.partition("?")[2])
    return next((mask_text(value[:60]) for name, value in asked if name == "command"), "")


def _facts(draft: Draft, entry: JSON, target: JSON) -> None:
    draft.fact("x.namespace", text(target, "namespace"))
    draft.fact("x.resource", text(target, "resource"))
    draft.fact("x.subresource", text(target, "subresource"))
    code = number(record(entry, "responseStatus"), "code")
    draft.fact("error", f"{code:.0f}" if code is not None and code >= 400 else "")
    draft.fact("x.decision", text(record(entry, "annotations"), "authorization.k8s.io/decision"))
    groups = texts(record(entry, "user"), "groups", 32)
    draft.values("permission", (group for group in groups if group != "system:authenticated"))
    add_object(draft, record(entry, "requestObject"))
    _session(draft, record(entry, "user", "extra"))


def _session(draft: Draft, extra: JSON) -> None:
    """Add the cloud's key and role that asked, where the cluster's cloud tells them."""
    draft.link("token", next(iter(texts(extra, "accessKeyId", 1)), ""))
    draft.fact("role", role_named(next(iter(texts(extra, "canonicalArn", 1)), "")))
    draft.fact("x.session", shape_of(next(iter(texts(extra, "sessionName", 1)), ""), 60))


SOURCE = Source("kubernetes.audit", parse)
