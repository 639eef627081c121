"""Kubernetes audit entries as clouds hand them on: in a diagnostic record of Azure, as an audit entry of Google's."""

from __future__ import annotations

from collector.delivery import decode_json
from collector.errors import DeliveryError
from collector.sources.fields import JSON, number, record, records, text

_VERBS = frozenset("get list watch create update patch delete deletecollection connect".split())
_STATUS = {7: 403.0, 16: 401.0, 5: 404.0, 6: 409.0}
"""Codes of gRPC, as Google's entries tell them, by those of HTTP."""


def unwrapped(entry: JSON) -> JSON:
    """Return the entry as the API server would have written it; what is not wrapped stays as it is."""
    log = record(entry, "properties").get("log")
    if isinstance(log, str):
        return _of_azure(entry, log)
    payload = record(entry, "protoPayload")
    return _of_google(entry, payload) if text(payload, "serviceName") == "k8s.io" else entry


def _of_azure(entry: JSON, log: str) -> JSON:
    try:
        told = decode_json(log)
    except DeliveryError as error:
        raise DeliveryError(f"properties.log holds no audit entry: {error}") from None
    if not isinstance(told, dict):
        raise DeliveryError("properties.log holds no audit entry, which is a JSON object")
    return {"timestamp": entry.get("time"), **told}


def _of_google(entry: JSON, payload: JSON) -> JSON:
    code, asked = number(record(payload, "status"), "code"), record(payload, "requestMetadata")
    address = text(asked, "callerIp", "callerIP")
    return {
        "auditID": text(entry, "insertId"),
        "requestReceivedTimestamp": entry.get("timestamp"),
        "verb": _verb(text(payload, "methodName")),
        "user": {"username": text(record(payload, "authenticationInfo"), "principalEmail")},
        "sourceIPs": [address] if address else [],
        "userAgent": text(asked, "callerSuppliedUserAgent"),
        "objectRef": _target(text(payload, "resourceName")),
        "responseStatus": {"code": _STATUS.get(int(code), 500.0)} if code else {},
        "requestObject": payload.get("request"),
        "annotations": {"authorization.k8s.io/decision": _decision(payload)},
    }


def _verb(method: str) -> str:
    last = method.rpartition(".")[2].lower()
    return last if last in _VERBS else "unknown"


def _target(name: str) -> JSON:
    """Return what `core/v1/namespaces/prod/pods/db-0/exec` names, part by part."""
    parts = [part for part in name.split("/") if part][2:]
    found: JSON = {}
    if parts[:1] == ["namespaces"] and len(parts) > 2:
        found["namespace"], parts = parts[1], parts[2:]
    return {**found, **dict(zip(("resource", "name", "subresource"), parts, strict=False))}


def _decision(payload: JSON) -> str:
    asked = records(payload, "authorizationInfo", 1)
    return ("allow" if asked[0].get("granted") is True else "forbid") if asked else ""
