"""Samples: places that pin packages, and advisories, as events."""

from __future__ import annotations

from collections.abc import Iterable

from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.snapshot import Advisory, Affected, Packages, Pinned
from service.dependencies import Dependencies

START = 1_772_000_000.0
DAY = 86_400.0


def pin(name: str, version: str = "1.0.0", **more: object) -> Pinned:
    """Return a pin of an npm package."""
    return Pinned(f"pkg:npm/{name}", version, **more)  # type: ignore[arg-type]


def lockfile(
    pinned: Iterable[Pinned], at: float = START, *, repo: str = "acme/pay", branch: str = "", is_cut: bool = False
) -> Event:
    """Return the event of a lockfile; without a branch nobody said which it is."""
    return Event(
        id=f"lockfile:{repo}:{branch}:{at}",
        ref="1",
        source="lockfile",
        kind=Kind.DEPENDENCY,
        action="lockfile",
        actor=Actor(ActorType.USER, "mona"),
        entity=Entity("lockfile", f"{repo}/package-lock.json"),
        observed_at=at,
        received_at=at,
        links={"repo": repo, **({"branch": branch} if branch else {})},
        facts={"branch_class": "default" if branch == "main" else "other"} if branch else {},
        snapshot=Packages(tuple(pinned), "package-lock.json", is_cut),
    )


def advisory(
    name: str = "left-pad",
    versions: Iterable[str] = ("1.3.1",),
    at: float = START,
    *,
    id_: str = "MAL-2026-0001",
    is_malicious: bool = True,
    is_withdrawn: bool = False,
    declared_at: float = 0.0,
) -> Event:
    """Return the event of an advisory about an npm package."""
    about = (Affected(f"pkg:npm/{name}", tuple(versions)),)
    return Event(
        id=f"osv:{id_}:{at}",
        ref=id_,
        source="osv",
        kind=Kind.DEPENDENCY,
        action="advisory.published",
        actor=Actor(ActorType.UNKNOWN, "unknown"),
        entity=Entity("package", name),
        observed_at=at,
        received_at=at,
        snapshot=Advisory(id_, about, is_malicious, is_withdrawn, declared_at or at),
    )


def taken(state: Dependencies, event: Event) -> Event:
    """Return what a state makes of an event that is to be scored."""
    result = state.take(event)
    assert result is not None
    return result


def known(*pinned: Pinned, repo: str = "acme/pay", at: float = START) -> Dependencies:
    """Return a state that has seen one place."""
    state = Dependencies()
    state.take(lockfile(pinned, at, repo=repo))
    return state
