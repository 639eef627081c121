"""yarn.lock: version 1, which is a format of its own, and the later ones, which are nearly YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.errors import DeliveryError
from collector.lockfiles.package import Format, Package, checksum_of, commit_in
from collector.shapes import host_of

_KEY = re.compile(r'^"?((?:@[^/\s"]+/)?[^@\s"]+)@([^\n]*):\s*$')
_ALIAS = re.compile(r"npm:((?:@[^/\s\"]+/)?[^@\s\",]+)@")
_FIELD = re.compile(r'^  "?(version|resolved|resolution|integrity|checksum)"?:? "?([^"\s]+)"?')
_RESOLUTION = re.compile(r"((?:@[^/\s\"]+/)?[^@\s\"]+)@(\w+):(.*)")
_DEPENDENCY = re.compile(r'^    "?((?:@[^/\s"]+/)?[^@\s":]+)"?:? "?([^"\n]+?)"?\s*$')
_HEX = re.compile(r"(?:[0-9a-z]+/)?([0-9a-f]{64,128})")
_Wanted = frozenset[str]


def _read(text: str) -> Iterator[Package]:
    if "yarn lockfile" not in text[:400] and "__metadata:" not in text:
        raise DeliveryError("its header is missing")
    blocks = [_lines(block) for block in re.split(r"\n(?=[^\s#])", text.replace("\r\n", "\n"))]
    wanted = frozenset(one for block in blocks for one in _asked_by_workspace(block))
    for block in blocks:
        key = _KEY.match(block[0]) if block else None
        package = _package(key, block, wanted) if key else None
        if package is not None:
            yield package


def _lines(block: str) -> list[str]:
    return [line for line in block.split("\n") if line and not line.startswith("#")]


def _asked_by_workspace(block: list[str]) -> Iterator[str]:
    """Yield `name@range` of what a workspace asks for; version 1 lists no workspaces."""
    if not block or "@workspace:" not in block[0]:
        return
    is_inside = False
    for line in block[1:]:
        if line.startswith("  ") and line[2:3] != " ":
            is_inside = line.strip().rstrip(":") == "dependencies"
        elif is_inside and (found := _DEPENDENCY.match(line)):
            yield f"{found[1]}@{found[2]}"


def _package(key: re.Match[str], block: list[str], wanted: _Wanted) -> Package | None:
    fields = {found[1]: found[2] for line in block[1:] if (found := _FIELD.match(line))}
    resolution = _RESOLUTION.match(fields.get("resolution", ""))
    resolved = fields.get("resolved", "")
    if resolution and resolution[2] == "workspace":
        return None
    alias = _ALIAS.match(key[2])
    name = resolution[1] if resolution else alias[1] if alias else key[1]
    if resolution and resolution[2] != "npm":
        resolved = resolution[3] if "://" in resolution[3] else ""
    integrity = checksum_of(fields.get("integrity")) or _checksum(fields.get("checksum", "")) or _fragment(resolved)
    host = host_of(resolved) if "://" in resolved else ""
    return Package(name, fields.get("version", ""), host, integrity, _is_direct(block[0], wanted))


def _is_direct(key: str, wanted: _Wanted) -> bool | None:
    if not wanted:
        return None
    return any(one.strip().strip('"') in wanted for one in key.rstrip().removesuffix(":").split(","))


def _checksum(text: str) -> str:
    """Return the checksum without the key of the cache before it, which changes with yarn's own version."""
    found = _HEX.fullmatch(text)
    return f"sha{len(found[1]) * 4}-{found[1]}" if found else ""


def _fragment(resolved: str) -> str:
    """Return the SHA-1 that version 1 puts behind an archive's URL, or the commit behind a repository's."""
    found = commit_in(resolved)
    return f"sha1-{found}" if found and resolved.split("#", 1)[0].endswith((".tgz", ".tar.gz")) else found


FORMATS = (
    Format("yarn", "npm", _read, ("yarn.lock",), mark=re.compile(r"# yarn lockfile|^__metadata:", re.MULTILINE)),
)
