"""package-lock.json and npm-shrinkwrap.json, versions 1 to 3."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from collector.lockfiles.package import Format, Package, checksum_of, commit_in, json_object
from collector.parts import JSON, part_of, text_in
from collector.shapes import host_of

_GROUPS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")


def _read(text: str) -> Iterable[Package]:
    lock = json_object(text)
    packages = lock.get("packages")
    if isinstance(packages, dict):
        return _by_path(packages)
    if lock and not lock.keys() & {"dependencies", "lockfileVersion", "requires", "name"}:
        raise ValueError("neither packages nor dependencies are in it")
    return _tree(part_of(lock, "dependencies"))


def _by_path(packages: JSON) -> Iterator[Package]:
    direct = _direct(packages)
    for path, item in packages.items():
        if not isinstance(item, dict) or item.get("link") is True or "node_modules/" not in path:
            continue
        name = text_in(item, "name") or path.rsplit("node_modules/", 1)[-1]
        yield _pinned(name, item, path in direct if "" in packages else None)


def _direct(packages: JSON) -> set[str]:
    """Return where what the project and its workspaces ask for was put: beside them, or in a folder above."""
    found = set()
    for path, item in packages.items():
        if "node_modules/" in path or not isinstance(item, dict):
            continue
        for name in (name for group in _GROUPS for name in part_of(item, group)):
            above = path
            while above and f"{above}/node_modules/{name}" not in packages:
                above = above.rpartition("/")[0]
            found.add(f"{above}/node_modules/{name}".lstrip("/"))
    return found


def _pinned(name: str, item: JSON, is_direct: bool | None) -> Package:  # noqa: FBT001 - private, two callers
    version, resolved = str(item.get("version") or ""), text_in(item, "resolved")
    if version.startswith("npm:"):
        name, _, version = version[4:].rpartition("@")
    elif not version[:1].isdigit():
        resolved, version = resolved or version, ""
    return Package(
        name,
        version,
        host_of(resolved) if "://" in resolved else "",
        checksum_of(item.get("integrity")) or commit_in(resolved),
        is_direct,
        item.get("hasInstallScript") is True,
    )


def _tree(dependencies: JSON) -> Iterator[Package]:
    pending: list[JSON] = [dependencies]
    while pending:
        for name, item in pending.pop().items():
            if not isinstance(item, dict):
                continue
            version: Any = item.get("version")
            if not str(version).startswith("file:"):
                yield _pinned(name, item, None)
            if isinstance(item.get("dependencies"), dict):
                pending.append(item["dependencies"])


FORMATS = (
    Format(
        "npm",
        "npm",
        _read,
        ("package-lock.json", "npm-shrinkwrap.json"),
        mark=re.compile(r'^\s*\{[^\0]*"lockfileVersion"'),
    ),
)
