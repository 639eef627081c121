"""What workflows refer to: actions, reusable workflows, includes and images, and how each is pinned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from collector.errors import DeliveryError
from collector.masking import mask_text
from collector.parts import JSON, list_of, text_in
from collector.purls import MAX_NAME, MAX_VERSION, purl_of
from collector.shapes import host_of
from collector.snapshot import MAX_PINNED, Packages, Pinned
from collector.texts import storable_text
from collector.yaml_text import yaml_value

MAX_TEXT = 2 << 20
"""Longest workflow read, in characters."""
MAX_REFERENCES = 2000
_MAX_NODES = 200_000
_PATHS = re.compile(
    r"(?:^|/)\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$|(?:^|/)action\.ya?ml$"
    r"|(?:^|/)[^/]*\.gitlab-ci\.ya?ml$|(?:^|/)\.gitlab/[^\0]{1,200}\.ya?ml$"
)
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_VERSION = re.compile(r"v?\d+(?:[.\d]|$|[-+])")
_USED = re.compile(r"([A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100})(/[^@\s]{0,200})?(?:@(\S{1,250}))?")
_IMAGE = re.compile(
    r"(?:([A-Za-z0-9.-]{1,200}(?:\.[A-Za-z0-9-]{1,60}|:\d{1,5})|localhost)/)?"
    r"([a-z0-9][a-z0-9._/-]{0,200})(?::([\w.-]{1,128}))?(?:@(sha\d{3}):([0-9a-f]{32,128}))?"
)
A_SHA, A_DIGEST, A_TAG, A_BRANCH, NOTHING = "a full SHA", "a digest", "a tag", "a branch", "nothing"


class Reference(NamedTuple):
    """One thing a workflow runs that others publish."""

    purl_type: str
    name: str
    version: str = ""
    """The ref as it is written."""
    host: str = ""
    integrity: str = ""
    """The commit or digest it is pinned to."""
    pinned_by: str = NOTHING

    @property
    def written(self) -> str:
        """Name and ref, as `actions/checkout@v4`."""
        return f"{self.name}@{self.version}" if self.version else self.name


def is_workflow(path: str) -> bool:
    """Return whether a path is that of a file whose references are read.

    >>> [is_workflow(p) for p in (".github/workflows/ci.yml", "x/action.yaml", ".gitlab-ci.yml", "docs/ci.yml")]
    [True, True, True, False]
    """
    return _PATHS.search(path[-1024:].replace("\\", "/")) is not None


def references_in(text: str, resolved: dict[str, str] | None = None) -> list[Reference]:
    """Return what a workflow refers to, once each; raise DeliveryError where it is no YAML of one.

    `resolved` tells the commit that a written reference was resolved to when it ran.
    """
    if len(text) > MAX_TEXT:
        raise DeliveryError(f"longer than {MAX_TEXT >> 20} MiB: not read as a workflow")
    document = yaml_value(text.removeprefix("\ufeff"))
    if not isinstance(document, dict):
        raise DeliveryError("no workflow: an object was expected")
    found = dict.fromkeys(map(_cleaned, (*_included(document), *_used(document))))
    known = resolved or {}
    told = (one._replace(integrity=one.integrity or _commit(known.get(one.written))) for one in found)
    return list(told)[:MAX_REFERENCES]


def snapshot_of(references: list[Reference], place: str) -> Packages:
    """Return references as a snapshot, by package URL; all of them are direct."""
    pinned = dict.fromkeys(
        Pinned(purl_of(one.purl_type, one.name), one.version, one.host, one.integrity, is_direct=True)
        for one in references
    )
    return Packages(tuple(pinned)[:MAX_PINNED], place, is_cut=len(references) >= MAX_REFERENCES)


def _commit(value: Any) -> str:
    return value if isinstance(value, str) and _SHA.fullmatch(value) else ""


def _used(document: JSON) -> Iterator[Reference]:
    """Yield actions and images wherever they are named; what an alias repeats is looked at once."""
    pending: list[Any] = [document]
    seen: set[int] = set()
    while pending and len(seen) < _MAX_NODES:
        node = pending.pop()
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, dict):
            yield from _named_in(node)
        inside = list(node.values() if isinstance(node, dict) else node)
        pending += inside[::-1]


def _named_in(node: JSON) -> Iterator[Reference]:
    used = text_in(node, "uses")
    found = _action(used) if used else None
    if found is not None:
        yield found
    for name in ("image", "container"):
        value = node.get(name)
        written = text_in(value, "name") if isinstance(value, dict) else text_in(node, name)
        if written and (image := _image(written.removeprefix("docker://"))):
            yield image
    for one in list_of(node, "services"):  # GitLab lists them by name alone
        if isinstance(one, str) and (image := _image(one)):
            yield image


def _action(written: str) -> Reference | None:
    if written.startswith("docker://"):
        return _image(written[9:])
    found = _USED.fullmatch(written.strip())
    if found is None or written.startswith("."):
        return None
    ref = found[3] or ""
    return Reference("githubactions", found[1], ref, "", _commit(ref), _pin_of(ref))


def _image(written: str) -> Reference | None:
    found = _IMAGE.fullmatch(written.strip())
    if found is None or written in {"Dockerfile", "dockerfile"}:
        return None
    host, name, tag, algorithm, digest = found.groups()
    integrity = f"{algorithm}-{digest}" if digest else ""
    return Reference(
        "docker", name, tag or "", host or "", integrity, A_DIGEST if digest else A_TAG if tag else NOTHING
    )


def _included(document: JSON) -> Iterator[Reference]:
    """Yield what a pipeline of GitLab includes from elsewhere."""
    value = document.get("include")
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str) and "://" in one:
            yield _remote(one)
        elif isinstance(one, dict):
            yield from _include(one)


def _include(one: JSON) -> Iterator[Reference]:
    project, component, remote = text_in(one, "project"), text_in(one, "component"), text_in(one, "remote")
    if project and "$" not in project:
        ref = text_in(one, "ref")
        yield Reference("gitlab", project.strip("/"), ref, "", _commit(ref), _pin_of(ref))
    if component:
        where, _, ref = component.partition("@")
        host, _, name = where.partition("/")
        if name:
            yield Reference("gitlab", name, ref, "" if "$" in host else host_of(host), _commit(ref), _pin_of(ref))
    if remote:
        yield _remote(remote, text_in(one, "integrity"))


def _remote(url: str, integrity: str = "") -> Reference:
    path = url.partition("://")[2].partition("?")[0]
    return Reference("generic", path, "", host_of(url), integrity[:140], A_DIGEST if integrity else NOTHING)


def _pin_of(ref: str) -> str:
    if not ref:
        return NOTHING
    if _SHA.fullmatch(ref):
        return A_SHA
    return A_TAG if _VERSION.match(ref.removeprefix("refs/tags/").removeprefix("release/")) else A_BRANCH


def _cleaned(one: Reference) -> Reference:
    return one._replace(
        name=storable_text(mask_text(one.name[:MAX_NAME])),
        version=storable_text(mask_text(one.version[:MAX_VERSION])),
        host=storable_text(mask_text(one.host[:MAX_NAME])),
        integrity=storable_text(one.integrity),
    )
