"""What a file holds, recognised from its content: which source reads it, and how its values are laid out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from collector.delivery import decode_json
from collector.errors import DamagedSourceError, DeliveryError, EmptySourceError, NotASourceError, UnknownSourceError
from collector.json_stream import Layout, read_head
from collector.sboms import looks_like_sbom
from collector.sources import SOURCES

HEAD = 1 << 20
"""Bytes looked at."""
RECORDING = "recording"
GIT = "git"
_SAMPLES = 50
_WHOLE = frozenset({"joblog", "lockfile", "sbom", "action_refs", "model_artifact"})
"""Sources whose file is one delivery."""
_MAGIC = (
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive (unpack it first)"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive (unpack it first)"),
    (b"BZh", "a bzip2 archive (unpack it first)"),
    (b"\xfd7zXZ", "an xz archive (unpack it first)"),
    (b"\xff\xfe", "UTF-16 text (convert it to UTF-8)"),
    (b"\xfe\xff", "UTF-16 text (convert it to UTF-8)"),
)
_WRAPPER = re.compile(r'\s*\{[^\[]{0,65536}?"(?:Records|records|items|events)"\s*:\s*(?=\[)')
_READABLE = (
    "a git repository, a recording, a GitHub or GitLab audit export, a CloudTrail file, a Kubernetes audit log "
    "or an SBOM"
)
_BLANK = "\ufeff \t\r\n"
"""What may stand before anything that tells something."""


class Recognised(NamedTuple):
    """What a file is."""

    source: str
    """Name of the source, or `recording`."""
    layout: Layout
    skip: int = 0
    """Characters before the bracket of an array that an object wraps."""


def source_of(value: Any) -> str:
    """Return the name of the source that writes such values; empty where none does.

    >>> source_of({"@timestamp": 1772359200000, "action": "git.clone", "actor": "mona"})
    'github.audit'
    """
    if not isinstance(value, dict):
        return ""
    return next((name for name, is_like in _LIKE if is_like(value)), "")


def recognise(path: Path, forced: str | None = None) -> Recognised:
    """Return what a file is; `forced` names its source. Raises SourceError with one line that says what to do."""
    if forced in _WHOLE:
        return Recognised(forced, Layout.WHOLE)
    head, is_all = read_head(path, HEAD)
    text = head.decode("utf-8", "replace")
    if not text.strip(_BLANK):
        raise EmptySourceError(f"{path}: the file is empty: export or record it again")
    _refuse_binary(path, head)
    if forced is None and looks_like_sbom(text):
        return Recognised("sbom", Layout.WHOLE)
    found = _by_layout(path, text, is_all, forced or "")
    if found.source:
        return found
    raise NotASourceError(
        f"{path}: JSON, but not of a kind that is known; give {_READABLE}, or name its source with --source"
    )


def check_forced(name: str | None) -> None:
    """Raise UnknownSourceError unless the name may be forced."""
    known = sorted({*SOURCES, RECORDING, GIT})
    if name is not None and name not in known:
        raise UnknownSourceError(f"{name} is no source; known are {', '.join(known)}")


def _refuse_binary(path: Path, head: bytes) -> None:
    what = next((name for magic, name in _MAGIC if head.startswith(magic)), "")
    if not what and b"\x00" in head[:65536]:
        what = "binary data"
    if what:
        raise NotASourceError(f"{path}: this is {what}; give {_READABLE}")


def _by_layout(path: Path, head: str, is_all: bool, forced: str) -> Recognised:  # noqa: FBT001 - as read_head returns it
    start = head.lstrip(_BLANK)
    if start[0] == "[":
        return _array(path, head, len(head) - len(start), is_all, forced)
    if start[0] != "{":
        _refuse_scalar(path, start)
    samples = _line_samples(head, is_all)
    wrapper = _WRAPPER.match(head)
    if wrapper and len(samples) <= 1:
        found = _array(path, head, wrapper.end(), is_all, forced)
        if found.source:
            return found
    if samples:
        return Recognised(forced or _agreed(samples), Layout.LINES)
    first = _first_value(path, head, len(head) - len(start), is_all)
    return Recognised(forced or source_of(first), Layout.VALUES)


def _array(path: Path, head: str, bracket: int, is_all: bool, forced: str) -> Recognised:  # noqa: FBT001
    inside = head[bracket + 1 :].lstrip()
    if inside.startswith("]"):
        raise EmptySourceError(f"{path}: the list is empty: there is nothing to learn from")
    first = _first_value(path, head, len(head) - len(inside), is_all)
    return Recognised(forced or source_of(first), Layout.ARRAY, bracket)


def _line_samples(head: str, is_all: bool) -> list[Any]:  # noqa: FBT001
    """Return the objects among the first lines; the last line counts only where the whole file is seen."""
    lines = head.splitlines()
    if not is_all and not head.endswith("\n"):
        lines = lines[:-1]
    samples = []
    for line in [line for line in lines if line.strip()][:_SAMPLES]:
        try:
            value = decode_json(line)
        except DeliveryError:
            continue
        if isinstance(value, dict) and value:
            samples.append(value)
    return samples


def _agreed(samples: list[Any]) -> str:
    return next(filter(None, map(source_of, samples)), "")


def _first_value(path: Path, head: str, at: int, is_all: bool) -> Any:  # noqa: FBT001
    try:
        return json.JSONDecoder().raw_decode(head, at)[0]
    except (ValueError, RecursionError) as error:
        where = f" at character {error.pos:,}" if isinstance(error, json.JSONDecodeError) else ""
        if is_all or not isinstance(error, json.JSONDecodeError) or error.pos < len(head) - 16:
            raise DamagedSourceError(
                f"{path}: the JSON is broken or breaks off{where}: export or download the file again"
            ) from None
        raise NotASourceError(f"{path}: its first entry is longer than {HEAD >> 20} MiB; give {_READABLE}") from None


def _refuse_scalar(path: Path, start: str) -> None:
    word = start[:40].split("\n", 1)[0].strip()
    kind = "a lone JSON value" if re.fullmatch(r"null|true|false|-?[\d.eE+]+|\".*", word) else "text that is no JSON"
    raise NotASourceError(f"{path}: holds {kind} ({word[:30]!r}); give {_READABLE}")


def _is_recording(value: dict[str, Any]) -> bool:
    return isinstance(value.get("source"), str) and "body" in value and ("received_at" in value or "headers" in value)


def _is_event(value: dict[str, Any]) -> bool:
    return {"id", "kind", "action", "actor", "entity", "observed_at"} <= value.keys()


def _is_cloudtrail(value: dict[str, Any]) -> bool:
    return {"eventSource", "eventName"} <= value.keys() and not value.keys().isdisjoint(
        {"eventTime", "userIdentity", "eventID"}
    )


def _is_kubernetes(value: dict[str, Any]) -> bool:
    version = value.get("apiVersion")
    is_audit = isinstance(version, str) and version.startswith("audit.k8s.io/")
    return "auditID" in value or (is_audit and "verb" in value) or _is_wrapped(value)


def _is_wrapped(value: dict[str, Any]) -> bool:
    """Tell a cluster's entry as Azure's and Google's logs hold it."""
    properties, payload = value.get("properties"), value.get("protoPayload")
    of_azure = isinstance(properties, dict) and '"auditID"' in str(properties.get("log"))
    return of_azure or (isinstance(payload, dict) and payload.get("serviceName") == "k8s.io")


