"""The state of dependencies: snapshots of packages become what changed, and advisories what was installed of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

import msgspec

from collector.event import Entity, Event
from collector.purls import name_in
from collector.snapshot import Advisory, Packages, Pinned
from models.extraction import event_time
from service.dependencies.advisories import Advisories
from service.dependencies.declared import history_of, hits_of, malicious_in, told_of, vulnerable_in
from service.dependencies.diff import Change, Move, changes_between, pins_of
from service.dependencies.installs import Arrival, Installs
from service.dependencies.news import Novelty, facts_of, novelties, numbers_of, signals_of
from service.dependencies.places import Pins, Place, Places, hosts_of, sealed

ACCEPTED = frozenset({"", "default"})
"""Classes of branches on which what is pinned is accepted: the default one, or nobody said which it is."""
_FEW = 3
"""Arrivals up to which an event is linked to the oddest of them, whatever it is."""
_ODD = 4.0
"""Oddness from which it is linked to it however many there are."""
_Facts = Mapping[str, str | list[str]]


class Dependencies:
    """What one organisation depends on: what each place pins, what was ever installed, and what was said of it."""

    FORMAT: ClassVar[int] = 1

    def __init__(
        self, places: Places | None = None, installs: Installs | None = None, advisories: Advisories | None = None
    ) -> None:
        self._places = places or Places()
        self._installs = installs or Installs()
        self._advisories = advisories or Advisories()

    def take(self, event: Event) -> Event | None:
        """Return an event with what changed; None for an advisory about nothing that was ever installed."""
        if isinstance(event.snapshot, Packages):
            return self._packages(event, event.snapshot)
        return self._advisory(event, event.snapshot) if isinstance(event.snapshot, Advisory) else event

    def to_bytes(self) -> bytes:
        """Return all of it."""
        parts = (self._places, self._installs, self._advisories)
        return msgspec.msgpack.encode([part.to_bytes() for part in parts])

    @classmethod
    def from_bytes(cls, data: bytes) -> Dependencies:
        """Return what `to_bytes` described."""
        places, installs, advisories = msgspec.msgpack.decode(data, type=tuple[bytes, bytes, bytes])
        return cls(Places.from_bytes(places), Installs.from_bytes(installs), Advisories.from_bytes(advisories))

    def _packages(self, event: Event, snapshot: Packages) -> Event:
        name = f"{event.links.get('repo', '')}\0{snapshot.place or event.entity}"
        pins, at, branch = sealed(pins_of(snapshot.pinned)), event_time(event), event.links.get("branch", "")
        is_default = event.facts.get("branch_class", "") in ACCEPTED
        place = self._places.find(name)
        if place is None or (is_default and not place.is_accepted):
            told = self._taken_for_granted(event, pins, "first sight")
            self._places.accept(name, pins, at, branch, is_default=is_default)
        elif at < place.at:
            told = self._taken_for_granted(event, pins, "late")
        elif is_default or (branch == place.branch and not place.is_accepted):
            told = self._held_against(event, place, pins, is_cut=snapshot.is_cut)
            self._places.accept(name, pins, at, branch, is_default=is_default)
        elif self._places.is_shown_again(name, branch, pins):
            told = _told(event, facts_of(()), numbers_of(()))
        else:
            told = self._held_against(event, place, pins, is_cut=snapshot.is_cut)
        return told

    def _taken_for_granted(self, event: Event, pins: Pins, why: str) -> Event:
        """Tell nothing of what a place pins at first sight, or pinned before its last state, unless it is malicious."""
        pinned = [pin for versions in pins.values() for pin in versions]
        told = self._judged(_told(event, {"change": [why]}, {}), pinned, ())
        self._remember(pinned, event, event_time(event), is_change=False)
        return told

    def _held_against(self, event: Event, place: Place, pins: Pins, *, is_cut: bool) -> Event:
        before = self._places.pins(place)
        changes = changes_between(before, pins)
        if is_cut:  # what is missing may only have been cut off
            changes = [change for change in changes if change.move is not Move.REMOVED]
        at, repo = event_time(event), event.links.get("repo", "")
        found = novelties(changes, self._installs, repo, at, sum(map(len, pins.values())))
        facts = facts_of(found) | {"registry_host": sorted(hosts_of(pins) - hosts_of(before))}
        told = _linked(_told(event, facts, numbers_of(found)), found)
        signals = told.signals | signals_of(found, self._places.hosts, repo, sum(map(len, pins.values())))
        told = self._judged(msgspec.structs.replace(told, signals=signals), _renewed(changes), changes)
        self._remember([pin for change in changes for pin in change.arrived], event, at, is_change=True)
        return told

    def _remember(self, pins: Iterable[Pinned], event: Event, at: float, *, is_change: bool) -> None:
        arrival = Arrival(event.links.get("repo", "") or str(event.entity), at, is_change)
        for pin in pins:
            self._installs.add(pin.purl, pin.version, arrival)

    def _judged(self, event: Event, pins: Iterable[Pinned], changes: Sequence[Change]) -> Event:
        """Return an event with what advisories say of the packages that came with it."""
        repo, signals, links = event.links.get("repo", ""), dict(event.signals), dict(event.links)
        if vulnerable := vulnerable_in(changes, self._advisories):
            signals["package_known_vulnerable"] = told_of(vulnerable, repo, "known to be vulnerable")
            links.setdefault("package", name_in(vulnerable[0][0].purl))
        if malicious := malicious_in(pins, self._advisories):
            signals["package_known_malicious"] = told_of(malicious, repo, "known to be malicious")
            links["package"] = name_in(malicious[0][0].purl)
        if not vulnerable and not malicious:
            return event
        facts = {"package": [], **event.facts}
        return msgspec.structs.replace(event, signals=signals, links=links, facts=facts)

    def _advisory(self, event: Event, advisory: Advisory) -> Event | None:
        hits = hits_of(advisory, self._advisories, self._installs)
        self._advisories.learn(advisory)
        if not hits:
            return None
        repos = list(dict.fromkeys(arrival.repo for hit in hits for arrival in hit.arrivals if arrival.repo))
        names = list(dict.fromkeys(name_in(hit.purl) for hit in hits))
        links = {**event.links, "package": names[0], **({"repo": repos[0]} if repos else {})}
        return msgspec.structs.replace(
            event,
            entity=Entity("package", names[0]),
            links=links,
            facts={**event.facts, "change": ["declared malicious"], "package": []},
            numbers={**event.numbers, "repos_reached": float(len(repos))},
            signals={"package_declared_malicious": history_of(advisory, hits, event_time(event))},
        )


def _told(event: Event, facts: _Facts, numbers: Mapping[str, float]) -> Event:
    """Return an event that tells what changed instead of what is there; a fact without values is left out."""
    kept = {name: fact for name, fact in event.facts.items() if name not in _REPLACED}
    told = {name: fact for name, fact in facts.items() if fact}
    return msgspec.structs.replace(event, facts=kept | told, numbers={**event.numbers, **numbers})


def _linked(event: Event, found: Sequence[Novelty]) -> Event:
    """Link an event to the oddest package that came with it, so that it meets others about it."""
    arrived = [one for one in found if one.change.arrived]
    if not arrived or (len(arrived) > _FEW and arrived[0].oddness < _ODD):
        return event
    # the link alone would be measured as a package that is new: the organisation may know it
    facts = {"package": [], **event.facts}
    return msgspec.structs.replace(event, links={**event.links, "package": arrived[0].change.name}, facts=facts)


def _renewed(changes: Iterable[Change]) -> list[Pinned]:
    """Return the pins that arrived, or stayed and have other content."""
    return [pin for c in changes for pin in (*c.arrived, *(pin for pin in c.after if pin.version in c.resealed))]


_REPLACED = frozenset({*facts_of(()), "registry_host"})
