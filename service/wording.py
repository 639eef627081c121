"""Title and summary of an incident, in the words of its evidence."""

from __future__ import annotations

from collections.abc import Sequence

from collector.event import WATCH, ActorType
from service.incident import Incident, IncidentEvent

FAMILY_WORDS = {
    "action": "what was done",
    "advisory": "what is known of a package",
    "branch": "the branch",
    "client": "the client used",
    "content": "what the files say",
    "coverage": "what can be seen at all",
    "credential": "the credential",
    "duration": "how long it took",
    "encoded": "encoded data",
    "fan_out": "how far it reached",
    "fork": "code from a fork",
    "history": "rewritten history",
    "host": "hosts contacted",
    "identity": "who did it",
    "install_script": "an install script",
    "integrity": "other content of the same version",
    "log_text": "what was printed",
    "look_alike": "names like others",
    "merge": "the merge",
    "model": "the model artefact",
    "model_code": "what a model would run",
    "network": "where it came from",
    "opaque": "opaque content",
    "package": "packages",
    "path": "which files",
    "pipeline": "how the pipeline ran",
    "rate": "how often",
    "reach": "what was touched",
    "registry": "the registry",
    "release": "the release",
    "review": "the lack of review",
    "runner": "the runner",
    "secret": "secrets passed",
    "sequence": "the order of acts",
    "setting": "settings",
    "signature": "the signature",
    "size": "the size",
    "template": "the same text elsewhere",
    "text": "the wording",
    "third_party": "third-party actions",
    "time": "the time",
    "zone": "the part of the tree",
}

ECHOES = frozenset({"run", "log"})
"""Kinds of events that follow from what somebody did."""
NEARLY = 0.6
"""Share of the strangest event's score from which a deed is told instead."""
_WATCHER = f"{ActorType.APP}:{WATCH}"
_OURS = {
    "source.silent": "fell silent",
    "source.failing": "cannot be asked any more",
    "source.unproven": "is not proven any more",
    "source.clock_drifts": "is wrong about the time",
}
"""What the watch tells of a source, in words."""


def name_incident(incident: Incident) -> None:
    """Write title and summary from the events and the strongest reasons."""
    incident.title = _subject(incident)
    words = [FAMILY_WORDS.get(family, family) for family in incident.families[:6]]
    facts = "; ".join(reason.text for reason in incident.reasons[:3])
    kinds = f"{len(incident.families)} kind{'s' if len(incident.families) != 1 else ''} of evidence"
    who = "One event stands" if len(incident.events) == 1 else f"{len(incident.events)} events stand"
    incident.summary = f"{who} out by {kinds} ({', '.join(words)}). {facts}."


def _subject(incident: Incident) -> str:
    """Return what stood for it most, and how much more there is: who is told of that looks in the right place."""
    first = _telling(incident.events)
    about_us = _OURS.get(first.action) if first.actor == _WATCHER else None
    rest = [f"{len(incident.events) - 1} more event{'s' if len(incident.events) > 2 else ''}"]
    actors = len({event.actor for event in incident.events})
    rest += [f"{actors} actors"] if actors > 1 else []
    with_more = f", with {' by '.join(rest)}" if len(incident.events) > 1 else ""
    told = f"{first.entity} {about_us}" if about_us else f"{first.actor}: {first.action} on {first.entity}"
    return f"{told}{with_more}"


def _telling(events: Sequence[IncidentEvent]) -> IncidentEvent:
    """Return the strangest event, or a deed nearly as strange: what somebody did says more than what then ran."""
    strangest = max(events, key=lambda event: event.score)
    deeds = [event for event in events if event.kind not in ECHOES]
    deed = max(deeds, key=lambda event: event.score, default=strangest)
    return deed if deed.score >= NEARLY * strangest.score else strangest
