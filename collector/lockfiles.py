"""Lockfiles: the packages a lockfile pins, whatever its format, read from text alone."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import yaml

from collector.errors import DeliveryError
from collector.shapes import host_of

MAX_TEXT = 64 << 20
"""Longest lockfile read, in characters."""


class Package(NamedTuple):
    """One pinned package; empty texts where the format does not tell."""

    name: str
    version: str = ""
    host: str = ""
    """Host it is fetched from."""
    integrity: str = ""
    """Kind of the checksum, such as sha512."""
    runs_script: bool = False
    """It says that it runs a script when it is installed."""


def read_lockfile(name: str, text: str) -> tuple[str, list[Package]]:
    """Return (format, packages, one for each name and version); raise DeliveryError where it cannot be read.

    `name` is the file's name or path; without one the format is guessed from the text.
    """
    if len(text) > MAX_TEXT:
        raise DeliveryError(f"longer than {MAX_TEXT >> 20} MiB: not read as a lockfile")
    form = format_of(name, text)
    try:
        packages = list(dict.fromkeys(_READERS[form](text)))
    except DeliveryError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError) as error:
        reason = str(error).split("\n", 1)[0][:120] or type(error).__name__
        raise DeliveryError(f"no {form} lockfile: {reason}") from None
    return form, packages


def format_of(name: str, text: str) -> str:
    """Return the format by the file's name, or by its first lines; raise DeliveryError where none fits."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1].lower()
    named = _NAMES.get(base)
    if named:
        return named
    if re.search(r"(?:requirements|constraints)[^/]*\.(?:txt|in)$|requirements/[^/]+\.(?:txt|in)$", name.lower()):
        return "requirements"
    head = text[:4000]
    for form, mark in _MARKS:
        if mark.search(head):
            return form
    raise DeliveryError(f"{base or 'it'} is no lockfile that is known; name the file in Unwonted-Path")


def _npm(text: str) -> Iterable[Package]:
    lock = _object(json.loads(text))
    packages = lock.get("packages")
    if isinstance(packages, dict):
        return [_npm_package(path, item) for path, item in packages.items() if path and not _is_link(path, item)]
    return _npm_tree(lock.get("dependencies") or {})


def _is_link(path: str, item: Any) -> bool:
    return not isinstance(item, dict) or item.get("link") is True or "node_modules/" not in f"{path}/"


def _npm_package(path: str, item: dict[str, Any]) -> Package:
    name = item.get("name") or path.rsplit("node_modules/", 1)[-1]
    return _npm_pinned(name, item, item.get("hasInstallScript") is True)


def _npm_pinned(name: str, item: dict[str, Any], runs_script: bool) -> Package:  # noqa: FBT001 - private, two callers
    version, resolved = str(item.get("version") or ""), str(item.get("resolved") or "")
    if version.startswith("npm:"):
        name, _, version = version[4:].rpartition("@")
    elif not version[:1].isdigit():
        resolved, version = resolved or version, ""
    return Package(
        name, version, host_of(resolved) if "://" in resolved else "", _integrity(item.get("integrity")), runs_script
    )


def _npm_tree(dependencies: dict[str, Any]) -> list[Package]:
    found, pending = [], [dependencies]
    while pending:
        for name, item in pending.pop().items():
            if not isinstance(item, dict):
                continue
            if not str(item.get("version", "")).startswith("file:"):
                found.append(_npm_pinned(name, item, False))
            if isinstance(item.get("dependencies"), dict):
                pending.append(item["dependencies"])
    return found


def _integrity(value: Any) -> str:
    text = value if isinstance(value, str) else ""
    found = re.match(r"[a-z0-9]{2,10}(?=[-:=])", text)
    return found[0] if found else ""


_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')


def _bun(text: str) -> Iterable[Package]:
    lock = _object(json.loads(_TRAILING_COMMA.sub(lambda m: m[1] or "", text)))
    for item in _object(lock.get("packages") or {}).values():
        if isinstance(item, list) and item and isinstance(item[0], str):
            name, _, version = item[0].rpartition("@")
            is_pinned = version[:1].isdigit()
            host = "" if is_pinned else host_of(version.partition(":")[2])
            integrity = item[-1] if len(item) > 2 else ""
            yield Package(name or item[0], version if is_pinned else "", host, _integrity(integrity))


_YARN_KEY = re.compile(r'^"?((?:@[^/\s"]+/)?[^@\s"]+)@([^\n]*):\s*$')
_YARN_VERSION = re.compile(r'^  "?version"?:? "?([^"\s]+)"?')
_YARN_RESOLVED = re.compile(r'^  resolved "?([^"\s]+)')
_YARN_RESOLUTION = re.compile(r'^  resolution: "?((?:@[^/\s"]+/)?[^@\s"]+)@(\w+):')
_YARN_INTEGRITY = re.compile(r"^  (?:integrity|checksum:) ?\"?(\w+?)[-/]")


def _yarn(text: str) -> Iterable[Package]:
    if "yarn lockfile" not in text[:400] and "__metadata:" not in text:
        raise DeliveryError("no yarn lockfile: its header is missing")
    for block in re.split(r"\n(?=[^\s#])", text):
        package = _yarn_block(block)
        if package:
            yield package


