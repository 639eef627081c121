"""pubspec.lock of Dart."""

from __future__ import annotations

from collections.abc import Iterator

from collector.lockfiles.package import Format, Package, commit_in, object_of, yaml_object
from collector.parts import part_of, text_in
from collector.shapes import host_of


def _read(text: str) -> Iterator[Package]:
    for name, item in object_of(yaml_object(text).get("packages") or {}).items():
        about, asked = part_of(object_of(item), "description"), text_in(item, "dependency")
        digest = text_in(about, "sha256")
        yield Package(
            str(name),
            text_in(item, "version"),
            host_of(text_in(about, "url")),
            f"sha256-{digest[:128]}" if digest else commit_in(text_in(about, "resolved-ref")),
            asked.startswith("direct") if asked else None,
        )


FORMATS = (Format("pub", "pub", _read, ("pubspec.lock",)),)
