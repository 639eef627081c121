"""Entries and payloads in the vendors' formats, each with only what the tests look at and what vendors always send."""

from __future__ import annotations

from typing import Any

import msgspec

from collector.delivery import Delivery
from collector.event import Event
from collector.sources import Context, source_named

JSON = dict[str, Any]
AT = 1_772_359_200.0
"""1 March 2026, 10:00 UTC."""


def audit_entry(action: str = "git.clone", at_ms: int | None = int(AT * 1000), **fields: Any) -> JSON:
    """Return an entry of GitHub's audit log."""
    entry: JSON = {
        "@timestamp": at_ms,
        "_document_id": "Qm9vayBvZiBzYW1wbGVz",
        "action": action,
        "actor": "mona",
        "actor_id": 7,
        "actor_is_bot": False,
        "created_at": at_ms,
        "org": "acme",
        "org_id": 1,
        "repo": "acme/pay",
        "repo_id": 2,
        "public_repo": False,
        "actor_ip": "203.0.113.9",
        "actor_location": {"country_code": "NZ"},
        "user_agent": "git/2.47.1",
        "hashed_token": "c2FtcGxlIHRva2Vu",
        "programmatic_access_type": "Personal access token (classic)",
    }
    return {**entry, **fields}


def repository(**fields: Any) -> JSON:
    """Return the repository object of a webhook."""
    return {"full_name": "acme/pay", "private": True, "visibility": "private", "default_branch": "main", **fields}


def payload(**fields: Any) -> JSON:
    """Return a webhook's body of GitHub."""
    return {"repository": repository(), "sender": {"login": "mona", "type": "User"}, **fields}


def commit(message: str = "Fix rounding", by: str = "mona", **fields: Any) -> JSON:
    """Return a commit inside a push."""
    person = {"name": by.title(), "email": f"{by}@acme.example", "username": by}
    return {
        "id": "a" * 40,
        "message": message,
        "timestamp": "2026-03-01T21:00:00+13:00",
        "author": person,
        "committer": person,
        "added": [],
        "removed": [],
        "modified": ["src/pay.py"],
        **fields,
    }


def push(*commits: JSON, ref: str = "refs/heads/main", **fields: Any) -> JSON:
    """Return a push of GitHub."""
    items = list(commits) or [commit()]
    body = {"ref": ref, "before": "b" * 40, "after": "a" * 40, "forced": False, "created": False, "deleted": False}
    return payload(**{**body, "commits": items, "head_commit": items[-1], "pusher": {"name": "mona"}, **fields})


def cloud_record(name: str = "GetObject", **fields: Any) -> JSON:
    """Return a CloudTrail record of a role."""
    return {
        "eventVersion": "1.10",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": "arn:aws:sts::111122223333:assumed-role/ci-deploy/pay",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLEEXAMPLE00",
        },
        "eventTime": "2026-03-01T10:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.9",
        "userAgent": "Boto3/1.35.1 md/Botocore#1.35.1",
        "requestParameters": {"bucketName": "acme-releases"},
        "eventID": "6f9f4c8e-0000-4000-8000-000000000001",
        "readOnly": True,
        **fields,
    }


def gitlab_entry(kind: str = "repository_git_operation", **fields: Any) -> JSON:
    """Return an audit event of GitLab."""
    return {
        "id": "77",
        "author_id": 5,
        "author_name": "mona",
        "created_at": "2026-03-01T10:00:00.000Z",
        "entity_id": 9,
        "entity_path": "acme/pay",
        "entity_type": "Project",
        "event_type": kind,
        "ip_address": "203.0.113.9",
        "target_details": "acme/pay",
        "target_type": "Project",
        "details": {
            "author_class": "User",
            "custom_message": {"protocol": "ssh", "action": "git-upload-pack"},
        },
        **fields,
    }


def cluster_entry(verb: str = "get", resource: str = "secrets", **fields: Any) -> JSON:
    """Return an entry of a cluster's audit log."""
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": "0d5a0b0c-0000-4000-8000-000000000002",
        "stage": "ResponseComplete",
        "verb": verb,
        "user": {"username": "system:serviceaccount:ci:builder", "groups": ["system:authenticated"]},
        "sourceIPs": ["10.0.0.7"],
        "userAgent": "kubectl/v1.33.0 (linux/amd64)",
        "objectRef": {"resource": resource, "namespace": "prod", "name": "db"},
        "responseStatus": {"code": 200},
        "requestReceivedTimestamp": "2026-03-01T10:00:00.000000Z",
        **fields,
    }


SNAPSHOT = {
    "Unwonted-Repo": "acme/pay",
    "Unwonted-Ref": "refs/heads/main",
    "Unwonted-Sha": "a" * 40,
    "Unwonted-Workflow": "CI",
    "Unwonted-Job": "build",
    "Unwonted-Run-Id": "4711",
    "Unwonted-Actor": "mona",
}


def delivery(source: str, body: Any, headers: dict[str, str] | None = None, received_at: float = AT + 5) -> Delivery:
    """Return a delivery."""
    return Delivery(source=source, received_at=received_at, headers=headers or {}, body=body)


def parse(source: str, body: Any, headers: dict[str, str] | None = None, context: Context | None = None) -> Event:
    """Return the one event of a delivery."""
    (event,) = source_named(source).parse(delivery(source, body, headers), context or Context())
    return event


def webhook(name: str, body: JSON) -> Event:
    """Return the event of a delivery of GitHub's."""
    return parse("github.webhook", body, {"X-GitHub-Event": name, "X-GitHub-Delivery": f"guid-of-{name}"})


def line_of(source: str, body: Any, headers: dict[str, str] | None = None) -> bytes:
    """Return a line of a recording."""
    return msgspec.json.encode(
        {"source": source, "received_at": "2026-03-01T10:00:05Z", "headers": headers or {}, "body": body}
    )
