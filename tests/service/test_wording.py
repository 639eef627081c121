"""An incident's title says what somebody did, and how much more there is."""

from __future__ import annotations

import pytest

from service.incident import Incident, IncidentEvent
from service.wording import name_incident


def event(name: str, action: str, kind: str, score: float, actor: str = "user:mona") -> IncidentEvent:
    """Return one event of an incident."""
    return IncidentEvent(name, name, 0.0, action, actor, "repo:acme/pay", score, 2.0**-score, source="x", kind=kind)


@pytest.mark.parametrize(
    ("events", "title"),
    [
        ([event("a", "push", "change", 8.0)], "user:mona: push on repo:acme/pay"),
        (
            [event("a", "push", "change", 8.0), event("b", "log", "log", 12.0)],
            "user:mona: push on repo:acme/pay, with 1 more event",
        ),
        (
            [event("a", "push", "change", 3.0), event("b", "log", "log", 12.0, "user:otto")],
            "user:otto: log on repo:acme/pay, with 1 more event by 2 actors",
        ),
    ],
)
def test_title(events: list[IncidentEvent], title: str) -> None:
    """A deed is told before the run it started, unless the run is far stranger."""
    incident = Incident(id="inc_1", organisation="acme", first_at=0.0, last_at=0.0, events=events)
    name_incident(incident)
    assert incident.title == title


def test_what_the_watch_tells_is_told_of_its_source() -> None:
    """Nobody did it: the title says what is the matter with the source."""
    silent = IncidentEvent(
        "a", "a", 0.0, "source.silent", "app:unwonted", "source:github.webhook", 8.0, 0.1, source="unwonted"
    )
    incident = Incident(id="inc_1", organisation="acme", first_at=0.0, last_at=0.0, events=[silent])
    name_incident(incident)
    assert incident.title == "source:github.webhook fell silent"
