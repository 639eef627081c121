"""Which findings belong together: linked by what they share, weighed by how rare that is."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from collector.event import Event
from models.extraction import event_time, subject_of
from models.finding import Reason, Scored
from service.incident import Incident, IncidentEvent
from service.risk import RiskScale
from service.wording import name_incident

LINK_WEIGHTS = {
    "run": 1.0,
    "sha": 1.0,
    "pull_request": 1.0,
    "token": 1.0,
    "package": 1.0,
    "key": 1.0,
    "actor": 1.0,
    "workflow": 0.7,
    "subject": 0.7,
    "address": 0.7,
    "target": 0.6,
    "branch": 0.6,
    "repo": 0.5,
    "network": 0.4,
}
"""How far sharing a thing speaks for one story: a token is one hand, a repository is a meeting place."""
OPEN_BITS = 4.5
"""Score from which a finding opens an incident of its own; weaker ones only join."""
JOIN_BITS = 4.5
"""Shared, weighted rarity that makes a finding part of an open incident."""
FADE_S = 24 * 3600.0
"""Time in which the pull of an incident halves."""
QUIET_S = 72 * 3600.0
"""An incident that was quiet for so long is closed."""
SPAN_S = 7 * 86400.0
"""An incident takes nothing in any more this long after it opened."""
SIZE = 200
ORDINARY_BITS = 4.0
"""Bits a single reason must exceed to count as evidence."""
ECHO = 0.25
"""Weight of a family's further reasons: they mostly repeat its strongest."""
MAX_OPEN = 500
RARITY_EVENTS = 20_000
"""Recent link occurrences over which rarity is measured."""


@dataclass
class _Rarity:
    """How common each link is among recent events, by decayed counts."""

    counts: OrderedDict[tuple[str, str], float] = field(default_factory=OrderedDict)
    total: float = 0.0

    def see(self, links: Iterable[tuple[str, str]]) -> None:
        """Count the links of one event; the oldest give way when too many are known."""
        self.total += 1.0
        for link in links:
            self.counts[link] = self.counts.get(link, 0.0) + 1.0
            self.counts.move_to_end(link)
        while len(self.counts) > RARITY_EVENTS:
            self.counts.popitem(last=False)

    def bits(self, link: tuple[str, str]) -> float:
        """Return -log2 of the share of events with this link."""
        return math.log2((self.total + 2.0) / (self.counts.get(link, 0.0) + 1.0))


@dataclass
class _Open:
    """An incident that may still grow, with what links to it."""

    incident: Incident
    links: set[tuple[str, str]]
    evidence: dict[tuple[str, str], Reason]


class IncidentBook:
    """Groups one organisation's findings into incidents and keeps their risk."""

    def __init__(self, *, organisation: str = "default") -> None:
        self.organisation = organisation
        self._rarity = _Rarity()
        self._open: list[_Open] = []
        self._risk = RiskScale()
        self._all: dict[str, Incident] = {}

    def add(self, scored: Sequence[Scored]) -> list[Incident]:
        """Take in scored events in order; return the incidents that opened or changed."""
        changed: dict[str, Incident] = {}
        for item in scored:
            links = links_of(item.event)
            self._rarity.see(links)
            self._risk.see_time(event_time(item.event))
            if item.is_finding:
                incident = self._place(item, links)
                if incident is not None:
                    changed[incident.id] = incident
        return list(changed.values())

    def ranked(self) -> list[Incident]:
        """Return every incident, highest risk first."""
        for incident in self._all.values():
            self._risk.rate(incident)
            name_incident(incident)
        return sorted(self._all.values(), key=lambda i: (-i.risk, -i.score, i.first_at, i.id))

    def _place(self, item: Scored, links: list[tuple[str, str]]) -> Incident | None:
        at = event_time(item.event)
        self._close_old(at)
        best, pull = None, JOIN_BITS
        for candidate in self._open:
            strength = self._pull(candidate, links, at)
            if strength > pull:
                best, pull = candidate, strength
        if best is None:
            if item.score < OPEN_BITS:
                return None
            best = self._start(item, at)
        self._join(best, item, links, at)
        return best.incident

    def _pull(self, candidate: _Open, links: list[tuple[str, str]], at: float) -> float:
        if len(candidate.incident.events) >= SIZE:
            return 0.0
        gap = max(0.0, at - candidate.incident.last_at)
        shared = sum(LINK_WEIGHTS[link[0]] * self._rarity.bits(link) for link in links if link in candidate.links)
        return float(shared * 2.0 ** (-gap / FADE_S))

    def _start(self, item: Scored, at: float) -> _Open:
        name = hashlib.blake2b(f"{self.organisation}\0{item.event.id}".encode(), digest_size=8).hexdigest()
        incident = Incident(id=f"inc_{name}", organisation=self.organisation, first_at=at, last_at=at)
        opened = _Open(incident, set(), {})
        self._open.append(opened)
        self._all[incident.id] = incident
        return opened

    def _join(self, to: _Open, item: Scored, links: list[tuple[str, str]], at: float) -> None:
        event, incident = item.event, to.incident
        to.links.update(links)
        for reason in item.reasons:
            key = (reason.feature, reason.value)
            known = to.evidence.get(key)
            if known is None or reason.weight > known.weight:
                to.evidence[key] = reason
        incident.events.append(
            IncidentEvent(
                event.id,
                event.ref,
                event.observed_at,
                event.action,
                str(event.actor),
                str(event.entity),
                item.score,
                item.p_value,
            )
        )
        incident.first_at = min(incident.first_at, at)
        incident.last_at = max(incident.last_at, at)
        for names, name in ((incident.actors, str(event.actor)), (incident.entities, str(event.entity))):
            if name not in names:
                names.append(name)
        self._weigh(to)

    def _weigh(self, to: _Open) -> None:
        incident = to.incident
        reasons = sorted(to.evidence.values(), key=lambda r: (-r.weight, r.feature, r.value))
        incident.families = list(dict.fromkeys(r.family for r in reasons))
        incident.score = corroborated(reasons)
        incident.reasons = reasons[:12]

    def _close_old(self, at: float) -> None:
        still = [o for o in self._open if at - o.incident.last_at < QUIET_S and at - o.incident.first_at < SPAN_S]
        for closed in self._open:
            if closed not in still:
                self._risk.learn(closed.incident)
        self._open = still[-MAX_OPEN:]


def links_of(event: Event) -> list[tuple[str, str]]:
    """Return what an event can be linked by, as (role, name)."""
    links = [(role, event.links[role]) for role in LINK_WEIGHTS if event.links.get(role)]
    links.append(("actor", str(event.actor)))
    subject = subject_of(event)
    if len(subject) >= 12:
        links.append(("subject", subject))
    return links


def corroborated(reasons: Sequence[Reason]) -> float:
    """Return the evidence of an incident in bits, each family of facts counted by its strongest reasons.

    Only what exceeds `ORDINARY_BITS` counts: among many events something mildly odd is always found,
    and would make every long incident look grave.
    """
    by_family: dict[str, list[float]] = {}
    for reason in reasons:
        by_family.setdefault(reason.family, []).append(max(0.0, reason.weight - ORDINARY_BITS))
    return sum(weights[0] + ECHO * sum(weights[1:4]) for weights in by_family.values())
