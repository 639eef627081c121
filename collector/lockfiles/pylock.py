"""pylock.toml, the lockfile that PEP 751 describes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.lockfiles.package import Format, Package, commit_in, hosts_of
from collector.lockfiles.toml_text import files_checksum, packages_in, toml_object, urls_of
from collector.parts import JSON, part_of, text_in


def _read(text: str) -> Iterator[Package]:
    for item in packages_in(toml_object(text), "packages"):
        if not isinstance(item.get("directory"), dict):
            yield _package(item)


def _package(item: JSON) -> Package:
    vcs = part_of(item, "vcs")
    return Package(
        item["name"],
        text_in(item, "version"),
        hosts_of([*urls_of(item), text_in(vcs, "url")]) or hosts_of([text_in(item, "index")]),
        files_checksum(item) or commit_in(text_in(vcs, "commit-id")),
    )


FORMATS = (
    Format(
        "pylock",
        "pypi",
        _read,
        ("pylock.toml",),
        re.compile(r"(?:^|/)pylock\.[^/.]{1,80}\.toml$"),
        re.compile(r"^\[\[packages\]\]", re.MULTILINE),
    ),
)
