"""Title and summary of an incident, in the words of its evidence."""

from __future__ import annotations

from collections import Counter

from service.incident import Incident

FAMILY_WORDS = {
    "action": "what was done",
    "branch": "the branch",
    "client": "the client used",
    "content": "what the files say",
    "credential": "the credential",
    "duration": "how long it took",
    "encoded": "encoded data",
    "fan_out": "how far it reached",
    "fork": "code from a fork",
    "history": "rewritten history",
    "host": "hosts contacted",
    "identity": "who did it",
    "install_script": "an install script",
    "log_text": "what was printed",
    "merge": "the merge",
    "model": "the model artefact",
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


def name_incident(incident: Incident) -> None:
    """Write title and summary from the events and the strongest reasons."""
    incident.title = _subject(incident)
    words = [FAMILY_WORDS.get(family, family) for family in incident.families[:6]]
    facts = "; ".join(reason.text for reason in incident.reasons[:3])
    kinds = f"{len(incident.families)} kind{'s' if len(incident.families) != 1 else ''} of evidence"
    who = "One event stands" if len(incident.events) == 1 else f"{len(incident.events)} events stand"
    incident.summary = f"{who} out by {kinds} ({', '.join(words)}). {facts}."


def _subject(incident: Incident) -> str:
    actors = Counter(event.actor for event in incident.events)
    actions = Counter(event.action for event in incident.events)
    entities = list(dict.fromkeys(event.entity for event in incident.events))
    actor = actors.most_common(1)[0][0]
    others = f" and {len(actors) - 1} more" if len(actors) > 1 else ""
    shown = ", ".join(name for name, _ in actions.most_common(2))
    more = f" and {len(actions) - 2} other acts" if len(actions) > 2 else ""
    where = entities[0] if len(entities) == 1 else f"{entities[0]} and {len(entities) - 1} more"
    return f"{actor}{others}, {shown}{more} on {where}"
