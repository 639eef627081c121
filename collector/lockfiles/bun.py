"""bun.lock: JSON with trailing commas, a package a tuple."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from collector.lockfiles.package import Format, Package, checksum_of, commit_in, json_object
from collector.parts import JSON, list_of, part_of
from collector.shapes import host_of

_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*+")|,(?=\s*+[}\]])')
_GROUPS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def _read(text: str) -> Iterator[Package]:
    lock = json_object(_TRAILING_COMMA.sub(lambda found: found[1] or "", text))
    if lock and not lock.keys() & {"lockfileVersion", "packages", "workspaces"}:
        raise ValueError("neither packages nor workspaces are in it")
    direct, trusted = _direct(part_of(lock, "workspaces")), set(map(str, list_of(lock, "trustedDependencies")))
    for path, item in part_of(lock, "packages").items():
        if isinstance(item, list) and item and isinstance(item[0], str):
            package = _package(item)
            if package is not None:
                yield package._replace(is_direct=path in direct, runs_script=package.name in trusted)


def _direct(workspaces: JSON) -> set[str]:
    """Return the paths under which bun lists what the workspaces ask for."""
    found = set()
    for workspace in workspaces.values():
        if isinstance(workspace, dict):
            names = [name for group in _GROUPS for name in part_of(workspace, group)]
            found.update(names)
            found.update(f"{workspace.get('name')}/{name}" for name in names)
    return found


def _package(item: list[Any]) -> Package | None:
    name, _, version = item[0].rpartition("@")
    if version.startswith("workspace:"):
        return None
    is_pinned = version[:1].isdigit()
    last = item[-1] if len(item) > 1 and isinstance(item[-1], str) else ""
    host = host_of(str(item[1])) if is_pinned and len(item) > 1 and "://" in str(item[1])[:300] else ""
    if "://" in version:
        host = host_of(version)
    return Package(name or item[0], version if is_pinned else "", host, checksum_of(last) or commit_in(version))


FORMATS = (Format("bun", "npm", _read, ("bun.lock",)),)
