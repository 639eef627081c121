"""uv.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.lockfiles.package import Format, Package, commit_in, hosts_of
from collector.lockfiles.toml_text import files_checksum, packages_in, toml_object, urls_of
from collector.parts import JSON, part_of, text_in

_OWN = frozenset({"virtual", "editable", "directory", "workspace"})
"""Sources that are the project itself, or a part of it."""


def _read(text: str) -> Iterator[Package]:
    items = list(packages_in(toml_object(text)))
    wanted = {name for item in items if _is_own(item) for name in _asked_by(item)}
    for item in items:
        if not _is_own(item):
            yield _package(item, wanted)


def _is_own(item: JSON) -> bool:
    return not _OWN.isdisjoint(part_of(item, "source"))


def _asked_by(item: JSON) -> Iterator[str]:
    groups = [item.get("dependencies"), *part_of(item, "optional-dependencies").values()]
    groups += part_of(item, "dev-dependencies").values()
    for group in groups:
        yield from (text_in(one, "name") for one in group or () if isinstance(one, dict))


def _package(item: JSON, wanted: set[str]) -> Package:
    source = part_of(item, "source")
    git = text_in(source, "git")
    where = text_in(source, "registry") or text_in(source, "url") or git
    return Package(
        item["name"],
        text_in(item, "version"),
        hosts_of(urls_of(item)) or hosts_of([where]),
        files_checksum(item) or commit_in(git),
        item["name"] in wanted if wanted else None,
    )


FORMATS = (
    Format("uv", "pypi", _read, ("uv.lock",), mark=re.compile(r"^requires-python = [^\0]*^source = \{", re.MULTILINE)),
)
