"""The shape of a history: the order of its commits, when each happened, and which lie on the main line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from collector.sources.git.process import DamagedRepositoryError, Shadow, ask, lines_of

DAY_S = 86_400
FUTURE_S = 600.0
"""How far ahead of the reader's clock a commit may be dated."""
_EARLIEST_S = 365 * DAY_S
"""Dates before 1971 come from clocks that were not set."""


@dataclass(slots=True)
class History:
    """All commits, parents before children, by committer date; lists run in parallel."""

    shas: list[str] = field(default_factory=list)
    parents: list[tuple[int, ...]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    """When each happened, repaired: never before its parents, never in the future."""
    branches: list[str] = field(default_factory=list)
    """The branch whose first-parent line holds the commit; empty where it came in by a merge."""
    main: str = ""
    """Name of the branch HEAD points to."""


def walk(path: Path, shadow: Shadow, now: float) -> History:
    """Return the history of all refs; raise DamagedRepositoryError where git cannot walk it."""
    history = History()
    places: dict[str, int] = {}
    with shadow.start("rev-list", "--all", "--date-order", "--reverse", "--parents", "--timestamp") as git:
        git.finish()
        for line in lines_of(git.rest()):
            date, sha, *parents = line.decode("ascii", "replace").split(" ")
            places[sha] = len(history.shas)
            history.shas.append(sha)
            history.parents.append(tuple(places[p] for p in parents if p in places))
            history.times.append(float(date))
        if git.wait() != 0:
            raise DamagedRepositoryError(
                f"{path}: git cannot walk the history, commits are missing or damaged: run `git fsck`, or clone again"
            )
    history.main = _main_branch(path, shadow.refs)
    history.branches = _branches(history, shadow.refs, places)
    history.times = repaired(history.times, history.parents, now)
    return history


def repaired(dates: list[float], parents: list[tuple[int, ...]], now: float) -> list[float]:
    """Return when each commit happened, from committer dates that may say anything.

    A commit is never earlier than its parents, so a forged old date cannot hide it in the past; a date ahead of `now`,
    before 1971, or contradicted by two generations of descendants gives way to the parents' date.
    """
    liars = _ahead_of_descendants(dates, parents)
    times: list[float] = []
    for i, date in enumerate(dates):
        floor = max((times[p] for p in parents[i]), default=None)
        doubtful = date > now + FUTURE_S or date < _EARLIEST_S or i in liars
        if floor is None:
            times.append(min(max(date, 0.0), now))
        else:
            times.append(floor if doubtful else max(date, floor))
    return times


def _ahead_of_descendants(dates: list[float], parents: list[tuple[int, ...]]) -> set[int]:
    """Return commits dated more than a day after their child and all grandchildren."""
    suspects = {p for i, date in enumerate(dates) for p in parents[i] if date < dates[p] - DAY_S}
    if not suspects:
        return set()
    children = _children(parents, suspects)
    grandchildren = _children(parents, {c for found in children.values() for c in found})
    liars = set()
    for suspect in suspects:
        first = children.get(suspect, [])
        second = [g for c in first for g in grandchildren.get(c, ())]
        if second and max(dates[d] for d in (*first, *second)) < dates[suspect] - DAY_S:
            liars.add(suspect)
    return liars


def _children(parents: list[tuple[int, ...]], of: Iterable[int]) -> dict[int, list[int]]:
    wanted = set(of)
    found: dict[int, list[int]] = {}
    for i, above in enumerate(parents):
        for parent in above:
            if parent in wanted:
                found.setdefault(parent, []).append(i)
    return found


def _main_branch(path: Path, refs: dict[str, str]) -> str:
    head = (ask(path, "symbolic-ref", "-q", "HEAD") or b"").strip().decode("utf-8", "replace")
    if head in refs:
        return head
    usual = ("refs/heads/main", "refs/heads/master", "refs/remotes/origin/main", "refs/remotes/origin/master")
    return next((name for name in usual if name in refs), "")


def _branches(history: History, refs: dict[str, str], places: dict[str, int]) -> list[str]:
    """Return for each commit the branch whose first parents lead to it, the main one first, then by name."""
    branches = [""] * len(history.shas)
    for name in sorted(refs, key=lambda ref: (ref != history.main, not ref.startswith("refs/heads/"), ref)):
        if name.startswith(("refs/tags/", "refs/stash", "refs/notes/", "refs/unwonted/")):
            continue
        at = places.get(refs[name], -1)
        while at >= 0 and not branches[at]:
            branches[at] = name
            at = history.parents[at][0] if history.parents[at] else -1
    return branches
