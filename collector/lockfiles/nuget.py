"""packages.lock.json of NuGet."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.lockfiles.package import Format, Package, json_object, object_of
from collector.parts import text_in


def _read(text: str) -> Iterator[Package]:
    lock = json_object(text)
    for group in object_of(lock.get("dependencies") or {}).values():
        for name, item in object_of(group).items():
            version = text_in(object_of(item), "resolved")
            if version:
                digest, kind = text_in(item, "contentHash"), text_in(item, "type")
                integrity = f"sha512-{digest[:132]}" if digest else ""
                yield Package(name, version, "", integrity, kind == "Direct" if kind else None)


FORMATS = (Format("nuget", "nuget", _read, ("packages.lock.json",), mark=re.compile(r'"contentHash"\s*:\s*"')),)
