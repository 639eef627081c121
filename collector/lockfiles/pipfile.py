"""Pipfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.lockfiles.package import Format, Package, commit_in, hosts_of, json_object, object_of, steady_checksum
from collector.parts import list_of, text_in


def _read(text: str) -> Iterator[Package]:
    lock = json_object(text)
    if lock and not lock.keys() & {"_meta", "default", "develop"}:
        raise ValueError("neither _meta nor default is in it")
    groups = [name for name in lock if name != "_meta"]
    for name, item in ((name, item) for group in groups for name, item in object_of(lock[group] or {}).items()):
        if not isinstance(item, dict):
            raise TypeError(f"{name[:80]} is no object")
        git = text_in(item, "git")
        yield Package(
            name,
            text_in(item, "version").lstrip("="),
            hosts_of([git or text_in(item, "file")]),
            steady_checksum(list_of(item, "hashes")) or commit_in(text_in(item, "ref")),
        )


FORMATS = (Format("pipfile", "pypi", _read, ("pipfile.lock",), mark=re.compile(r'"_meta"\s*:\s*\{')),)
