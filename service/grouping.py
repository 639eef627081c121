"""Which findings belong together: linked by what they share, weighed by how rare that is."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from collector.event import Event
from collector.stream.entry import Suppressed
from models.extraction import event_time
from models.features import is_categorical
from models.finding import Reason, Scored
from service.incident import Incident, IncidentEvent, Status
from service.links import LINK_WEIGHTS, Link, Rarity, links_of, spread_of
from service.risk import RiskScale
from service.wording import name_incident

OPEN_BITS = 4.5
"""Score from which a finding opens an incident of its own; weaker ones only join."""
JOIN_BITS = 4.5
"""Shared, weighted rarity that makes a finding part of an open incident."""
FADE_S = 12 * 3600.0
"""Time in which the pull of a link halves after it was last seen in the incident."""
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
MAX_REASONS = 12
MAX_RELATED = 8
MAX_SUPPRESSIONS = 1_000


@dataclass(eq=False)
class _Open:
    """An incident that may still grow, with what links to it and what speaks for it."""

    incident: Incident
    links: dict[Link, float] = field(default_factory=dict)
    """When each link was last seen in it."""
    evidence: dict[tuple[str, str], Reason] = field(default_factory=dict)


class _KeptOpen(msgspec.Struct, array_like=True):
    incident: Incident
    links: list[tuple[str, str, float]]
    evidence: list[tuple[str, str, Reason]]


class _Kept(msgspec.Struct, array_like=True):
    rarity: list[tuple[str, str, float]]
    rarity_total: float
    risk: bytes
    open: list[_KeptOpen]
    suppressions: list[Suppressed]


class IncidentBook:
    """Groups one organisation's findings into incidents and keeps their risk."""

    def __init__(self, *, organisation: str = "default") -> None:
        self.organisation = organisation
        self.risk = RiskScale()
        self._rarity = Rarity()
        self._open: dict[str, _Open] = {}
        self._by_link: dict[Link, dict[str, _Open]] = {}
        self._changed: dict[str, Incident] = {}
        self._suppressions: dict[str, Suppressed] = {}

    def add(self, scored: Sequence[Scored]) -> list[Incident]:
        """Take in scored events in order; return the incidents that opened, changed or closed."""
        for item in scored:
            links = links_of(item.event)
            at = event_time(item.event)
            self._rarity.see(links)
            self.risk.see_time(at)
            to = self._place(item, links, at) if item.is_finding else None
            if to is not None:
                self._join(to, item, [*links, *spread_of(item)], at)
                self._changed[to.incident.id] = to.incident
        return self._take_changed()

    def close(self, name: str) -> list[Incident]:
        """Let an incident grow no more, because somebody judged it; return it where it was open."""
        if name in self._open:
            self._close(self._open[name])
        return self._take_changed()

    def suppress(self, suppression: Suppressed) -> None:
        """Open incidents of findings that match as suppressed from now on, or lift a suppression of the same id."""
        if suppression.until > 0.0:
            self._suppressions[suppression.id] = suppression
            while len(self._suppressions) > MAX_SUPPRESSIONS:
                self._suppressions.pop(next(iter(self._suppressions)))
        else:
            self._suppressions.pop(suppression.id, None)

    def to_bytes(self) -> bytes:
        """Return everything a book knows, so that another goes on as if it were this one."""
        kept = [
            _KeptOpen(
                opened.incident,
                [(role, name, at) for (role, name), at in opened.links.items()],
                [(feature, value, reason) for (feature, value), reason in opened.evidence.items()],
            )
            for opened in self._open.values()
        ]
        rarity = [(role, name, count) for (role, name), count in self._rarity.counts.items()]
        state = _Kept(rarity, self._rarity.total, self.risk.to_bytes(), kept, list(self._suppressions.values()))
        return msgspec.msgpack.encode(state)

    @classmethod
    def from_bytes(cls, data: bytes, *, organisation: str) -> IncidentBook:
        """Return the book that `to_bytes` described, perhaps under another organisation's name."""
        kept = msgspec.msgpack.decode(data, type=_Kept)
        book = cls(organisation=organisation)
        book.risk = RiskScale.from_bytes(kept.risk)
        counts = OrderedDict(((role, name), count) for role, name, count in kept.rarity)
        book._rarity = Rarity(counts, kept.rarity_total)
        book._suppressions = {suppression.id: suppression for suppression in kept.suppressions}
        for one in kept.open:
            links = {(role, name): at for role, name, at in one.links}
            evidence = {(feature, value): reason for feature, value, reason in one.evidence}
            incident = _adopted(one.incident, organisation)
            book._open[incident.id] = opened = _Open(incident, links, evidence)
            for link in links:
                book._by_link.setdefault(link, {})[incident.id] = opened
        return book

    def rank(self, incidents: Iterable[Incident]) -> list[Incident]:
        """Rate and name incidents of this book by all it has seen; return them strongest first, as a feed does.

        The book keeps only what may still grow, so the incidents come from where they were stored.
        """
        rated = list(incidents)
        for incident in rated:
            self.name(incident)
        return sorted(rated, key=lambda i: (-i.score, i.first_at, i.id))

    def name(self, incident: Incident) -> None:
        """Rate an incident by what was seen so far, and put it into words."""
        self.risk.rate(incident)
        name_incident(incident)

    def _take_changed(self) -> list[Incident]:
        changed, self._changed = list(self._changed.values()), {}
        return changed

    def _place(self, item: Scored, links: list[Link], at: float) -> _Open | None:
        """Return the open incident that pulls most, a new one, or nothing for a weak finding alone."""
        self._close_old(at)
        weights = {link: LINK_WEIGHTS[link[0]] * self._rarity.bits(link) for link in links} | spread_of(item)
        sharing = {name: opened for link in weights for name, opened in self._by_link.get(link, {}).items()}
        pulls = ((_pull(opened, weights, at), name) for name, opened in sharing.items())
        pulling = [name for _, name in sorted((-pull, name) for pull, name in pulls if pull > JOIN_BITS)]
        if not pulling:
            return self._start(item, at) if item.score >= OPEN_BITS else None
        self._relate(pulling[: MAX_RELATED + 1])
        return self._open[pulling[0]]

    def _relate(self, names: list[str]) -> None:
        """Link what one finding could have joined: people may have been told of both already, so they stay two."""
        first = self._open[names[0]].incident
        for other in (self._open[name].incident for name in names[1:]):
            for one, two in ((first, other), (other, first)):
                if two.id not in one.related and len(one.related) < MAX_RELATED:
                    one.related.append(two.id)
                    self._changed[one.id] = one

    def _start(self, item: Scored, at: float) -> _Open:
        name = _name(self.organisation, item.event.id)
        incident = Incident(id=name, organisation=self.organisation, first_at=at, last_at=at)
        if len(self._open) >= MAX_OPEN:
            self._close(min(self._open.values(), key=lambda o: o.incident.last_at))
        self._open[incident.id] = opened = _Open(incident)
        incident.status = Status.SUPPRESSED
        return opened

    def _join(self, to: _Open, item: Scored, links: list[Link], at: float) -> None:
        incident = to.incident
        if incident.status is Status.SUPPRESSED and not self._is_suppressed(item, at):
            incident.status = Status.NEW  # it holds something that nobody asked not to be told
        for link in links:
            to.links[link] = at
            self._by_link.setdefault(link, {})[incident.id] = to
        for reason in item.reasons:
            key = (reason.feature, reason.value if is_categorical(reason.feature) else "")
            known = to.evidence.get(key)
            if known is None or reason.weight > known.weight:
                to.evidence[key] = reason
        incident.events.append(_listed(item))
        incident.first_at = min(incident.first_at, at)
        incident.last_at = max(incident.last_at, at)
        told = (
            (incident.actors, str(item.event.actor)),
            (incident.entities, str(item.event.entity)),
            (incident.sources, item.event.source),
        )
        for names, name in told:
            if name not in names:
                names.append(name)
        self._weigh(to)
        self.name(incident)  # now, and not at the end of a batch: the store must not depend on how the stream is cut

    def _is_suppressed(self, item: Scored, at: float) -> bool:
        return any(_matches(suppression, item.event, at) for suppression in self._suppressions.values())

    def _weigh(self, to: _Open) -> None:
        incident = to.incident
        reasons = sorted(to.evidence.values(), key=lambda r: (-r.weight, r.feature, r.value))
        incident.families = list(dict.fromkeys(r.family for r in reasons))
        peak = max(event.score for event in incident.events)
        incident.score = strength(corroborated(reasons), peak) * self.risk.confidence(incident.first_at)
        incident.reasons = reasons[:MAX_REASONS]

    def _close_old(self, at: float) -> None:
        for opened in list(self._open.values()):
            if at - opened.incident.last_at >= QUIET_S or at - opened.incident.first_at >= SPAN_S:
                self._close(opened)

    def _close(self, opened: _Open) -> None:
        opened.incident.is_open = False
        self.risk.learn(opened.incident)
        self.name(opened.incident)
        self._changed[opened.incident.id] = opened.incident
        del self._open[opened.incident.id]
        for link in opened.links:
            sharing = self._by_link[link]
            del sharing[opened.incident.id]
            if not sharing:
                del self._by_link[link]


