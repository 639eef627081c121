"""Cargo.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.lockfiles.package import Format, Package, commit_in, hosts_of
from collector.lockfiles.toml_text import packages_in, toml_object
from collector.parts import JSON, list_of, text_in


def _read(text: str) -> Iterator[Package]:
    items = list(packages_in(toml_object(text)))
    wanted = {str(one) for item in items if "source" not in item for one in list_of(item, "dependencies")}
    for item in items:
        source, checksum = text_in(item, "source"), text_in(item, "checksum")
        yield Package(
            item["name"],
            text_in(item, "version"),
            hosts_of([source.partition("+")[2] or source]),
            f"sha256-{checksum[:128]}" if checksum else commit_in(source),
            _is_direct(item, wanted) if wanted else None,
        )


def _is_direct(item: JSON, wanted: set[str]) -> bool:
    """Return whether a crate of the workspace asks for it: by name, and by version where there are several."""
    name, version = item["name"], text_in(item, "version")
    return name in wanted or f"{name} {version}" in wanted or f"{name} {version} ({item.get('source')})" in wanted


FORMATS = (
    Format(
        "cargo",
        "cargo",
        _read,
        ("cargo.lock",),
        mark=re.compile(r"^\[\[package\]\]", re.MULTILINE),
    ),
)
