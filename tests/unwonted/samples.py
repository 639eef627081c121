"""Readings, reports and small audit exports for the tests of the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from collector.event import Event, Kind
from service.incident import Incident, IncidentEvent, Role
from service.store.scored import Totals
from tests.service.stand_ins import DAY, START, make_incident
from unwonted.report.report import Report, Summary


class ListedReading:
    """A reading of events at hand."""

    def __init__(self, events: Sequence[Event], *, path: str = "audit.ndjson", keeps_order: bool = False) -> None:
        self.path = path
        self.source = "github.audit"
        self.keeps_order = keeps_order
        self.events_read = 0
        self.commits_read = 0
        self.skipped = 0
        self.problems: list[str] = []
        self.ignored: list[str] = []
        self.first_at: float | None = None
        self.last_at: float | None = None
        self._events = events

    def events(self) -> Iterator[Event]:
        """Yield the events."""
        for event in self._events:
            self.events_read += 1
            self.commits_read += event.kind is Kind.COMMIT
            self.first_at = min(event.observed_at, self.first_at or event.observed_at)
            self.last_at = max(event.observed_at, self.last_at or event.observed_at)
            yield event


def make_report(
    incidents: Sequence[Incident] = (),
    *,
    source: str = "github.audit",
    path: str = "audit.ndjson",
    commits: int = 0,
    skipped: int = 0,
    problems: tuple[str, ...] = (),
    days: float = 30.0,
    duplicates: int = 0,
    warm_up: int = 0,
) -> Report:
    """Return a report; name only what matters."""
    return Report(
        sources=[Summary(path, source, 1_500, skipped, problems, (), START, START + days * DAY, commits)],
        model={"version": "stub"},
        incidents=list(incidents),
        incident_count=len(incidents),
        totals=Totals(1_500, 12, 34, warm_up, len(incidents), (source,)),
        duplicates=duplicates,
        strangest=(
            IncidentEvent("e", "ref-e", START, "git.clone", "user:mona", "repo:acme/pay", 6.0, 0.02, Role.CONTEXT),
        ),
    )


def hostile_incident(text: str) -> Incident:
    """Return an incident whose every untrusted text is the given one."""
    incident = make_incident(title=text)
    incident.summary = text
    incident.actors, incident.entities = [text], [text]
    incident.reasons = [type(reason)(text, text, text, text, text, 9.0, 3.0) for reason in incident.reasons]
    incident.events = [IncidentEvent(text, text, START, text, text, text, 9.0, 0.002)]
    return incident


def write_audit(path: Path, *, entries: int = 40) -> Path:
    """Write a GitHub audit export: people clone, and at the end one opens a repository to the world."""
    lines = [
        {
            "@timestamp": int((START + n * 3600) * 1000),
            "_document_id": f"doc-{n}",
            "action": "git.clone",
            "actor": ("mona", "otto")[n % 2],
            "org": "acme",
            "repo": ("acme/pay", "acme/web")[n % 2],
        }
        for n in range(entries)
    ]
    lines.append(
        {
            "@timestamp": int((START + entries * 3600) * 1000),
            "_document_id": "doc-last",
            "action": "repo.access",
            "actor": "mallory",
            "org": "acme",
            "repo": "acme/secrets",
            "visibility": "public",
        }
    )
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path
