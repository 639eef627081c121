"""pnpm-lock.yaml, versions 5 to 9."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from collector.errors import DeliveryError
from collector.lockfiles.package import Format, Package, checksum_of, commit_in, object_of, yaml_object
from collector.parts import JSON, part_of, text_in
from collector.shapes import host_of

_KEY = re.compile(r"^/?((?:@[^/@]+/)?[^/@(]+)[/@]v?([^()_]+)")
_PINS_AFTER = re.compile(r"^(?:packages|importers|lockfileVersion|[^\sa-z#])", re.MULTILINE)
"""Beginnings of lines that would say more of what is pinned, or be no plain key at all."""
_GROUPS = ("dependencies", "devDependencies", "optionalDependencies")


def _read(text: str) -> Iterator[Package]:
    lock = _lock(text)
    if lock and not lock.keys() & {"lockfileVersion", "packages", "importers"}:
        raise ValueError("neither packages nor importers are in it")
    direct = _direct(lock)
    for key, item in object_of(lock.get("packages") or {}).items():
        yield _package(str(key), item if isinstance(item, dict) else {}, direct)


def _lock(text: str) -> JSON:
    """Return what the text holds but its last half, which says nothing of what is pinned: YAML is slow to read."""
    head, mark, rest = text.partition("\nsnapshots:\n")
    if mark and not _PINS_AFTER.search(rest):
        with suppress(DeliveryError):
            return yaml_object(head)
    return yaml_object(text)


def _direct(lock: JSON) -> set[str]:
    """Return the keys of what the project, or its parts, ask for; empty where the file does not tell."""
    parts = [part for part in part_of(lock, "importers").values() if isinstance(part, dict)] or [lock]
    found: set[str] = set()
    for part in parts:
        for name, pinned in ((name, pinned) for group in _GROUPS for name, pinned in part_of(part, group).items()):
            version: Any = pinned.get("version") if isinstance(pinned, dict) else pinned
            if isinstance(version, str):
                plain = version.split("(", 1)[0]
                found.update((f"/{name}/{version}", f"/{name}@{version}", f"{name}@{version}", version))
                found.update((f"/{name}@{plain}", f"{name}@{plain}", plain))
    return found


def _package(key: str, item: JSON, direct: set[str]) -> Package:
    found = _KEY.match(key)
    resolution = part_of(item, "resolution")
    tarball = text_in(resolution, "tarball") or text_in(resolution, "repo")
    name = text_in(item, "name") or (found[1] if found else key)
    version = text_in(item, "version") or (found[2] if found and "://" not in key else "")
    return Package(
        name,
        version if version[:1].isdigit() else "",
        host_of(tarball),
        checksum_of(resolution.get("integrity")) or commit_in(text_in(resolution, "commit") or tarball),
        key in direct if direct else None,
        text_in(item, "requiresBuild") == "true",
    )


FORMATS = (Format("pnpm", "npm", _read, ("pnpm-lock.yaml",), mark=re.compile(r"^lockfileVersion: ", re.MULTILINE)),)
