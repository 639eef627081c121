"""What findings can be linked by, and how rare it is."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from collector.event import WATCH, Event
from models.extraction import subject_of
from models.features import is_categorical
from models.finding import Scored

Link = tuple[str, str]
"""Role and name of something findings share."""

LINK_WEIGHTS = {
    "run": 1.0,
    "chain": 1.0,
    "sha": 1.0,
    "pull_request": 1.0,
    "token": 1.0,
    "package": 1.0,
    "key": 1.0,
    "hook": 1.0,
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
SPREADING = frozenset("third_party host package install_script registry template model look_alike integrity".split())
"""Families whose values travel: the same new package, host or action in two places is one story."""
RARITY_EVENTS = 20_000
"""Recent link occurrences over which rarity is measured."""


@dataclass
class Rarity:
    """How common each link is among recent events, by decayed counts."""

    counts: OrderedDict[Link, float] = field(default_factory=OrderedDict)
    total: float = 0.0

    def see(self, links: Iterable[Link]) -> None:
        """Count the links of one event; the oldest give way when too many are known."""
        self.total += 1.0
        for link in links:
            self.counts[link] = self.counts.get(link, 0.0) + 1.0
            self.counts.move_to_end(link)
        while len(self.counts) > RARITY_EVENTS:
            self.counts.popitem(last=False)

    def bits(self, link: Link) -> float:
        """Return -log2 of the share of events with this link."""
        return math.log2((self.total + 2.0) / (self.counts.get(link, 0.0) + 1.0))


def links_of(event: Event) -> list[Link]:
    """Return what an event can be linked by, as (role, name)."""
    links = [(role, event.links[role]) for role in LINK_WEIGHTS if event.links.get(role)]
    # the watch is nobody's hand: what it tells of two sources are two stories
    links.append(("actor", str(event.entity if event.source == WATCH else event.actor)))
    subject = subject_of(event)
    if len(subject) >= 12:
        links.append(("subject", subject))
    return links


def spread_of(item: Scored) -> dict[Link, float]:
    """Return the strange values of a finding that others may share, with their surprise in bits."""
    return {
        (reason.family, reason.value): reason.weight
        for reason in reversed(item.reasons)
        if reason.family in SPREADING and is_categorical(reason.feature)
    }
