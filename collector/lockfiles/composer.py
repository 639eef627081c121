"""composer.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.lockfiles.package import Format, Package, commit_in, json_object
from collector.parts import list_of, part_of, text_in
from collector.shapes import host_of


def _read(text: str) -> Iterator[Package]:
    lock = json_object(text)
    for item in (*list_of(lock, "packages"), *list_of(lock, "packages-dev")):
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            raise TypeError("a package of it has no name")
        dist, source = part_of(item, "dist"), part_of(item, "source")
        digest = text_in(dist, "shasum")
        yield Package(
            item["name"],
            text_in(item, "version"),
            host_of(text_in(dist, "url") or text_in(source, "url")),
            f"sha1-{digest[:64]}" if digest else commit_in(text_in(dist, "reference") or text_in(source, "reference")),
            # a plugin is code that composer runs while it installs
            runs_script=text_in(item, "type") == "composer-plugin",
        )


FORMATS = (
    Format(
        "composer", "composer", _read, ("composer.lock",), mark=re.compile(r'"content-hash"\s*:|"packages-dev"\s*:')
    ),
)