def _yarn_block(block: str) -> Package | None:
    lines = [line for line in block.splitlines() if not line.startswith("#")]
    key = _YARN_KEY.match(lines[0]) if lines else None
    if not key:
        return None
    found = {
        name: next((m for m in map(pattern.match, lines[1:]) if m), None)
        for name, pattern in (
            ("version", _YARN_VERSION),
            ("resolved", _YARN_RESOLVED),
            ("resolution", _YARN_RESOLUTION),
            ("integrity", _YARN_INTEGRITY),
        )
    }
    version, resolution, resolved = found["version"], found["resolution"], found["resolved"]
    if resolution and resolution[2] == "workspace":
        return None
    alias = re.match(r"npm:((?:@[^/\s\"]+/)?[^@\s\",]+)@", key[2])
    name = resolution[1] if resolution else alias[1] if alias else key[1]
    host = host_of(resolved[1]) if resolved else ""
    return Package(name, version[1] if version else "", host, found["integrity"][1] if found["integrity"] else "")


_PNPM_KEY = re.compile(r"^/?((?:@[^/@]+/)?[^/@(]+)[/@]v?([^()_]+)")


def _pnpm(text: str) -> Iterable[Package]:
    lock = yaml.load(text, Loader=_LOADER)  # noqa: S506 - the loader is a safe one
    if lock is None:
        return []
    packages = _object(lock).get("packages") or {}
    return [_pnpm_package(str(key), item if isinstance(item, dict) else {}) for key, item in _object(packages).items()]


def _pnpm_package(key: str, item: dict[str, Any]) -> Package:
    found = _PNPM_KEY.match(key)
    resolution = item.get("resolution")
    resolution = resolution if isinstance(resolution, dict) else {}
    tarball = str(resolution.get("tarball") or resolution.get("repo") or "")
    name = str(item.get("name") or (found[1] if found else key))
    version = str(item.get("version") or (found[2] if found and "://" not in key else ""))
    is_pinned = version[:1].isdigit()
    return Package(
        name,
        version if is_pinned else "",
        host_of(tarball),
        _integrity(resolution.get("integrity")),
        item.get("requiresBuild") is True,
    )


def _toml_packages(text: str) -> Iterable[Package]:
    lock = tomllib.loads(text)
    for item in lock.get("package", lock.get("packages", [])):
        source = item.get("source")
        if isinstance(source, dict) and ({"virtual", "editable"} & source.keys()):
            continue
        if isinstance(item.get("directory"), dict):
            continue
        yield Package(str(item["name"]), str(item.get("version", "")), _toml_host(item, source), _toml_integrity(item))


def _toml_host(item: dict[str, Any], source: Any) -> str:
    if isinstance(source, str):
        return host_of(source.partition("+")[2] or source)
    url = ""
    if isinstance(source, dict):
        url = str(source.get("registry") or source.get("url") or source.get("git") or "")
    return host_of(url or str(item.get("index", ""))) if url or "index" in item else ""


def _toml_integrity(item: dict[str, Any]) -> str:
    files = item.get("files") or item.get("wheels") or [item.get("sdist") or {}]
    first = files[0] if isinstance(files, list) and files and isinstance(files[0], dict) else {}
    if item.get("checksum"):
        return "sha256"
    hashes = first.get("hashes")
    return _integrity(first.get("hash")) or (next(iter(hashes), "") if isinstance(hashes, dict) else "")


