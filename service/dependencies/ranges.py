"""Ranges: whether a version is one of those an advisory is about, as the OSV schema says how to tell."""

from __future__ import annotations

from collections.abc import Sequence

from collector.snapshot import Affected, Border
from service.dependencies.ordering import Key, order

_AT_ONE_VERSION = {Border.FIXED: 0, Border.INTRODUCED: 1, Border.LAST_AFFECTED: 2}
"""Order of borders at the same version: what ends there ends before what begins."""


def is_affected(ecosystem: str, version: str, affected: Affected) -> bool:
    """Tell whether a version is listed or lies in a range; where neither is given, all versions are affected."""
    if not affected.versions and not affected.ranges:
        return True
    place = order(ecosystem, version)
    if version in affected.versions or any(order(ecosystem, listed) == place for listed in affected.versions):
        return True
    return any(_is_in(ecosystem, place, borders) for borders in affected.ranges)


def _is_in(ecosystem: str, place: Key, borders: Sequence[tuple[Border, str]]) -> bool:
    inside = False
    for border, at in sorted(borders, key=lambda item: (order(ecosystem, item[1]), _AT_ONE_VERSION[item[0]])):
        known = order(ecosystem, at)
        if border is Border.INTRODUCED and place >= known:
            inside = True
        elif (border is Border.FIXED and place >= known) or (border is Border.LAST_AFFECTED and place > known):
            inside = False
    return inside
