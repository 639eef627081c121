"""cloudtrail: API calls in AWS accounts, by file, stream or poll."""

from __future__ import annotations

from typing import Any

from collector.delivery import Delivery, decode_json, parse_time
from collector.errors import DeliveryError
from collector.event import Entity, Event, Kind
from collector.sources.cloudtrail_identity import actor_of, add_session, role_named, role_of
from collector.sources.fields import JSON, record, records, text, yes_no
from collector.sources.source import Context, Draft, Source, digest_of, entries_of

_RESOURCES = (
    ("secretId", "secret"),
    ("roleName", "role"),
    ("roleArn", "role"),
    ("userName", "user"),
    ("groupName", "team"),
    ("bucketName", "bucket"),
    ("functionName", "function"),
    ("layerName", "function"),
    ("repositoryName", "repository"),
    ("projectName", "project"),
    ("pipelineName", "pipeline"),
    ("trailName", "trail"),
    ("logGroupName", "log group"),
    ("clusterName", "cluster"),
    ("stackName", "stack"),
    ("tableName", "table"),
    ("topicArn", "topic"),
    ("queueUrl", "queue"),
    ("openIDConnectProviderArn", "identity provider"),
    ("instanceProfileName", "role"),
    ("instanceId", "instance"),
    ("dBInstanceIdentifier", "database"),
    ("snapshotId", "snapshot"),
    ("imageId", "image"),
    ("groupId", "security group"),
    ("policyArn", "policy"),
    ("policyName", "policy"),
    ("keyId", "key"),
    ("accessKeyId", "key"),
    ("name", "resource"),
    ("path", "resource"),
    ("url", "resource"),
)
_ENTRIES = frozenset({"ConsoleLogin", "SwitchRole", "GetSigninToken", "CredentialVerification", "Authenticate"})
"""Ways in that say of themselves that they write."""
_READS = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Lookup",
    "BatchGet",
    "BatchDescribe",
    "Search",
    "Select",
    "Query",
    "Scan",
    "Download",
    "AssumeRole",
)
_FIELDS = {
    name.lower(): name
    for name in """eventName eventSource eventTime eventID eventType eventCategory awsRegion userIdentity userAgent
    sourceIPAddress requestParameters responseElements errorCode errorMessage readOnly recipientAccountId resources
    additionalEventData sharedEventID accessKeyId accountId principalId userName sessionContext invokedBy""".split()
}
"""The names of fields by those that tables of data lakes make of them."""


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event a record; a delivery may hold one record or the `Records` of a file."""
    body = decode_json(delivery.body) if isinstance(delivery.body, str) else delivery.body
    if isinstance(body, dict) and "digestStartTime" in body:
        raise DeliveryError("this is a digest, which proves CloudTrail's files and holds no events: leave it out")
    return [_event(_as_written(entry), delivery, context) for entry in entries_of(delivery, "Records")]


def _as_written(entry: JSON) -> JSON:
    """Return a record with its fields named as CloudTrail names them."""
    if "eventName" in entry or "eventname" not in entry:
        return entry
    entry = _renamed(entry)
    identity = entry.get("userIdentity")
    return {**entry, "userIdentity": _renamed(identity)} if isinstance(identity, dict) else entry


def _renamed(entry: JSON) -> dict[str, Any]:
    return {_FIELDS.get(name, name): value for name, value in entry.items()}


def _event(entry: JSON, delivery: Delivery, context: Context) -> Event:
    name = text(entry, "eventName") or "unknown"
    identity, parameters = record(entry, "userIdentity"), record(entry, "requestParameters")
    service = text(entry, "eventSource")
    draft = Draft(name, _kind(name, yes_no(entry, "readOnly")))
    draft.observed_at = parse_time(entry.get("eventTime"))
    role, session = role_of(identity, parameters)
    draft.actor = actor_of(identity, role)
    draft.entity = _entity(service, entry, parameters, role)
    draft.fact("role", role)
    draft.fact("api", f"{service.removesuffix('.amazonaws.com')}:{name}")
    draft.fact("access_type", text(identity, "type"))
    _outcome(draft, entry)
    _setting(draft, entry, identity)
    _where(draft, entry, context)
    add_session(draft, entry, identity, session)
    target = text(parameters, "userName") or text(parameters, "roleName")
    draft.link("target", target if target != draft.actor.name else "")
    draft.fact("permission", (text(parameters, "policyArn") or text(parameters, "policyName")).rsplit("/", 1)[-1])
    event_id = text(entry, "eventID")
    return draft.event(delivery, context, event_id or digest_of(entry), event_id)


def _kind(name: str, is_read: str) -> Kind:
    if name in _ENTRIES or is_read == "yes" or (not is_read and name.startswith(_READS)):
        return Kind.ACCESS
    return Kind.ADMIN


def _outcome(draft: Draft, entry: JSON) -> None:
    """Add why it failed; a failed login has no code of its own."""
    login = text(record(entry, "responseElements"), "ConsoleLogin")
    draft.fact("error", text(entry, "errorCode") or ("Failure" if login == "Failure" else ""))
    extra = record(entry, "additionalEventData")
    draft.fact("x.mfa", text(extra, "MFAUsed").lower())


def _setting(draft: Draft, entry: JSON, identity: JSON) -> None:
    account, own = text(entry, "recipientAccountId"), text(identity, "accountId")
    draft.fact("x.account", account)
    draft.fact("x.other_account", ("yes" if account != own else "no") if account and own else "")
    draft.fact("x.region", text(entry, "awsRegion"))
    draft.fact("x.event_type", text(entry, "eventType"))
    draft.fact("x.category", text(entry, "eventCategory"))
    draft.fact("x.invoked_by", text(identity, "invokedBy"))
    draft.fact("x.from_console", yes_no(entry, "sessionCredentialFromConsole"))
    draft.fact("x.private_endpoint", "yes" if text(entry, "vpcEndpointId") else "")


def _entity(service: str, entry: JSON, parameters: JSON, role: str) -> Entity:
    if service == "sts.amazonaws.com" and role:
        return Entity("role", role)
    for name, kind in _RESOURCES:
        value = text(parameters, name)
        if value:
            return Entity(kind, (role_named(value) if kind == "role" else "") or value)
    for resource in records(entry, "resources", 4):
        if arn := text(resource, "ARN", "arn"):
            kind = text(resource, "type").removeprefix("AWS::").replace("::", " ").lower()
            return Entity(kind or "resource", arn)
    return Entity("service", service or "unknown")


def _where(draft: Draft, entry: JSON, context: Context) -> None:
    address = text(entry, "sourceIPAddress")
    draft.came_from(address, context.networks)
    if address and "address" not in draft.links:
        draft.link("network", f"inside {address}")
    draft.used(text(entry, "userAgent"))


SOURCE = Source("cloudtrail", parse)
