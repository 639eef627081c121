"""Ordering: which of two versions is the later one, as the registry they come from would say."""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.version import InvalidVersion, Version

_MAX = 100
"""Longest version that is looked at, in characters."""
_SEMVER = frozenset({"npm", "cargo", "golang", "pub", "hex", "githubactions", "swift", "composer", "nuget"})
_CORE = re.compile(r"\d+(?:\.\d+)*")
_PART = re.compile(r"\d+|[a-z]+")
_FULL_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_DATE = re.compile(r"v?(?:19|20)\d\d[.-]?(?:0?[1-9]|1[0-2])(?:\D|$|[0-3]\d)")

Key = tuple[object, ...]


def is_later(ecosystem: str, version: str, other: str) -> bool:
    """Tell whether a version comes after another; `ecosystem` is the type of their package URL.

    >>> is_later("pypi", "1.0.0", "1.0.0rc1"), is_later("npm", "1.10.0", "1.9.0"), is_later("gem", "1.0.a", "1.0")
    (True, True, False)
    """
    return order(ecosystem, version) > order(ecosystem, other)


@lru_cache(maxsize=65_536)
def order(ecosystem: str, version: str) -> Key:
    """Return what versions of one ecosystem sort by; any text has a place, and 0 is before every version."""
    version = version[:_MAX].strip()
    if version == "0":
        return ()
    if ecosystem == "pypi":
        try:
            return (1, Version(version))
        except InvalidVersion:
            return (0, *_any_order(version))
    return (1, *(_semver_order(version) if ecosystem in _SEMVER else _any_order(version)))


def _semver_order(version: str) -> Key:
    """Order by Semantic Versioning 2.0, taking more or fewer than three numbers, and none at all as 0."""
    plain = version.lstrip("vV=").partition("+")[0]
    found = _CORE.match(plain)
    numbers = [int(part) for part in found[0].split(".")] if found else [0]
    rest = plain[found.end() if found else 0 :].lstrip("-.")
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    parts = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in rest.split(".") if part)
    return (tuple(numbers), not parts, parts)


def _any_order(version: str) -> Key:
    """Order by numbers and words in turn, a word being before nothing and that before a number, as RubyGems does.

    Zeros before a word or the end say nothing: 1.0.a is 1.a, and 1.0 is 1.
    """
    parts: list[tuple[int, int, str]] = []
    for part in (*_PART.findall(version.lower()), ""):
        if not part.isdecimal():
            while parts and parts[-1] == (2, 0, ""):
                parts.pop()
        parts.append((2, int(part), "") if part.isdecimal() else (0 if part else 1, 0, part))
    return tuple(parts)


def shapes_of(ecosystem: str, version: str, before: str = "") -> list[str]:
    """Return what is odd about how a version is written, or `ordinary`.

    >>> shapes_of("npm", "99.9.9", "2.1.0"), shapes_of("npm", "0.0.1"), shapes_of("pypi", "2.1.0rc1")
    (['very high', 'leap'], ['first steps'], ['pre-release'])
    """
    if is_commit(version):
        return ["commit"]
    text = version[:_MAX].lstrip("vV=")
    found = _CORE.match(text)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    if not numbers:
        return ["no number"]
    is_date = bool(_DATE.match(text))
    shapes = ["date"] if is_date else []
    if numbers[0] >= 50 and not is_date:
        shapes.append("very high")
    if _major(before) is not None and not is_date and numbers[0] >= (_major(before) or 0) + 10:
        shapes.append("leap")
    if len(numbers) > 2 and not any(numbers[:2]):
        shapes.append("first steps")
    if _is_unfinished(ecosystem, version):
        shapes.append("pre-release")
    return shapes or ["ordinary"]


def is_commit(version: str) -> bool:
    """Tell whether a reference is a whole commit id, which can be moved by nobody."""
    return bool(_FULL_COMMIT.fullmatch(version))


def _major(version: str) -> int | None:
    found = _CORE.match(version[:_MAX].lstrip("vV="))
    return int(found[0].split(".", 1)[0]) if found and not is_commit(version) else None


def _is_unfinished(ecosystem: str, version: str) -> bool:
    if ecosystem == "pypi":
        try:
            return Version(version[:_MAX]).is_prerelease
        except InvalidVersion:
            return False
    return "-" in version.partition("+")[0] and ecosystem in _SEMVER
