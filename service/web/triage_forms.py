"""Forms by which people say what an incident was: each changes something, then shows the page anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import Field

from collector.stream.entry import Verdict
from service.incident import Status
from service.shapes import Shape
from service.store.errors import ConflictError
from service.web.desk import Desk, Visit
from service.web.incident_pages import Conflict, Entered, in_words, incident_page, require
from service.web.security import local_path, same_origin

LONGEST = 10_000


class VerdictForm(Shape):
    """What an incident was, and why."""

    verdict: Verdict
    version: int = Field(ge=0)
    """The change the reader had seen."""
    heard: int = Field(0, ge=0)
    """How many acts of people the reader had seen."""
    comment: str = Field("", max_length=LONGEST)
    next: str = Field("", max_length=LONGEST)
    """Where to go on to."""


class TriageForm(Shape):
    """Who works on an incident, and how far they are."""

    status: Status
    version: int = Field(ge=0)
    heard: int = Field(0, ge=0)
    assignee: str = Field("", max_length=100)


def add_triage(router: APIRouter, desk: Desk) -> None:
    """Add the forms of an incident."""

    @router.post("/incidents/{identity}/verdict", dependencies=[Depends(same_origin)])
    def verdict(request: Request, identity: str, form: Annotated[VerdictForm, Form()]) -> Response:
        visit = desk.visit(request, "triage")
        name, comment = visit.caller.name, form.comment.strip()

        def act() -> None:
            desk.feed.verdict(visit.name, identity, form.verdict, comment, by=name, version=form.version)

        done = _with(form.next, identity) if form.next else visit.links.incident(identity) + "#verdict"
        return _act(visit, identity, act, done, (Entered(verdict=form.verdict, comment=form.comment), form.heard))

    @router.post("/incidents/{identity}/triage", dependencies=[Depends(same_origin)])
    def triage(request: Request, identity: str, form: Annotated[TriageForm, Form()]) -> Response:
        visit = desk.visit(request, "triage")
        name, assignee = visit.caller.name, form.assignee.strip()

        def act() -> None:
            desk.feed.triage(visit.name, identity, status=form.status, assignee=assignee, by=name, version=form.version)

        entered = (Entered(status=form.status, assignee=form.assignee), form.heard)
        return _act(visit, identity, act, visit.links.incident(identity) + "#triage", entered)

    @router.post("/incidents/{identity}/comments", dependencies=[Depends(same_origin)])
    def comment(request: Request, identity: str, text: Annotated[str, Form(max_length=LONGEST)]) -> Response:
        visit = desk.visit(request, "triage")
        if not text.strip():
            raise HTTPException(422, "The comment is empty. Write something, then send it again.")
        desk.feed.comment(visit.name, identity, text.strip(), by=visit.caller.name)
        return RedirectResponse(visit.links.incident(identity) + "#comments", 303)


def _act(visit: Visit, identity: str, act: Callable[[], None], done: str, entered: tuple[Entered, int]) -> Response:
    """Do it and show what came of it; on a conflict say what others did meanwhile, and keep what was entered."""
    try:
        act()
    except ConflictError:
        now = require(visit, identity)
        given, heard = entered
        message = f"It was closed, assigned or judged by somebody else; it is now at change {now.version}."
        return incident_page(visit, now, entered=given, conflict=Conflict(message, in_words(now, heard)))
    return RedirectResponse(done, 303)


def _with(target: str, identity: str) -> str:
    """Return a local address that also says which incident was closed."""
    path = local_path(target)
    return f"{path}{'&' if '?' in path else '?'}done={identity}"
