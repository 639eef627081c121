"""Diff: what changed between two states of what one place pins, a change for each package."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from collector.purls import name_in
from collector.snapshot import Pinned
from service.dependencies.ordering import is_commit, order

Pins = Mapping[str, tuple[Pinned, ...]]
"""What a place pins: its versions of a package, by the package's URL."""
TOGETHER = 3
"""Packages to which the same must happen for it to have happened to their registry, or to the tool that wrote of it."""


class Move(StrEnum):
    """Where a package's version went."""

    NEW = "new"
    REMOVED = "removed"
    UP = "up"
    DOWN = "down"
    BESIDE = "beside"
    """Neither: other versions beside the old ones, or commits, which have no order."""
    STAYS = "stays"


@dataclass(frozen=True)
class Change:
    """What changed of one package at one place."""

    purl: str
    move: Move
    before: tuple[Pinned, ...] = ()
    after: tuple[Pinned, ...] = ()

    @property
    def ecosystem(self) -> str:
        """Return the type of its package URL."""
        return ecosystem_of(self.purl)

    @property
    def name(self) -> str:
        """Return what people call it."""
        return name_in(self.purl)

    @cached_property
    def arrived(self) -> tuple[Pinned, ...]:
        """Return the pins of versions that were not there before."""
        known = {pin.version for pin in self.before}
        return tuple(pin for pin in self.after if pin.version not in known)

    @cached_property
    def left(self) -> tuple[Pinned, ...]:
        """Return the pins of versions that are there no more."""
        kept = {pin.version for pin in self.after}
        return tuple(pin for pin in self.before if pin.version not in kept)

    @cached_property
    def resealed(self) -> tuple[str, ...]:
        """Return the versions that stayed and have other content: their checksums are of one kind and differ."""
        return tuple(new.version for old, new in self._stayed() if _is_resealed(old.integrity, new.integrity))

    @cached_property
    def moved(self) -> tuple[str, str] | None:
        """Return the hosts that a package came from and comes from, where all its pins changed theirs."""
        before, after = {pin.host for pin in self.before}, {pin.host for pin in self.after}
        if not before or not after or before & after:
            return None
        return min(before), min(after)

    @property
    def runs_new_script(self) -> bool:
        """Tell whether it runs a script when it is installed, and did not before."""
        return any(pin.runs_script for pin in self.after) and not any(pin.runs_script for pin in self.before)

    @property
    def is_direct(self) -> bool | None:
        """Tell whether the project asks for it by itself; None where that is not told."""
        told = [pin.is_direct for pin in self.after or self.before if pin.is_direct is not None]
        return any(told) if told else None

    @property
    def became_movable(self) -> bool:
        """Tell whether a commit id was replaced by a name that can be moved."""
        return bool(self.left and self.arrived) and (
            all(is_commit(pin.version) for pin in self.left) and not any(is_commit(p.version) for p in self.arrived)
        )

    def _stayed(self) -> Iterable[tuple[Pinned, Pinned]]:
        before = {pin.version: pin for pin in self.before}
        return ((before[pin.version], pin) for pin in self.after if pin.version in before)


def changes_between(before: Pins, after: Pins) -> list[Change]:
    """Return the packages that changed, in the order of their URLs."""
    found = []
    for purl in sorted(before.keys() | after.keys()):
        old, new = before.get(purl, ()), after.get(purl, ())
        if old == new:
            continue
        change = Change(purl, _move_of(ecosystem_of(purl), old, new), old, new)
        if change.move is not Move.STAYS or change.resealed or change.moved or change.runs_new_script:
            found.append(change)
    return found


def registries_moved(changes: Iterable[Change], pinned: int) -> set[tuple[str, str]]:
    """Return the moves from host to host that so many packages made at once that it was their registry that moved."""
    counted: dict[tuple[str, str], int] = defaultdict(int)
    for change in changes:
        if change.moved:
            counted[change.moved] += 1
    return {move for move, n in counted.items() if is_many(n, pinned)}


def is_many(changed: int, pinned: int) -> bool:
    """Tell whether the same happened to so many of the packages of a place that it did not happen to them alone."""
    return changed >= TOGETHER and 3 * changed >= pinned


def pins_of(pinned: Iterable[Pinned]) -> dict[str, tuple[Pinned, ...]]:
    """Return what is pinned by package, in one order whatever order it came in."""
    found: dict[str, dict[str, Pinned]] = defaultdict(dict)
    for pin in sorted(pinned, key=_all_of):
        found[pin.purl].setdefault(pin.version, pin)
    return {purl: tuple(found[purl].values()) for purl in sorted(found)}


def ecosystem_of(purl: str) -> str:
    """Return the type of a package URL.

    >>> ecosystem_of("pkg:npm/%40babel/core"), ecosystem_of("left-pad")
    ('npm', '')
    """
    kind, slash, _ = purl.removeprefix("pkg:").partition("/")
    return kind if slash and purl.startswith("pkg:") else ""


def key_of(purl: str) -> str:
    """Return one package URL for all the ways to write it: dots, dashes and underscores are the same to PyPI.

    >>> key_of("pkg:pypi/ruamel.yaml"), key_of("pkg:npm/lodash.get")
    ('pkg:pypi/ruamel-yaml', 'pkg:npm/lodash.get')
    """
    return re.sub(r"[-_.]+", "-", purl) if purl.startswith("pkg:pypi/") else purl


def _move_of(ecosystem: str, before: tuple[Pinned, ...], after: tuple[Pinned, ...]) -> Move:
    if not before or not after:
        return Move.NEW if after else Move.REMOVED
    old, new = {pin.version for pin in before}, {pin.version for pin in after}
    if old == new:
        return Move.STAYS
    left, arrived = old - new, new - old
    if not left or not arrived or any(map(is_commit, left | arrived)):
        return Move.BESIDE
    highest, was = (max(order(ecosystem, version) for version in some) for some in (arrived, left))
    if highest == was:
        return Move.BESIDE
    return Move.UP if highest > was else Move.DOWN


def _is_resealed(before: str, after: str) -> bool:
    return bool(before and after) and before != after and _seal(before) == _seal(after)


def _seal(integrity: str) -> str:
    return "commit" if is_commit(integrity) else integrity.partition("-")[0]


def _all_of(pin: Pinned) -> tuple[str, str, bool, bool, str, str]:
    """Return an order in which of the same version in several places the one that says most comes first."""
    return (pin.purl, pin.version, not pin.is_direct, not pin.runs_script, pin.host, pin.integrity)
