"""Drills and model versions: what keeps the feed worth reading."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from service.web import views
from service.web.desk import Desk
from service.web.ports import Models
from service.web.security import same_origin


def add_upkeep(router: APIRouter, desk: Desk) -> None:
    """Add the pages."""

    @router.get("/drills")
    def drills(request: Request) -> HTMLResponse:
        visit = desk.visit(request)
        port = desk.drills
        played = port.drills(visit.name) if port else []
        return visit.page(
            "drills.html", {"drills": played, "names": port.names() if port else [], "is_told": port is not None}
        )

    @router.get("/models")
    def models(request: Request) -> HTMLResponse:
        visit = desk.visit(request)
        context = {
            "versions": desk.models.versions(visit.name) if desk.models else [],
            "is_told": desk.models is not None,
            "may_change": desk.models is not None and visit.caller.may("admin"),
            "kinds": views.warm_up(visit.organisation),
        }
        return visit.page("models.html", context)

    _add_promotion(router, desk)


def _add_promotion(router: APIRouter, desk: Desk) -> None:
    @router.post("/models/promote", dependencies=[Depends(same_origin)])
    def promote(request: Request, version: Annotated[str, Form(max_length=100)]) -> Response:
        visit = desk.visit(request, "admin")
        _models(desk).promote(visit.name, version, visit.caller.name)
        return RedirectResponse(visit.links.to("/models"), 303)

    @router.post("/models/rollback", dependencies=[Depends(same_origin)])
    def rollback(request: Request) -> Response:
        visit = desk.visit(request, "admin")
        _models(desk).rollback(visit.name, visit.caller.name)
        return RedirectResponse(visit.links.to("/models"), 303)


def _models(desk: Desk) -> Models:
    if desk.models is None:
        raise HTTPException(404, "This service keeps no model versions.")
    return desk.models
