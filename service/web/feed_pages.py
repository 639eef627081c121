"""The feed: the day's best within the budget on top, everything else below, to be filtered and searched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from service.feed import Filter, Page, Sort
from service.feed.filters import OPEN
from service.incident import Status
from service.shapes import IncidentShape
from service.web import views
from service.web.asked import RISKS, SINCES, SORTS, STATUSES, Asked
from service.web.desk import Desk, Visit
from service.words import count

PAGE = 40


def add_feed(router: APIRouter, desk: Desk) -> None:
    """Add the feed's page."""

    @router.get("/")
    def feed(request: Request, asked: Annotated[Asked, Query()]) -> HTMLResponse:
        visit = desk.visit(request)
        best = _best(visit) if asked.is_plain else Page[IncidentShape]([], None, 0)
        wanted = _filter(asked, desk.now())
        listed = desk.feed.incidents(visit.name, wanted, after=asked.after or None, limit=PAGE)
        return visit.page("feed.html", _context(visit, asked, best, listed) | {"notice": _notice(visit, asked.done)})


def _filter(asked: Asked, now: datetime) -> Filter:
    statuses = {"open": OPEN, "all": frozenset[Status]()}.get(asked.status)
    return Filter(
        statuses=frozenset({Status(asked.status)}) if statuses is None else statuses,
        source=asked.source,
        entity=asked.entity,
        actor=asked.actor,
        since=asked.since_time(now),
        minimum_risk=float(asked.minimum_risk or 0),
        text=asked.text,
        sort=Sort(asked.sort),
    )


def _day(visit: Visit) -> datetime:
    """Return when the day of the budget began: today, or the last day that told of anything."""
    last = visit.organisation.last_at if visit.organisation else None
    now = visit.desk.now()
    return min(now, last or now).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _best(visit: Visit) -> Page[IncidentShape]:
    wanted = Filter(statuses=OPEN, since=_day(visit))
    return visit.desk.feed.incidents(visit.name, wanted, limit=visit.desk.budget)


def _context(visit: Visit, asked: Asked, best: Page[IncidentShape], listed: Page[IncidentShape]) -> dict[str, Any]:
    on_top = {incident.id for incident in best.items}
    to = visit.links.to
    organisation = visit.organisation
    return {
        "live_url": visit.live_url(),
        "here_url": to("/", **asked.query()),
        "asked": asked,
        "statuses": STATUSES,
        "risks": RISKS,
        "sinces": SINCES,
        "sorts": SORTS,
        "open_count": organisation.open_incidents if organisation else 0,
        "best": [views.row(incident) for incident in best.items],
        **_headings(visit, asked, best, listed),
        "rows": [views.row(incident) for incident in listed.items if incident.id not in on_top],
        "first_url": to("/", **asked.query(after="")),
        "next_url": to("/", **asked.query(after=listed.next_cursor)) if listed.next_cursor else "",
        "is_empty": not (organisation and organisation.incidents) and not listed.items,
        "warm_up": views.warm_up(organisation),
        "hook_url": str(visit.request.base_url) + "hooks/github",
    }


def _headings(visit: Visit, asked: Asked, best: Page[IncidentShape], listed: Page[IncidentShape]) -> dict[str, str]:
    day, shown = _day(visit), len(best.items)
    is_today = visit.desk.now() - day < timedelta(days=1)
    others = (best.total or shown) - shown
    note = f"the {shown} riskiest of {best.total or shown} open; the budget is {visit.desk.budget} a day"
    heading = (
        "Matching incidents"
        if asked.is_narrowed
        else "Everything else that is open"
        if best.items
        else "Open incidents"
    )
    total = (listed.total or 0) - shown
    return {
        "best_heading": "Today" if is_today else f"{day:%A %-d %B %Y}, the last day with events",
        "best_note": note if others else f"all that is open; the budget is {visit.desk.budget} a day",
        "list_heading": heading,
        "list_note": count(total, "incident") if total > 0 else "",
    }


def _notice(visit: Visit, done: str) -> dict[str, str] | None:
    """Return what became of the incident that was just closed."""
    incident = visit.desk.feed.incident(visit.name, done) if done else None
    if incident is None:
        return None
    row = views.row(incident)
    said = (
        f"Closed as “{row['verdict_words'].lower()}”:" if row["verdict_words"] else f"It is {row['status_words']} now:"
    )
    return {"text": said, "link": visit.links.incident(done), "link_text": incident.title}