_REQUIREMENT = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(\[[^\]]*\])?\s*(?:(===?|>=|<=|~=|!=|<|>|@)\s*([^\s;,#]+))?")


def _requirements(text: str) -> Iterable[Package]:
    host = ""
    joined = re.sub(r"\\\r?\n", " ", text)
    for raw in joined.splitlines():
        line = raw.strip()
        index = re.match(r"(?:-i|--index-url|--extra-index-url)[ =]\s*(\S+)", line)
        if index:
            host = host_of(index[1])
        found = _REQUIREMENT.match(line)
        if not found or line[found.end() : found.end() + 1] == ":":
            continue
        url = found[4] if found[3] == "@" else ""
        version = found[4] if found[3] in {"==", "==="} and "*" not in found[4] else ""
        yield Package(found[1], version, host_of(url) if url else host, _requirement_hash(line))


def _requirement_hash(line: str) -> str:
    found = re.search(r"--hash[= ]([a-z0-9]+):", line)
    return found[1] if found else ""


def _go_sum(text: str) -> Iterable[Package]:
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 3:
            version = parts[1].removesuffix("/go.mod")
            yield Package(parts[0], version.removeprefix("v"), "", "h1" if parts[2].startswith("h1:") else "")


_GO_REQUIRE = re.compile(r"^\s*(?:require\s+)?([\w.~-]+(?:/[\w.~-]+)+)\s+v([\w.+-]+)")


def _go_mod(text: str) -> Iterable[Package]:
    block = ""
    for raw in text.splitlines():
        line = raw.split("//", 1)[0]
        opened = re.match(r"\s*(\w+)\s*\(", line)
        if opened:
            block = opened[1]
        elif line.strip() == ")":
            block = ""
        elif block == "require" or line.lstrip().startswith("require "):
            found = _GO_REQUIRE.match(line)
            if found:
                yield Package(found[1], found[2])


def _pipfile(text: str) -> Iterable[Package]:
    lock = _object(json.loads(text))
    for group in ("default", "develop"):
        for name, item in _object(lock.get(group) or {}).items():
            version = str(item.get("version", "")).lstrip("=")
            hashes = item.get("hashes") or [""]
            yield Package(name, version, host_of(str(item.get("git", ""))), _integrity(hashes[0]))


def _composer(text: str) -> Iterable[Package]:
    lock = _object(json.loads(text))
    for item in [*(lock.get("packages") or []), *(lock.get("packages-dev") or [])]:
        dist = item.get("dist") or {}
        yield Package(str(item["name"]), str(item.get("version", "")), host_of(str(dist.get("url", ""))), "")


_GEM = re.compile(r"^    ([A-Za-z0-9._-]+) \(([^)]+)\)\s*$")


def _gemfile(text: str) -> Iterable[Package]:
    host = ""
    for line in text.splitlines():
        if line.startswith("  remote: "):
            host = host_of(line[10:].strip())
        found = _GEM.match(line)
        if found:
            yield Package(found[1], found[2].split("-", 1)[0], host)


def _nuget(text: str) -> Iterable[Package]:
    lock = _object(json.loads(text))
    for group in _object(lock.get("dependencies") or {}).values():
        for name, item in _object(group).items():
            if item.get("resolved"):
                yield Package(name, str(item["resolved"]), "", "sha512" if item.get("contentHash") else "")


def _gradle(text: str) -> Iterable[Package]:
    for line in text.splitlines():
        parts = line.split("=", 1)[0].strip().split(":")
        if len(parts) == 3 and not line.lstrip().startswith("#"):
            yield Package(f"{parts[0]}:{parts[1]}", parts[2])


def _pub(text: str) -> Iterable[Package]:
    lock = _object(yaml.load(text, Loader=_LOADER) or {})  # noqa: S506 - the loader is a safe one
    for name, item in _object(lock.get("packages") or {}).items():
        about = item.get("description")
        host = host_of(str(about.get("url", ""))) if isinstance(about, dict) else ""
        yield Package(str(name), str(item.get("version", "")), host, "sha256" if "sha256" in str(about)[:400] else "")


_MIX = re.compile(r'^\s*"([^"]+)":\s*\{:(\w+),\s*:?"?([^",]+)"?,\s*"([^"]+)"')


def _mix(text: str) -> Iterable[Package]:
    for line in text.splitlines():
        found = _MIX.match(line)
        if found:
            is_hex = found[2] == "hex"
            yield Package(
                found[1], found[4] if is_hex else "", "" if is_hex else host_of(found[3]), "sha256" if is_hex else ""
            )


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise DeliveryError("no lockfile: an object was expected")
    return value


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_READERS: dict[str, Callable[[str], Iterable[Package]]] = {
    "npm": _npm,
    "bun": _bun,
    "yarn": _yarn,
    "pnpm": _pnpm,
    "toml": _toml_packages,
    "requirements": _requirements,
    "go.sum": _go_sum,
    "go.mod": _go_mod,
    "pipfile": _pipfile,
    "composer": _composer,
    "gemfile": _gemfile,
    "nuget": _nuget,
    "gradle": _gradle,
    "pub": _pub,
    "mix": _mix,
}
_NAMES = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "bun.lock": "bun",
    "yarn.lock": "yarn",
    "pnpm-lock.yaml": "pnpm",
    **dict.fromkeys(("poetry.lock", "uv.lock", "pdm.lock", "cargo.lock", "pylock.toml"), "toml"),
    "go.sum": "go.sum",
    "go.mod": "go.mod",
    "pipfile.lock": "pipfile",
    "composer.lock": "composer",
    **dict.fromkeys(("gemfile.lock", "gems.locked"), "gemfile"),
    "packages.lock.json": "nuget",
    **dict.fromkeys(("gradle.lockfile", "buildscript-gradle.lockfile"), "gradle"),
    "pubspec.lock": "pub",
    "mix.lock": "mix",
}
_MARKS = (
    ("yarn", re.compile(r"# yarn lockfile|^__metadata:", re.MULTILINE)),
    ("pnpm", re.compile(r"^lockfileVersion: ", re.MULTILINE)),
    ("npm", re.compile(r'^\s*\{[^\0]*"lockfileVersion"')),
    ("toml", re.compile(r"^\[\[packages?\]\]", re.MULTILINE)),
    ("pipfile", re.compile(r'"_meta"\s*:\s*\{')),
    ("composer", re.compile(r'"content-hash"|"packages-dev"')),
    ("gemfile", re.compile(r"^GEM$|^  remote: ", re.MULTILINE)),
    ("go.sum", re.compile(r"^\S+ v\S+ h1:", re.MULTILINE)),
    ("requirements", re.compile(r"^[A-Za-z0-9._-]+==", re.MULTILINE)),
)
