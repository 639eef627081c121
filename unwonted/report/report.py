"""Report: everything a scan found, before it is told in one format or another."""

from __future__ import annotations

from dataclasses import dataclass

from service.incident import Incident, IncidentEvent
from service.store.scored import Totals


@dataclass(frozen=True)
class Summary:
    """One source and what was read of it."""

    path: str
    source: str
    events: int
    skipped: int
    problems: tuple[str, ...]
    ignored: tuple[str, ...]
    """Files beside it that are no source, each with the reason."""
    first_at: float | None
    last_at: float | None
    commits: int = 0
    """How many of the events are commits."""


@dataclass(frozen=True)
class Report:
    """What a scan read, learned and found; the strongest incidents stand in the order of their rank."""

    sources: list[Summary]
    model: dict[str, object]
    incidents: list[Incident]
    incident_count: int
    """How many incidents there are, listed or not."""
    totals: Totals
    duplicates: int
    """Events that came more than once, by their ids."""
    strangest: tuple[IncidentEvent, ...] = ()
    """The few events of highest score, in incidents or not."""

    @property
    def first_at(self) -> float:
        """Return when the first event happened; 0 where nothing is known."""
        return min((s.first_at for s in self.sources if s.first_at is not None), default=0.0)

    @property
    def last_at(self) -> float:
        """Return when the last event happened; 0 where nothing is known."""
        return max((s.last_at for s in self.sources if s.last_at is not None), default=0.0)

    @property
    def span_s(self) -> float:
        """Return the time between the first and the last event, in seconds."""
        return self.last_at - self.first_at

    @property
    def highest_risk(self) -> float:
        """Return the risk of the incident that ranks first; 0 where there is none."""
        return self.incidents[0].risk if self.incidents else 0.0
