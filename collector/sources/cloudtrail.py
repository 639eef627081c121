"""cloudtrail: API calls in AWS accounts, by file, stream or poll."""

from __future__ import annotations

import re

from collector.delivery import Delivery, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.shapes import shape_of
from collector.sources.fields import JSON, record, text, yes_no
from collector.sources.source import Context, Draft, Source, digest_of, entries_of

_ASSUMED = re.compile(r":assumed-role/([^/]{1,128})/(.{1,128})")
_ROLE_ARN = re.compile(r":role/(?:[^/\s]{1,64}/)*([^/\s]{1,128})$")
_REPO_SUBJECT = re.compile(r"repo:([^:\s]{1,200}/[^:\s]{1,200}):")
_RESOURCES = (
    ("secretId", "secret"),
    ("roleName", "role"),
    ("roleArn", "role"),
    ("userName", "user"),
    ("groupName", "team"),
    ("bucketName", "bucket"),
    ("functionName", "function"),
    ("repositoryName", "repository"),
    ("instanceId", "instance"),
    ("keyId", "key"),
    ("name", "resource"),
    ("path", "resource"),
)
_IDENTITIES = {
    "IAMUser": ActorType.USER,
    "Root": ActorType.USER,
    "FederatedUser": ActorType.USER,
    "SAMLUser": ActorType.USER,
    "IdentityCenterUser": ActorType.USER,
}


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event a record; a delivery may hold one record or the `Records` of a file."""
    return [_event(entry, delivery, context) for entry in entries_of(delivery, "Records")]


def _event(entry: JSON, delivery: Delivery, context: Context) -> Event:
    name = text(entry, "eventName") or "unknown"
    identity, parameters = record(entry, "userIdentity"), record(entry, "requestParameters")
    service = text(entry, "eventSource")
    draft = Draft(name, Kind.ACCESS if yes_no(entry, "readOnly") == "yes" else Kind.ADMIN)
    draft.observed_at = parse_time(entry.get("eventTime"))
    role, session = _role(identity, parameters)
    draft.actor = _actor(identity, role)
    draft.entity = _entity(service, parameters, role)
    draft.fact("role", role)
    draft.fact("x.session", shape_of(session, 60))
    draft.fact("api", f"{service.removesuffix('.amazonaws.com')}:{name}")
    draft.fact("error", text(entry, "errorCode"))
    draft.fact("access_type", text(identity, "type"))
    draft.fact("x.region", text(entry, "awsRegion"))
    draft.fact("x.event_type", text(entry, "eventType"))
    draft.fact("x.mfa", yes_no(record(identity, "sessionContext", "attributes"), "mfaAuthenticated"))
    _where(draft, entry, context)
    _links(draft, entry, identity, parameters)
    event_id = text(entry, "eventID")
    return draft.event(delivery, context, event_id or digest_of(entry), event_id)


def _role(identity: JSON, parameters: JSON) -> tuple[str, str]:
    """Return (role, session) of who called, or of what the call assumes."""
    found = _ASSUMED.search(text(identity, "arn"))
    if found:
        return found[1], found[2]
    issuer = text(record(identity, "sessionContext", "sessionIssuer"), "userName")
    assumed = _ROLE_ARN.search(text(parameters, "roleArn"))
    return issuer or (assumed[1] if assumed else ""), text(parameters, "roleSessionName")


def _actor(identity: JSON, role: str) -> Actor:
    kind = text(identity, "type")
    if kind == "Root":
        return Actor(ActorType.USER, f"root of {text(identity, 'accountId') or 'unknown'}")
    name = text(identity, "userName")
    if kind in _IDENTITIES:
        return Actor(_IDENTITIES[kind], name or text(identity, "arn", "principalId") or "unknown")
    name = role or name or text(identity, "invokedBy") or text(identity, "arn", "principalId", "accountId")
    return Actor(ActorType.APP if name else ActorType.UNKNOWN, name or "unknown")


def _entity(service: str, parameters: JSON, role: str) -> Entity:
    if service == "sts.amazonaws.com" and role:
        return Entity("role", role)
    for name, kind in _RESOURCES:
        value = text(parameters, name)
        if value:
            found = _ROLE_ARN.search(value) if kind == "role" else None
            return Entity(kind, found[1] if found else value)
    return Entity("service", service or "unknown")


def _where(draft: Draft, entry: JSON, context: Context) -> None:
    address = text(entry, "sourceIPAddress")
    draft.came_from(address, context.networks)
    if address and "address" not in draft.links:
        draft.link("network", f"inside {address}")
    draft.used(text(entry, "userAgent"))


def _links(draft: Draft, entry: JSON, identity: JSON, parameters: JSON) -> None:
    issued = text(record(entry, "responseElements", "credentials"), "accessKeyId")
    draft.link("token", text(identity, "accessKeyId") or issued)
    subject = _REPO_SUBJECT.search(f"{text(identity, 'userName')} {text(identity, 'principalId')}:")
    draft.link("repo", subject[1] if subject else "")
    target = text(parameters, "userName") or text(parameters, "roleName")
    draft.link("target", target if target != draft.actor.name else "")


SOURCE = Source("cloudtrail", parse)