def _is_gitlab_audit(value: dict[str, Any]) -> bool:
    has_target = not value.keys().isdisjoint({"entity_type", "target_type", "entity_id"})
    return has_target and not value.keys().isdisjoint({"author_id", "author_name", "details"})


def _is_github_audit(value: dict[str, Any]) -> bool:
    inner = value.get("event")
    if isinstance(inner, dict) and "action" not in value:
        value = inner
    names = {"_document_id", "@timestamp", "created_at", "at_sign_timestamp"}
    who = {"actor", "actor_id", "org", "business", "user", "_document_id"}
    is_entry = isinstance(value.get("action"), str) and not value.keys().isdisjoint(names)
    return is_entry and not value.keys().isdisjoint(who)


def _is_osv(value: dict[str, Any]) -> bool:
    return isinstance(value.get("affected"), list) and {"id", "modified"} <= value.keys()


def _is_jenkins(value: dict[str, Any]) -> bool:
    build = value.get("build")
    is_notification = isinstance(build, dict) and {"phase", "number"} <= build.keys()
    is_tagged = isinstance(value.get("event_tag"), str) and not value.keys().isdisjoint({"build_url", "message"})
    return is_notification or is_tagged


def _is_azure_devops(value: dict[str, Any]) -> bool:
    is_entry = not value.keys().isdisjoint({"ActionId", "actionId"})
    who = {"ActorUPN", "actorUPN", "ActorCUID", "actorCUID", "ActorUserId", "actorUserId"}
    return (is_entry and not value.keys().isdisjoint(who)) or {"eventType", "publisherId", "resource"} <= value.keys()


def _is_cdevent(value: dict[str, Any]) -> bool:
    kind = value.get("type")
    if isinstance(kind, str) and "specversion" in value:
        return kind.startswith("dev.cdevents")
    about = value.get("context")
    return isinstance(about, dict) and "subject" in value and str(about.get("type")).startswith("dev.cdevents")


def _is_cloudevent(value: dict[str, Any]) -> bool:
    return {"specversion", "id", "source", "type"} <= value.keys()


_LIKE = (
    (RECORDING, _is_recording),
    ("osv", _is_osv),
    ("event", _is_event),
    ("cloudtrail", _is_cloudtrail),
    ("kubernetes.audit", _is_kubernetes),
    ("gitlab.audit", _is_gitlab_audit),
    ("github.audit", _is_github_audit),
    ("cdevents", _is_cdevent),
    ("cloudevents", _is_cloudevent),
    ("jenkins", _is_jenkins),
    ("azure_devops", _is_azure_devops),
)
