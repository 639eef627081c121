"""The feed: the day's best within the budget on top, everything else below, to be filtered and searched."""

from __future__ import annotations

from datetime import datetime, timedelta
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
        wanted = _filter(asked, desk.now())
        listed = desk.feed.incidents(visit.name, wanted, after=asked.after or None, limit=PAGE)
        return visit.page("feed.html", _context(visit, asked, listed) | {"notice": _notice(visit, asked.done)})


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


def _context(visit: Visit, asked: Asked, listed: Page[IncidentShape]) -> dict[str, Any]:
    to = visit.links.to
    organisation = visit.organisation
    rows = [views.row(incident) for incident in listed.items]
    on_top = visit.desk.budget if asked.is_plain else 0
    return {
        "live_url": visit.live_url(),
        "here_url": to("/", **asked.query()),
        "asked": asked,
        "statuses": STATUSES,
        "risks": RISKS,
        "sinces": SINCES,
        "sorts": SORTS,
        "open_count": organisation.open_incidents if organisation else 0,
        "best": rows[:on_top],
        "rows": rows[on_top:],
        **_headings(visit, asked, listed.total or 0, len(rows[:on_top])),
        "first_url": to("/", **asked.query(after="")),
        "next_url": to("/", **asked.query(after=listed.next_cursor)) if listed.next_cursor else "",
        "is_empty": not (organisation and organisation.incidents) and not listed.items,
        "warm_up": views.warm_up(organisation),
        "hook_url": str(visit.request.base_url) + "hooks/github",
    }


def _headings(visit: Visit, asked: Asked, total: int, on_top: int) -> dict[str, Any]:
    below = total - on_top
    plain = "Everything else that is open" if on_top else "Open incidents"
    return {
        "best_note": f"the {on_top} riskiest of {count(total, 'open incident')}: the budget of a day"
        if below
        else f"all that is open; the budget of a day is {count(visit.desk.budget, 'incident')}",
        "today": _today(visit) if on_top else 0,
        "today_url": visit.links.to("/", since="1", sort="newest"),
        "list_heading": "Matching incidents" if asked.is_narrowed else plain,
        "list_note": count(below, "incident") if below > 0 else "",
    }


def _today(visit: Visit) -> int:
    """Return how many open incidents have events of the last 24 hours."""
    wanted = Filter(statuses=OPEN, since=visit.desk.now() - timedelta(days=1))
    feed, name = visit.desk.feed, visit.name
    found = visit.desk.remembered.answer(
        ("today", name), feed.revision(name), lambda: feed.incidents(name, wanted, limit=1)
    )
    return found.total or 0


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
