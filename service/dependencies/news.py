"""News: what the changes of one place mean to an organisation, as the facts and numbers of their event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from collector.purls import name_in, scope_of
from service.dependencies.diff import Change, Move, is_many, key_of, registries_moved
from service.dependencies.installs import SPREAD_S, Installs
from service.dependencies.look_alikes import MOST_USUAL, Likeness, Names, popular_names
from service.dependencies.ordering import shapes_of
from service.words import count

MAX_TOLD = 32
"""Packages that an event names for each thing that happened to them: the oddest ones."""
MAX_COMPARED = 1_000
"""New names of one event that are held against others."""
USUAL_S = 7 * 86400.0
"""How long an organisation must know a name before others are held against it."""
USUAL_REPOS = 2
"""In how many repositories."""
_ACTIONS = "githubactions"
_MOVABLE = frozenset({_ACTIONS, "docker", "oci", "github", "gitlab", "bitbucket", "generic", ""})
"""Ecosystems without a registry that holds on to what a version is."""

Facts = dict[str, str | list[str]]


@dataclass(frozen=True)
class Novelty:
    """One change, and what of it is new to the organisation."""

    change: Change
    is_unknown: bool
    """The organisation never had this package."""
    new_versions: tuple[str, ...]
    """Versions it did not have, or has for less than `SPREAD_S`."""
    reach: int
    """Other repositories they came to lately."""
    likeness: Likeness | None
    is_host_move: bool
    """It comes from another host, and its registry did not move as a whole."""

    @property
    def oddness(self) -> float:
        """Return what decides which changes are named where there are too many."""
        change = self.change
        return (
            8.0 * bool(self.likeness)
            + 8.0 * bool(change.resealed)
            + 6.0 * self.is_host_move
            + 6.0 * change.runs_new_script
            + 4.0 * (change.move is Move.DOWN)
            + 4.0 * change.became_movable
            + 2.0 * self.is_unknown
            + 1.0 * bool(self.new_versions)
        )


def novelties(changes: Sequence[Change], installs: Installs, repo: str, at: float, pinned: int) -> list[Novelty]:
    """Return what of the changes is new, the oddest first."""
    together = registries_moved(changes, pinned)
    unknown = [change for change in changes if change.move is Move.NEW and installs.find(change.purl) is None]
    unknown_purls = {change.purl for change in unknown}
    alike = _likenesses(unknown[:MAX_COMPARED], installs, at)
    found = []
    for change in changes:
        fresh = tuple(pin.version for pin in change.arrived if _is_fresh(installs, change.purl, pin.version, at))
        found.append(
            Novelty(
                change,
                is_unknown=change.purl in unknown_purls,
                new_versions=fresh,
                reach=max((installs.reach(change.purl, version, repo, at) for version in fresh), default=0),
                likeness=alike.get(change.purl),
                is_host_move=change.moved is not None and change.moved not in together,
            )
        )
    return sorted(found, key=lambda one: (-one.oddness, one.change.purl))


def facts_of(found: Sequence[Novelty]) -> Facts:
    """Return the categorical facts of an event whose changes these are; a fact without values is empty."""
    return {
        "change": sorted({label for one in found for label in _labels(one)}) or ["nothing"],
        "package": _first(one.change.name for one in found if one.is_unknown),
        "package_version": _first(f"{one.change.name}@{version}" for one in found for version in one.new_versions),
        "scope": _first(scope_of(one.change.name) for one in found if one.change.arrived),
        "version_shape": _first(shape for one in found for shape in _shapes(one.change)),
        "install_script": _first(one.change.name for one in found if one.change.runs_new_script),
        "look_alike": _first(_likeness(one.change, one.likeness) for one in found if one.likeness),
        "moved_host": _first(_host_move(one.change) for one in found if one.is_host_move),
        "other_content": _first(f"{one.change.name}@{v}" for one in found for v in one.change.resealed),
        "downgrade": _first(_downgrade(one.change) for one in found if one.change.move is Move.DOWN),
    }


def numbers_of(found: Sequence[Novelty]) -> dict[str, float]:
    """Return the numbers of an event whose changes these are."""
    moves = Counter(one.change.move for one in found)
    scopes = Counter(scope_of(one.change.name) for one in found if one.new_versions)
    return {
        "packages_added": float(moves[Move.NEW]),
        "packages_removed": float(moves[Move.REMOVED]),
        "versions_up": float(moves[Move.UP]),
        "versions_down": float(moves[Move.DOWN]),
        "hosts_changed": float(sum(one.change.moved is not None for one in found)),
        "contents_changed": float(sum(bool(one.change.resealed) for one in found)),
        "same_publisher": float(max((n for scope, n in scopes.items() if scope), default=0)),
        "repos_reached": float(max((one.reach for one in found), default=0)),
    }


def signals_of(found: Sequence[Novelty], hosts: Container[str], repo: str, pinned: int) -> dict[str, str]:
    """Return what hardly ever happens honestly, by the name of its rule, in words; `hosts` are those known so far.

    A registry never changes what is in a version, and few packages begin to run a script. Where many seem to, it is
    the tool that writes the file which tells more or otherwise than before.
    """
    where = f"in {repo or 'a repository'}"
    changes = [one.change for one in found]
    resealed = [change for change in changes if any(_is_fixed(change.ecosystem, v) for v in change.resealed)]
    scripted = [change for change in changes if change.runs_new_script and change.move is not Move.NEW]
    strays = [one.change for one in found if one.is_host_move and _host_of(one.change) not in hosts]
    alike = [one for one in found if one.likeness and one.likeness.is_misspelling]
    told = {}
    if resealed and not is_many(len(resealed), pinned):
        named = _named(f"{change.name} {change.resealed[0]}" for change in resealed)
        told["package_content_changed"] = f"{named} has other content than before {where}"
    if strays:
        named = _named(map(_host_move, strays))
        told["package_from_unknown_host"] = f"{named} {where}; nothing came from there before"
    if alike:
        named = _named(f"{one.change.name}, like {one.likeness.name}" for one in alike if one.likeness)
        told["package_looks_alike"] = f"new {where}: {named}"
    if scripted and all(change.arrived for change in scripted):
        named = _named(f"{change.name} {change.arrived[-1].version}" for change in scripted)
        name = "packages_gain_scripts" if len(scripted) > 1 else "package_gains_script"
        told[name] = f"{named} runs a script when installed {where}, and did not before"
    return told


def _is_fixed(ecosystem: str, version: str) -> bool:
    """Tell whether a version always means the same: a tag such as v4 moves on with every release, v4.1.2 does not."""
    return ecosystem not in _MOVABLE or version.count(".") >= 2


def _named(names: Iterable[str]) -> str:
    first, *others = names
    return f"{first} (and {count(len(others), 'package', 'packages')} more)" if others else first


def _likenesses(unknown: Sequence[Change], installs: Installs, at: float) -> dict[str, Likeness]:
    found: dict[str, Likeness] = {}
    usual: dict[str, Names] = {}
    for change in unknown:
        ecosystem = change.ecosystem
        if ecosystem not in usual:
            usual[ecosystem] = Names(installs.usual(f"pkg:{ecosystem}/", at - USUAL_S, USUAL_REPOS)[-MOST_USUAL:])
        known = popular_names(ecosystem)
        name = name_in(key_of(change.purl))
        likeness = known.find(name) or (name not in known and usual[ecosystem].find(name))
        if likeness:
            found[change.purl] = likeness
    return found


def _is_fresh(installs: Installs, purl: str, version: str, at: float) -> bool:
    first = installs.first_at(purl, version)
    return first is None or at - first <= SPREAD_S


def _labels(one: Novelty) -> Iterable[str]:
    """Yield what happened in a few words that come again, so that it can be usual."""
    change = one.change
    what = "action" if change.ecosystem == _ACTIONS else "package"
    if change.move is Move.NEW:
        how = {True: "direct ", False: "indirect ", None: ""}[change.is_direct]
        yield f"{how}{what} that is new to the organisation" if one.is_unknown else f"{how}{what} used elsewhere too"
    elif change.move is not Move.STAYS:
        yield {Move.REMOVED: f"{what} removed", Move.UP: "version up", Move.DOWN: "version down"}.get(
            change.move, f"another version of an {what}" if what == "action" else "another version"
        )
    if change.became_movable:
        yield f"{what} by a name that can be moved instead of a commit"
    if change.resealed:
        yield "same version, another commit" if what == "action" else "same version, another checksum"
    if change.moved:
        yield "another host" if one.is_host_move else "another registry for many"
    if change.runs_new_script:
        yield "new with an install script" if change.move is Move.NEW else "install script where there was none"


def _shapes(change: Change) -> Iterable[str]:
    before = change.before[-1].version if change.before else ""
    return (shape for pin in change.arrived for shape in shapes_of(change.ecosystem, pin.version, before))


def _likeness(change: Change, likeness: Likeness) -> str:
    return f"{change.name} ({likeness.how}: {likeness.name})"


def _host_of(change: Change) -> str:
    return change.moved[1] if change.moved else ""


def _host_move(change: Change) -> str:
    before, after = change.moved or ("", "")
    return f"{change.name} from {after or 'the usual registry'} instead of {before or 'the usual registry'}"


def _downgrade(change: Change) -> str:
    return f"{change.name} from {change.left[-1].version} to {change.arrived[-1].version}"


def _first(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, values)))[:MAX_TOLD]
