"""An actor or an entity: when it acts, what is usual for it, and what of it stood out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from service.store.errors import NotFoundError
from service.web import charts, views
from service.web.desk import Desk
from service.words import count


def add_entity(router: APIRouter, desk: Desk) -> None:
    """Add the page of an actor or entity."""

    @router.get("/entities")
    def entity(
        request: Request,
        type: Annotated[str, Query(max_length=100)],  # noqa: A002  # what the address calls it
        name: Annotated[str, Query(max_length=2000)],
    ) -> HTMLResponse:
        visit = desk.visit(request)
        found = desk.feed.entity(visit.name, type, name)
        if found is None:
            raise NotFoundError(f"nothing is known of {type}:{name} in {visit.name}")
        busiest = max(range(len(found.hours)), key=found.hours.__getitem__, default=0)
        last = found.last_at or desk.now()
        days = count(len(found.days), "day")
        context = {
            "entity": found,
            "baseline": views.baseline(found),
            "written": f"{type}:{name}",
            "hours": charts.bars(found.hours, charts.hour_labels(found.hours)),
            "hours_label": f"Events by hour of the day, UTC; most at {busiest:02d}:00",
            "days": charts.bars(found.days, charts.day_labels(found.days, last)),
            "days_label": f"Events a day over {days}, {sum(found.days):,} in all",
            "incidents": [views.row(incident) for incident in found.incidents],
            "strangest": [views.event(event) for event in found.strangest],
            "actions": views.counted(found.actions),
            "peers": views.counted(found.peers, 12),
        }
        return visit.page("entity.html", context)
