"""The routes of the page, put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from service.feed import Feed
from service.web.assets import load_assets
from service.web.desk import Desk, bare_context
from service.web.entity_pages import add_entity
from service.web.feed_pages import add_feed
from service.web.incident_pages import add_incident
from service.web.live import add_live
from service.web.login import add_login
from service.web.ports import Access, Drills, Models, Redelivery, Sources
from service.web.rendering import Renderer
from service.web.security import HEADERS, PRIVATE, secured
from service.web.source_pages import add_sources
from service.web.triage_forms import add_triage
from service.web.upkeep_pages import add_upkeep

BUDGET = 5
"""Incidents a day that a small team can handle."""
KEPT = "public, max-age=31536000, immutable"


def _now() -> datetime:
    return datetime.now(UTC)


def page_router(  # noqa: PLR0913  # everything the page is wired to
    feed: Feed,
    access: Access,
    *,
    sources: Sources | None = None,
    models: Models | None = None,
    drills: Drills | None = None,
    redelivery: Redelivery | None = None,
    budget: int = BUDGET,
    version: str = "",
    now: Callable[[], datetime] = _now,
    is_stopping: Callable[[], bool] = lambda: False,
) -> APIRouter:
    """Return the triage page: its routes, forms, stream of changes and static files."""
    assets = load_assets()
    render = Renderer(assets, version, now)
    desk = Desk(feed, access, render, now, budget, sources, models, drills, redelivery, is_stopping)
    router = APIRouter(route_class=secured(desk.mend), include_in_schema=False)
    for add in (add_feed, add_incident, add_triage, add_entity, add_sources, add_upkeep, add_live, add_login):
        add(router, desk)

    @router.get("/static/{name}")
    def static(request: Request, name: str) -> Response:
        asset = assets.get(name)
        if asset is None:
            raise HTTPException(404, "There is no such file.")
        cached = KEPT if request.url.query == asset.digest else "no-cache"
        return Response(asset.body, media_type=asset.media_type, headers={"Cache-Control": cached})

    return router


def unknown_page(version: str = "", now: Callable[[], datetime] = _now) -> Callable[[Request, HTTPException], Response]:
    """Return what answers an address that nobody serves: a page that says so."""
    render = Renderer(load_assets(), version, now)

    def answer(request: Request, error: HTTPException) -> Response:
        message = f"{request.method} {request.url.path} is no address of this service."
        told = bare_context() | {
            "heading": "Not found" if error.status_code == 404 else "Not possible",
            "message": message,
        }
        response = render("problem.html", told, error.status_code)
        response.headers.update(HEADERS | PRIVATE | dict(error.headers or {}))
        return response

    return answer
