"""go.mod and go.sum."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.errors import DeliveryError
from collector.lockfiles.package import Format, Package

_MODULE = r"[\w.~-]+(?:/[\w.~-]+)*"
_REQUIRE = re.compile(rf"\"?({_MODULE})\"?[ \t]+v([\w.+-]+)")
_REPLACE = re.compile(
    rf"\"?({_MODULE})\"?(?:[ \t]+v([\w.+-]+))?[ \t]*=>[ \t]*\"?(\S+?)\"?(?:[ \t]+v([\w.+-]+))?[ \t]*$"
)
_BLOCK = re.compile(r"(\w+)[ \t]*\([ \t]*$")


def _read_mod(text: str) -> Iterator[Package]:
    required, replaced, seen = [], {}, False
    for verb, line, comment in _directives(text):
        seen = seen or verb in {"module", "go", "require", "toolchain"}
        if verb == "require" and (found := _REQUIRE.match(line)):
            required.append(Package(found[1], found[2], is_direct="indirect" not in comment))
        elif verb == "replace" and (found := _REPLACE.match(line)):
            replaced[found[1], found[2] or ""] = (found[3], found[4] or "")
    if not seen:
        raise DeliveryError("no line of it is a directive of go.mod")
    for package in required:
        name, version = replaced.get((package.name, package.version)) or replaced.get((package.name, "")) or package[:2]
        if version:  # what is replaced by a folder is no package
            yield package._replace(name=name, version=version)


def _directives(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (verb, what it says, the comment behind it), those in blocks each for themselves."""
    block = ""
    for raw in text.splitlines():
        line, _, comment = raw.partition("//")
        line = line.strip()
        opened = _BLOCK.match(line)
        if opened:
            block = opened[1]
        elif line == ")":
            block = ""
        elif block:
            yield block, line, comment
        else:
            verb, _, rest = line.partition(" ")
            yield verb, rest.strip(), comment


def _read_sum(text: str) -> Iterator[Package]:
    """Yield the modules whose content is pinned; of the others go has looked at nothing but their go.mod."""
    seen = not text.strip()
    for line in text.splitlines():
        parts = line.split()
        if len(parts) != 3 or not parts[1].startswith("v"):
            continue
        seen = True
        if not parts[1].endswith("/go.mod"):
            checksum = parts[2].replace(":", "-", 1) if parts[2].startswith("h1:") else ""
            yield Package(parts[0], parts[1].removeprefix("v"), "", checksum[:140])
    if not seen:
        raise DeliveryError("no line of it is one of go.sum")


FORMATS = (
    Format(
        "go.mod",
        "golang",
        _read_mod,
        ("go.mod",),
        mark=re.compile(r"^module [\w./~-]+\s*$[^\0]*^(?:go |require[ (])", re.MULTILINE),
    ),
    Format("go.sum", "golang", _read_sum, ("go.sum", "go.work.sum"), mark=re.compile(r"^\S+ v\S+ h1:", re.MULTILINE)),
)
