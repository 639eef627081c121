"""Declared: what an organisation installed of what was declared malicious or vulnerable, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from collector.purls import name_in
from collector.snapshot import Advisory, Affected, Pinned
from service.dependencies.advisories import Advisories, Known
from service.dependencies.diff import Change, ecosystem_of
from service.dependencies.installs import Arrival, Installs
from service.dependencies.ranges import is_affected
from service.words import count, moment

MOST_NAMED = 3
"""Versions, repositories or advisories that one sentence names; the others are counted."""
_DAY_S = 86400.0


@dataclass(frozen=True)
class Hit:
    """A version that was installed and that an advisory is about."""

    purl: str
    version: str
    arrivals: Sequence[Arrival]
    """Where it came to, the first one first."""


def malicious_in(pinned: Iterable[Pinned], advisories: Advisories) -> list[tuple[Pinned, Known]]:
    """Return the pins that were declared malicious."""
    return [
        (pin, known) for pin in pinned for known in advisories.matching(pin.purl, pin.version) if known.is_malicious
    ][:100]


def vulnerable_in(changes: Iterable[Change], advisories: Advisories) -> list[tuple[Pinned, Known]]:
    """Return what arrived and is known to be vulnerable, by an advisory that is not true of what it replaces."""
    found = []
    for change in changes:
        ecosystem = change.ecosystem
        for pin in change.arrived:
            for known in advisories.matching(pin.purl, pin.version):
                was = any(is_affected(ecosystem, old.version, known.affected) for old in change.before)
                if not known.is_malicious and not was:
                    found.append((pin, known))
    return found


def told_of(found: Sequence[tuple[Pinned, Known]], repo: str, what: str) -> str:
    """Return one sentence that says what was installed."""
    names: dict[str, list[str]] = {}
    for pin, known in found:
        names.setdefault(f"{name_in(pin.purl)} {pin.version}".strip(), []).append(known.name)
    parts = [f"{name} ({_some(ids)})" for name, ids in names.items()]
    return f"{repo or 'a repository'} installed {_some(parts)}, {what}"


def hits_of(advisory: Advisory, advisories: Advisories, installs: Installs) -> list[Hit]:
    """Return what was installed and is declared malicious by this advisory for the first time."""
    found = []
    for affected in advisory.affected if advisory.is_malicious and not advisory.is_withdrawn else ():
        package = installs.find(affected.purl)
        before = [k.affected for k in advisories.of(affected.purl) if k.is_malicious and k.name == advisory.name]
        for version, arrivals in package.versions.items() if package else ():
            is_new = not any(_is_affected(affected.purl, version, said) for said in before)
            if is_new and _is_affected(affected.purl, version, affected):
                found.append(Hit(affected.purl, version, sorted(arrivals, key=lambda one: one.at)))
    return found


def _is_affected(purl: str, version: str, affected: Affected) -> bool:
    return is_affected(ecosystem_of(purl), version, affected)


def history_of(advisory: Advisory, hits: Sequence[Hit], at: float) -> str:
    """Return one sentence that says what was installed, when, and how long before it was declared malicious."""
    first = min(hits, key=lambda hit: hit.arrivals[0].at)
    arrival = first.arrivals[0]
    repos = list(dict.fromkeys(one.repo or "a repository" for hit in hits for one in hit.arrivals))
    others = f" and {count(len(repos) - 1, 'more repository', 'more repositories')}" if len(repos) > 1 else ""
    day = moment(arrival.at).date()
    verb = "installed" if arrival.is_change else "had"
    more = f", {count(len(hits) - 1, 'more version', 'more versions')}" if len(hits) > 1 else ""
    name = f"{name_in(first.purl)} {first.version}{more}"
    return f"{repos[0]}{others} {verb} {name} on {day}, {_since(arrival.at, advisory, at)} ({advisory.name})"


def _since(installed_at: float, advisory: Advisory, at: float) -> str:
    declared_at = advisory.declared_at or at
    days = int(abs(declared_at - installed_at) // _DAY_S)
    when = count(days, "day", "days") if days else "less than a day"
    order = "before" if installed_at <= declared_at else "after"
    return f"{when} {order} it was declared malicious"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:MOST_NAMED])
    return f"{shown} and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else shown
