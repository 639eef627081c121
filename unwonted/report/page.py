"""The HTML report: one file that needs no script, no network and trusts no text it shows."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from models.finding import Reason
from service.incident import Incident, IncidentEvent
from service.words import count, day, duration, listed, minute, moment, plain, title_of
from unwonted.report import verdict
from unwonted.report.blind import blind_spots
from unwonted.report.report import Report

_FULL_BITS = 16.0
"""A reason's bar is full at this surprise."""
_NAMES = 8
_WIDTH, _HEIGHT, _TICK = 1000, 36, 4


def to_html(report: Report, version: str, top: int) -> bytes:
    """Return the page; `top` leaves out the incidents ranked lower, and says how many."""
    environment = Environment(
        loader=PackageLoader("unwonted.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["plain"] = plain
    css = _css(environment)
    shown = report.incidents[:top]
    start, end = report.first_at, report.last_at
    page = environment.get_template("report.html").render(
        css=Markup(css),  # noqa: S704  # our own file
        css_digest=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode(),
        version=version,
        headline=verdict.headline(report),
        read=verdict.read(report),
        learned=verdict.learned(report),
        first=day(start),
        last=day(end),
        incidents=[_incident(rank, incident, report) for rank, incident in enumerate(shown, 1)],
        strangest=_events(() if report.incidents else report.strangest),
        below=_below(report.incident_count - len(shown)),
        blind_spots=blind_spots(report.totals.sources),
    )
    return page.encode(errors="replace")


def level(risk: float) -> str:
    """Return the name of a risk's colour."""
    return "high" if risk >= 90 else "mid" if risk >= 75 else "low"


def _css(environment: Environment) -> str:
    return environment.get_template("report.css").render()


def _below(number: int) -> str:
    lie = "lies" if number == 1 else "lie"
    return f"{count(number, 'more incident')} {lie} below these; --top shows them." if number > 0 else ""


def _incident(rank: int, incident: Incident, report: Report) -> dict[str, Any]:
    length = incident.last_at - incident.first_at
    return {
        "rank": rank,
        "risk": f"{incident.risk:.0f}",
        "level": level(incident.risk),
        "title": title_of(incident),
        "short_title": plain(title_of(incident), 110),
        "summary": plain(incident.summary, 1000),
        "when": minute(incident.first_at),
        "until": minute(incident.last_at),
        "lasted": duration(length) if length >= 60 else "",
        "often": verdict.frequency(incident.return_period_s, report),
        "actors": listed(incident.actors, _NAMES),
        "entities": listed(incident.entities, _NAMES),
        "reasons": [_reason(reason) for reason in incident.reasons],
        "events": _events(incident.events),
        "event_count": count(len(incident.events), "event"),
        "at": _place(incident.first_at, report.first_at, report.last_at),
        "height": max(2, round(_HEIGHT * incident.risk / 100)),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "text": plain(reason.text, 400),
        "value": plain(reason.value, 200),
        "usual": plain(reason.usual, 200),
        "bits": f"{reason.weight:.1f}",
        "share": round(100 * min(1.0, max(0.0, reason.weight) / _FULL_BITS)),
    }


def _events(events: Sequence[IncidentEvent]) -> list[dict[str, Any]]:
    ordered = sorted(events, key=lambda event: event.time)
    highest = max((event.score for event in events), default=1.0) or 1.0
    return [
        {
            "time": f"{moment(event.time):%Y-%m-%d %H:%M:%S}",
            "actor": plain(event.actor, 100),
            "action": plain(event.action, 100),
            "entity": plain(event.entity, 200),
            "ref": plain(event.ref, 200),
            "bits": f"{event.score:.1f}",
            "role": event.role.value,
            "at": _place(event.time, ordered[0].time, ordered[-1].time),
            "height": max(2, round(_HEIGHT * max(0.0, event.score) / highest)),
        }
        for event in ordered
    ]


def _place(time: float, start: float, end: float) -> int:
    """Return where on a strip a time stands; alone it stands in the middle."""
    share = (time - start) / (end - start) if end > start else 0.5
    return round((_WIDTH - _TICK) * min(1.0, max(0.0, share)))
