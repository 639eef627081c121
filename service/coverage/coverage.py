"""Incidents and feeds as the data files beside this tell them, and what a set of live sources comes to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from service.words import count

LIVE_S = 7 * 86_400.0
"""A feed is live that delivered something within so much time."""


class SourceFeed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sources that show the same."""

    id: str
    name: str
    """As a sentence says it."""
    title: str
    sources: tuple[str, ...]
    how: str


class Incident(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One incident of the past, or a technique that was seen in several."""

    id: str
    name: str
    year: str
    shown: tuple[str, ...]
    """Feeds each of which shows what makes it stand out."""
    partly: tuple[str, ...]
    """Feeds that show one of its stages."""
    families: tuple[str, ...]
    """Kinds of evidence that separate it."""


@dataclass(frozen=True)
class Known:
    """All that is known of incidents and feeds."""

    feeds: tuple[SourceFeed, ...]
    incidents: tuple[Incident, ...]

    @property
    def readable(self) -> frozenset[str]:
        """Feeds that a source reads."""
        return frozenset(feed.id for feed in self.feeds if feed.sources)

    def feeds_of(self, sources: Iterable[str]) -> frozenset[str]:
        """Return the feeds that sources belong to; one that nothing is known of belongs to none."""
        told = set(sources)
        return frozenset(feed.id for feed in self.feeds if told.intersection(feed.sources))


@cache
def known() -> Known:
    """Return what the data files tell."""
    folder = files("service.coverage")
    feeds = tomllib.loads((folder / "feeds.toml").read_text(encoding="utf-8"))["feed"]
    incidents = tomllib.loads((folder / "incidents.toml").read_text(encoding="utf-8"))["incident"]
    return Known(msgspec.convert(feeds, tuple[SourceFeed, ...]), msgspec.convert(incidents, tuple[Incident, ...]))


@dataclass(frozen=True)
class Coverage:
    """What live feeds would show of everything known."""

    live: frozenset[str]
    """Ids of feeds."""
    all: Known

    @classmethod
    def of(cls, sources: Iterable[str]) -> Coverage:
        """Return what sources would show."""
        return cls(known().feeds_of(sources), known())

    def shown(self) -> list[Incident]:
        """Return the incidents that a live feed shows."""
        return [one for one in self.all.incidents if self.live.intersection(one.shown)]

    def partly(self) -> list[Incident]:
        """Return those of which only some stages are shown."""
        return [
            one
            for one in self.all.incidents
            if self.live.intersection(one.partly) and not self.live.intersection(one.shown)
        ]

    def beyond(self) -> list[Incident]:
        """Return those that no feed shows whole which can be read here: a miss that is to be expected."""
        return [one for one in self.all.incidents if not self.all.readable.intersection(one.shown)]

    def adds(self, feed: str) -> list[Incident]:
        """Return what a feed would show that nothing live does."""
        seen = {one.id for one in self.shown()}
        return [one for one in self.all.incidents if feed in one.shown and one.id not in seen]

    def next_feeds(self) -> list[tuple[SourceFeed, Sequence[Incident]]]:
        """Return the feeds that would add something and can be connected, the one that adds most first."""
        missing = [feed for feed in self.all.feeds if feed.sources and feed.id not in self.live]
        found = [(feed, self.adds(feed.id)) for feed in missing]
        return sorted((one for one in found if one[1]), key=lambda one: -len(one[1]))

    def sentence(self) -> str:
        """Return it in words: how many, and what would add most.

        >>> Coverage.of(["github.webhook", "github.audit"]).sentence()
        'your feeds can show 26 of 55 known incidents, and parts of 14; dependency changes would add 12, job logs 8'
        """
        partly = f", and parts of {len(self.partly())}" if self.partly() else ""
        text = f"your feeds can show {len(self.shown())} of {count(len(self.all.incidents), 'known incident')}{partly}"
        more = [(feed.name, len(adds)) for feed, adds in self.next_feeds()[:2]]
        if not more:
            return text
        first, *rest = more
        return f"{text}; {first[0]} would add {first[1]}" + "".join(f", {name} {number}" for name, number in rest)
