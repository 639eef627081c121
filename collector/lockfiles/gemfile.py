"""Gemfile.lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.errors import DeliveryError
from collector.lockfiles.package import Format, Package, checksum_of
from collector.shapes import host_of

_GEM = re.compile(r"    ([A-Za-z0-9._-]+) \(([^)]+)\)\s*$")
_ASKED = re.compile(r"  ([A-Za-z0-9._-]+)(?: \([^)]*\))?!?\s*$")
_CHECKSUM = re.compile(r"  ([A-Za-z0-9._-]+) \(([^)]+)\) (sha\d+=[0-9a-f]+)")


def _read(text: str) -> Iterator[Package]:
    sections = list(_sections(text))
    if not sections and text.strip():
        raise DeliveryError("no section of it is one of Gemfile.lock")
    asked = {found[1] for name, line in sections if name == "DEPENDENCIES" and (found := _ASKED.match(line))}
    checksums = {
        (found[1], found[2]): checksum_of(found[3])
        for name, line in sections
        if name == "CHECKSUMS" and (found := _CHECKSUM.match(line))
    }
    host = revision = ""
    for name, line in sections:
        if line.startswith("  remote: "):
            host, revision = host_of(line[10:].strip()), ""
        elif line.startswith("  revision: "):
            revision = line[12:].strip()[:64]
        elif name in {"GEM", "GIT", "PATH"} and (found := _GEM.match(line)):
            version = found[2].split("-", 1)[0]
            integrity = checksums.get((found[1], found[2]), "") or (revision if name == "GIT" else "")
            yield Package(found[1], version, host, integrity, found[1] in asked if asked else None)


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Yield the lines of each section, with its name."""
    name = ""
    for line in text.splitlines():
        if line[:1].isupper() and line.replace(" ", "").isupper():
            name = line.strip()
            yield name, ""
        elif name and line.strip():
            yield name, line


FORMATS = (
    Format(
        "gemfile",
        "gem",
        _read,
        ("gemfile.lock", "gems.locked"),
        mark=re.compile(r"^GEM$\s+^  remote: ", re.MULTILINE),
    ),
)