def _name(organisation: str, first: str) -> str:
    digest = hashlib.blake2b(f"{organisation}\0{first}".encode(), digest_size=8)
    return f"inc_{digest.hexdigest()}"


def _adopted(incident: Incident, organisation: str) -> Incident:
    """Return an incident as another organisation's own: the one it was copied from keeps its name."""
    if incident.organisation != organisation:
        incident.id, incident.organisation = _name(organisation, incident.id), organisation
    return incident


def _pull(candidate: _Open, weights: dict[Link, float], at: float) -> float:
    """Return the weighted rarity a finding shares with an open incident, faded by age; nothing where it is full."""
    if len(candidate.incident.events) >= SIZE:
        return 0.0
    shared = ((weight, candidate.links.get(link)) for link, weight in weights.items())
    return sum(weight * math.exp2(-max(0.0, at - seen) / FADE_S) for weight, seen in shared if seen is not None)


def _listed(item: Scored) -> IncidentEvent:
    event = item.event
    return IncidentEvent(
        id=event.id,
        ref=event.ref,
        time=event.observed_at,
        action=event.action,
        actor=str(event.actor),
        entity=str(event.entity),
        score=item.score,
        p_value=item.p_value,
        source=event.source,
        kind=event.kind.value,
    )


def _matches(suppression: Suppressed, event: Event, at: float) -> bool:
    pairs = (
        (suppression.actor, str(event.actor)),
        (suppression.entity, str(event.entity)),
        (suppression.action, event.action),
        (suppression.source, event.source),
    )
    return at <= suppression.until and all(asked in ("", told) for asked, told in pairs)


def corroborated(reasons: Sequence[Reason]) -> float:
    """Return the evidence of an incident in bits, each family of facts counted by its strongest reasons.

    Only what exceeds `ORDINARY_BITS` counts: among many events something mildly odd is always found,
    and would make every long incident look grave.
    """
    by_family: dict[str, list[float]] = {}
    for reason in reasons:
        by_family.setdefault(reason.family, []).append(max(0.0, reason.weight - ORDINARY_BITS))
    return sum(weights[0] + ECHO * sum(weights[1:4]) for weights in by_family.values())


def strength(evidence: float, peak: float) -> float:
    """Return what orders incidents, in bits: evidence and the strangest event's score, two to one.

    A geometric mean, so that neither many small oddities nor one odd event alone come out on top.
    """
    return math.cbrt(evidence * evidence * max(peak, 0.0))
