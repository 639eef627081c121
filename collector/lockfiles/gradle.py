"""gradle.lockfile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.errors import DeliveryError
from collector.lockfiles.package import Format, Package

_PART = re.compile(r"[^\s:=]{1,200}")


def _read(text: str) -> Iterator[Package]:
    for line in text.splitlines():
        entry = line.split("=", 1)[0].strip()
        if not entry or line.lstrip().startswith("#") or entry == "empty":
            continue
        parts = entry.split(":")
        if len(parts) != 3 or not all(map(_PART.fullmatch, parts)):
            raise DeliveryError("a line of it is not GROUP:NAME:VERSION=CONFIGURATIONS")
        yield Package(f"{parts[0]}:{parts[1]}", parts[2])


FORMATS = (
    Format(
        "gradle",
        "maven",
        _read,
        ("gradle.lockfile", "buildscript-gradle.lockfile"),
        mark=re.compile(r"^# This is a Gradle generated file|^[\w.-]+:[\w.-]+:[\w.-]+=", re.MULTILINE),
    ),
)
