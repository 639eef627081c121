"""TOML lockfiles: read safely, and what the ecosystems that write them share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import tomli

from collector.lockfiles.package import steady_checksum
from collector.parts import JSON, list_of, text_in


def toml_object(text: str) -> JSON:
    """Return what TOML holds, each key and value in time linear to its length; raises ValueError and RecursionError."""
    return tomli.loads(text)


def packages_in(lock: JSON, name: str = "package") -> Iterator[JSON]:
    """Yield the tables of packages; raise ValueError where there is something else in their place."""
    found = lock.get(name, [])
    if not isinstance(found, list) or not all(
        isinstance(item, dict) and isinstance(item.get("name"), str) for item in found
    ):
        raise ValueError(f"its {name} are no list of tables with names")
    yield from found


def files_checksum(item: JSON) -> str:
    """Return the checksum that stays when wheels are added: the source archive's, or the smallest."""
    files = [file for file in _files(item) if isinstance(file, dict)]
    source = [file for file in files if _is_source(file)]
    return steady_checksum(hash_of(file) for file in source or files)


def _files(item: JSON) -> list[Any]:
    return [*list_of(item, "files"), *list_of(item, "wheels"), item.get("sdist"), item.get("archive")]


def _is_source(file: JSON) -> bool:
    name = (text_in(file, "file") or text_in(file, "name") or text_in(file, "url")).lower()
    return name.endswith((".tar.gz", ".zip", ".tar.bz2", ".tgz"))


def hash_of(file: JSON) -> str:
    """Return the hash of one file, of the kinds that lockfiles write, as `ALGORITHM:VALUE`."""
    hashes = file.get("hashes")
    if isinstance(hashes, dict):
        return next((f"{kind}:{value}" for kind, value in sorted(hashes.items(), reverse=True)), "")
    return text_in(file, "hash")


def urls_of(item: JSON) -> list[str]:
    """Return the URLs of a package's files."""
    return [text_in(file, "url") for file in _files(item) if isinstance(file, dict)]
