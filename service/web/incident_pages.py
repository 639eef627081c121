"""One incident: why it stands out, what happened, and what people make of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from service.incident import Status
from service.shapes import EventShape, IncidentDetail
from service.store.errors import NotFoundError
from service.web import phrases, views
from service.web.desk import Desk, Visit
from service.web.security import local_path
from service.words import count

RELATED = 5
SHOWN = 20
"""Events listed at first, the strangest."""
CHOICES = tuple((verdict.value, words) for verdict, words in phrases.VERDICTS.items())
STATUSES = tuple((status.value, phrases.STATUS_WORDS[status].capitalize()) for status in Status)


@dataclass(frozen=True)
class Entered:
    """What somebody entered in a form; kept when it could not be saved."""

    verdict: str = ""
    comment: str = ""
    status: str = ""
    assignee: str | None = None
    text: str = ""


@dataclass(frozen=True)
class Conflict:
    """Why something could not be saved."""

    message: str
    changes: list[str] = field(default_factory=list)


def add_incident(router: APIRouter, desk: Desk) -> None:
    """Add an incident's pages."""

    @router.get("/incidents/{identity}")
    def incident(request: Request, identity: str, events: Annotated[str, Query(max_length=2000)] = "") -> HTMLResponse:
        visit = desk.visit(request)
        return incident_page(visit, require(visit, identity), events)

    @router.get("/incidents/{identity}/close")
    def close(request: Request, identity: str) -> HTMLResponse:
        visit = desk.visit(request)
        found = require(visit, identity)
        context = {"incident": views.row(found), "verdicts": CHOICES, "seen": Entered(), "next": _back(request, visit)}
        return visit.page("close.html", context | {"heard": len(found.history)})

    @router.get("/incidents/{identity}/changed")
    def changed(request: Request, identity: str, seen: Annotated[str, Query(max_length=60)] = "") -> Response:
        visit = desk.visit(request)
        found = require(visit, identity)
        text = _what_changed(found, seen)
        if not text:
            return Response(status_code=204)
        return desk.render("changed.html", {"text": text, "link": visit.links.incident(identity)})


def require(visit: Visit, identity: str) -> IncidentDetail:
    """Return an incident; raise NotFoundError."""
    found = visit.desk.feed.incident(visit.name, identity)
    if found is None:
        raise NotFoundError(
            f"there is no incident {identity} in {visit.name}; it may have been removed or never shown here"
        )
    return found


def incident_page(
    visit: Visit,
    incident: IncidentDetail,
    events: str = "",
    *,
    entered: Entered | None = None,
    conflict: Conflict | None = None,
) -> HTMLResponse:
    """Return an incident's page; with a conflict, what was entered stands in its forms again."""
    given = entered or Entered()
    agreeing, silent = views.families(incident)
    seen = {
        "verdict": given.verdict or (incident.verdict.value if incident.verdict else ""),
        "comment": given.comment,
        "status": given.status or incident.status.value,
        "assignee": incident.assignee if given.assignee is None else given.assignee,
        "text": given.text,
    }
    context = {
        "live_url": visit.live_url(),
        "incident": views.row(incident),
        "means": views.means(incident),
        "whys": views.reasons(incident.reasons),
        "lanes": views.lanes(incident),
        "families": agreeing,
        "silent": silent,
        "related": _related(visit, incident),
        "verdicts": CHOICES,
        "triage_statuses": STATUSES,
        "heard": len(incident.history),
        "history": incident.history[-20:],
        "seen": seen,
        "conflict": conflict,
        "changed_url": visit.links.incident(incident.id, "changed", seen=_mark(incident)),
        **_evidence(visit, incident, events),
    }
    return visit.page("incident.html", context, 409 if conflict else 200)


def _evidence(visit: Visit, incident: IncidentDetail, events: str) -> dict[str, Any]:
    """Return the table of events: the strangest in order, or all of them page by page."""
    links, more = visit.links, ""
    shown = sorted(incident.events, key=lambda one: -one.score)[:SHOWN]
    note = count(incident.event_count, "event")
    if events:
        page = visit.desk.feed.incident_events(visit.name, incident.id, after=None if events == "all" else events)
        shown = page.items
        more = links.incident(incident.id, events=page.next_cursor) + "#evidence" if page.next_cursor else ""
    elif len(shown) < incident.event_count:
        note = f"the {len(shown)} strangest of {note}"
        more = links.incident(incident.id, events="all") + "#evidence"
    return {
        "evidence": _events(shown),
        "evidence_note": note,
        "first_events_url": links.incident(incident.id) + "#evidence" if events else "",
        "more_events_url": more,
        "more_events_words": "More events" if events else f"All {incident.event_count:,} events in order",
    }


def _events(shown: list[EventShape]) -> list[dict[str, Any]]:
    return [views.event(one) for one in sorted(shown, key=lambda one: one.time)]


def _related(visit: Visit, incident: IncidentDetail) -> list[dict[str, Any]]:
    found = [visit.desk.feed.incident(visit.name, name) for name in incident.related[:RELATED]]
    return [views.row(one) for one in found if one is not None]


def _mark(incident: IncidentDetail) -> str:
    return f"{incident.event_count}.{incident.version}.{len(incident.comments)}"


def _what_changed(incident: IncidentDetail, seen: str) -> str:
    """Return what became different since somebody saw an incident; nothing where it is the same."""
    try:
        events, version, comments = (int(number) for number in seen.split("."))
    except ValueError:
        return ""
    told = []
    if incident.event_count > events:
        told.append(count(incident.event_count - events, "new event"))
    if len(incident.comments) > comments:
        told.append(count(len(incident.comments) - comments, "new comment"))
    if incident.version != version and incident.history:
        told.append(in_words(incident, len(incident.history) - 1)[0])
    return f"This incident changed: {', '.join(told)}." if told else ""


def in_words(incident: IncidentDetail, after: int) -> list[str]:
    """Return what people did with an incident after the first so many acts."""
    return [f"{change.by}: {change.what}" for change in incident.history[after:]]


def _back(request: Request, visit: Visit) -> str:
    """Return where to go on after closing: the list the reader came from."""
    referer = request.headers.get("referer", "")
    base = str(request.base_url).rstrip("/")
    came = referer.removeprefix(base) if referer.startswith(f"{base}/") else ""
    return local_path(came) if came.startswith("/?") else visit.links.to("/")
