"""The receiver's doors as an OpenAPI document, for a client that makes requests from one."""

from __future__ import annotations

from typing import Any

from collector.receiver.proof import PROOFS
from collector.sources import SOURCES

_HEADERS = (
    "X-GitHub-Event X-GitHub-Delivery X-Gitlab-Event X-Gitlab-Event-UUID X-Event-Key Ce-Id Ce-Type Ce-Source "
    "Ce-Specversion Unwonted-Repo Unwonted-Path Unwonted-Job Unwonted-Run-Id Content-Encoding Idempotency-Key"
).split()
_PATHS = (
    "/services/collector",
    "/services/collector/event",
    "/services/collector/raw",
    "/services/collector/ack",
    "/v1/events",
)


def document() -> dict[str, Any]:
    """Return a document in which every hook takes any JSON and any text."""
    senders = sorted({*PROOFS, *(name.removesuffix(".webhook") for name in SOURCES), "recording", "nobody"})
    paths = (*_PATHS, *(f"/hooks/{sender}" for sender in senders))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Receiver", "version": "1"},
        "paths": {path: {"post": _operation()} for path in paths},
    }


def _operation() -> dict[str, Any]:
    told: list[dict[str, Any]] = [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}} for name in _HEADERS
    ]
    told.append({"name": "organisation", "in": "query", "required": False, "schema": {"type": "string"}})
    kinds = ("application/json", "application/x-www-form-urlencoded", "application/cloudevents+json", "text/plain")
    bodies = {kind: {"schema": {} if "json" in kind else {"type": "string"}} for kind in kinds}
    return {
        "parameters": told,
        "requestBody": {"required": False, "content": bodies},
        "responses": {"default": {"description": "any"}},
    }
