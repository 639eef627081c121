"""Findings: what the watch has to say of a source, as an event of our own in the stream.

It is the stream that makes it count: a replay finds the event there, and asks no clock again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from collector.event import WATCH, Actor, ActorType, Entity, Event, Kind
from service.store.sources import Key

SILENT, FAILING, UNPROVEN, CLOCK = "silent", "failing", "unproven", "clock"
"""The rules, as the store names them."""
_ACTIONS = {
    SILENT: "source.silent",
    FAILING: "source.failing",
    UNPROVEN: "source.unproven",
    CLOCK: "source.clock_drifts",
}
_SIGNALS = {
    SILENT: "source_silent",
    FAILING: "source_silent",
    UNPROVEN: "source_unproven",
    CLOCK: "source_clock_drifts",
}
RECOVERED = "source.recovered"
_WATCHER = Actor(ActorType.APP, WATCH)


@dataclass(frozen=True)
class Finding:
    """Something is wrong with a source, or is not any more."""

    key: Key
    rule: str
    since: float
    """What makes it the same finding when it is found again: of a silence, when the last event came."""
    text: str
    hook: str = ""
    is_over: bool = False

    def event(self, at: float) -> Event:
        """Return it as an event of a time; found again at another, it has the same id."""
        organisation, source = self.key
        action = RECOVERED if self.is_over else _ACTIONS[self.rule]
        unique = f"{organisation}\0{source}\0{self.rule}\0{self.since!r}\0{self.is_over}"
        digest = hashlib.blake2b(unique.encode(), digest_size=12).hexdigest()
        return Event(
            organisation=organisation,
            id=f"{WATCH}:{action}:{digest}",
            ref=digest,
            source=WATCH,
            kind=Kind.OTHER,
            action=action,
            actor=_WATCHER,
            entity=Entity("source", source),
            observed_at=at,
            received_at=at,
            links={"hook": self.hook} if self.hook else {},
            facts={"rule": self.rule, "told": self.text},
            signals={} if self.is_over else {_SIGNALS[self.rule]: self.text},
        )
