"""What the templates are given of incidents, events and entities: a shape and the words beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from models.history import FIRST_FIT
from models.signals import SIGNALS
from service.incident import Role
from service.shapes import EntityShape, EventShape, IncidentDetail, IncidentShape, OrganisationShape, ReasonShape
from service.web import charts, phrases
from service.words import count, duration, every, plain

OPEN = {"new", "in_progress"}
_LANES = 6


def row(incident: IncidentShape) -> dict[str, Any]:
    """Return an incident as lists and its own page show it."""
    lasted = (incident.last_at - incident.first_at).total_seconds()
    says, teaches = phrases.VERDICTS[incident.verdict] if incident.verdict else ("", "")
    return dict(incident) | {
        "telling": telling(incident.reasons),
        "lasted": duration(lasted) if lasted >= 60 else "",
        "status_words": phrases.STATUS_WORDS[incident.status],
        "is_closable": incident.status.value in OPEN,
        "verdict_words": says,
        "verdict_teaches": teaches,
    }


def means(incident: IncidentShape) -> str:
    """Return what an incident's risk says, as a sentence."""
    if incident.return_period_s <= 0:
        return "How often this organisation sees an incident like it is not known yet."
    return f"This organisation sees an incident at least as strange {every(incident.return_period_s)}."


def telling(reasons_: Sequence[ReasonShape], most: int = 2) -> list[ReasonShape]:
    """Return the strongest reasons, each of another family: the second of a kind adds little."""
    by_family: dict[str, ReasonShape] = {}
    for reason in reasons_:
        by_family.setdefault(reason.family, reason)
    return list(by_family.values())[:most]


def reasons(all_: Iterable[ReasonShape]) -> list[dict[str, Any]]:
    """Return why-bars: what was seen, what would have been usual, and against whose history.

    Reasons of one feature share a bar, the strongest's; the others stand below it.
    """
    alike: dict[str, list[ReasonShape]] = defaultdict(list)
    for reason in all_:
        alike[reason.feature].append(reason)
    return [
        dict(strongest)
        | {
            "value": phrases.shortened(strongest.value),
            "usual": phrases.shortened(strongest.usual),
            "share": charts.share(strongest.weight, charts.FULL_BITS),
            "compared_with": phrases.compared_with(strongest.feature, strongest.n),
            "is_signal": strongest.feature in SIGNALS,
            "wider": phrases.wider(strongest.feature, strongest.n),
            "likewise": others,
        }
        for strongest, *others in alike.values()
    ]


def families(incident: IncidentShape) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the independent kinds of evidence with their strongest reason's bits, and those no reason is told of."""
    bits: dict[str, float] = defaultdict(float)
    for reason in incident.reasons:
        bits[reason.family] = max(bits[reason.family], reason.weight)
    told = sorted(bits.items(), key=lambda item: -item[1])
    bars = [{"name": name, "bits": weight, "share": charts.share(weight, charts.FULL_BITS)} for name, weight in told]
    return bars, [phrases.family(name) for name in incident.families if name not in bits]


def event(shape: EventShape) -> dict[str, Any]:
    """Return an event as tables show it, with everything that is known of it folded away."""
    details: list[tuple[str, list[str]]] = [("reference", [shape.ref])]
    details += [("source", [shape.source])] if shape.source else []
    details += [("why", [reason.text for reason in shape.reasons])] if shape.reasons else []
    details += [(key.replace("_", " "), [value]) for key, value in shape.links.items()]
    details += [(key.replace("_", " "), _values(value)) for key, value in shape.facts.items()]
    details += [(key.replace("_", " "), [f"{value:g}"]) for key, value in shape.numbers.items()]
    details += [("model version", [shape.model_version])] if shape.model_version else []
    return dict(shape) | {"details": details, "role": shape.role.value}


def _values(value: str | list[str]) -> list[str]:
    return value[:50] if isinstance(value, list) else [value]


def lanes(incident: IncidentDetail) -> list[dict[str, Any]]:
    """Return the timeline: a strip for each of the busiest actors, or each of the commonest acts of one actor."""
    events = sorted(incident.events, key=lambda one: one.time)
    by_actor = len({one.actor for one in events}) > 1
    strips: dict[str, list[EventShape]] = defaultdict(list)
    for one in events:
        strips[phrases.bare(one.actor) if by_actor else one.action].append(one)
    named = sorted(strips.items(), key=lambda item: -len(item[1]))
    rest = [one for _, some in named[_LANES - 1 :] for one in some]
    kept = named if len(named) <= _LANES else [*named[: _LANES - 1], (f"{len(named) - _LANES + 1} others", rest)]
    highest = max((one.score for one in events), default=1.0)
    span = (events[0].time, events[-1].time) if events else (incident.first_at, incident.last_at)
    return [_lane(name, some, span, highest) for name, some in kept]


def _lane(name: str, events: Sequence[EventShape], span: tuple[datetime, datetime], highest: float) -> dict[str, Any]:
    marks = [
        charts.mark(
            one.time,
            one.score,
            span=span,
            highest=highest,
            label=plain(f"{one.time:%H:%M:%S} {one.actor} {one.action} {one.entity}: {one.score:.1f} bits", 300),
            context=one.role is Role.CONTEXT,
        )
        for one in events
    ]
    return {"name": name, "marks": marks, "label": plain(f"{name}: {count(len(events), 'event')}", 200)}


def baseline(entity: EntityShape) -> list[dict[str, Any]]:
    """Return what is usual for an entity: each respect without whose it is, digests by their beginning."""
    return [
        {"about": phrases.respect(one.about), "usual": [phrases.shortened(value) for value in one.usual], "n": one.n}
        for one in entity.baseline
    ]


def counted(counts: Mapping[str, int], most: int = 8) -> list[dict[str, Any]]:
    """Return names by how often, with a bar each."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]
    highest = ordered[0][1] if ordered else 1
    return [{"name": name, "count": number, "share": charts.share(number, highest)} for name, number in ordered]


def warm_up(organisation: OrganisationShape | None) -> list[dict[str, Any]]:
    """Return how far each kind of event has come towards a model of its own."""
    kinds = organisation.summary.get("kinds", {}) if organisation else {}
    if not isinstance(kinds, dict):
        return []
    return [_learned(str(name), kind) for name, kind in kinds.items() if isinstance(kind, dict) and kind.get("rows")]


def _learned(name: str, kind: Mapping[str, Any]) -> dict[str, Any]:
    rows, fits = int(kind["rows"]), int(kind.get("fits") or 0)
    if fits:
        return {"name": name, "share": 100, "words": f"{count(rows, 'event')}, its model fitted {count(fits, 'time')}"}
    words = f"{count(rows, 'event')}; about {FIRST_FIT} make a first model, until then novelty alone decides"
    return {"name": name, "share": min(95, charts.share(rows, FIRST_FIT)), "words": words}
