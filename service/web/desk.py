"""Desk and Visit: what the pages work with, and what one request may see of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException

from collector.stream.entry import SCRATCH, home_of
from service.feed import BadCursorError, Feed
from service.shapes import OrganisationShape
from service.store.errors import ConflictError, NotFoundError
from service.web.links import Links
from service.web.ports import Access, Caller, Drills, Models, Redelivery, Sources
from service.web.remembered import Remembered
from service.web.rendering import Renderer

MENU = (
    ("/", "Incidents"),
    ("/drills", "Drills"),
    ("/models", "Models"),
    ("/sources", "Sources"),
    ("/coverage", "Coverage"),
)
COOKIE = "unwonted_token"
_HERE = {"feed.html": "/", "incident.html": "/", "deliveries.html": "/sources", "delivery.html": "/sources"}
"""Where in the menu a page stands that is none of its own."""
DEFAULT = "default"


class SignInError(Exception):
    """Who asks must show a token first."""


@dataclass(frozen=True)
class Desk:
    """Everything the pages work with."""

    feed: Feed
    access: Access
    render: Renderer
    now: Callable[[], datetime]
    budget: int
    """Incidents a day that are put on top."""
    sources: Sources | None = None
    models: Models | None = None
    drills: Drills | None = None
    redelivery: Redelivery | None = None
    is_stopping: Callable[[], bool] = lambda: False
    """Tells whether the service is about to end, so that no stream holds it up."""
    remembered: Remembered = field(default_factory=Remembered)

    def caller(self, request: Request, scope: str) -> Caller:
        """Return who asks; raise SignInError, or HTTPException where a token does not reach so far."""
        caller = self.access.caller(request, request.cookies.get(COOKIE))
        if caller is None:
            raise SignInError
        if not caller.may(scope):
            raise HTTPException(
                403, f"Your token may not do this: it lacks the scope {scope}. Ask for one that has it."
            )
        return caller

    def visit(self, request: Request, scope: str = "read") -> Visit:
        """Return what a request may see; the organisation is the one asked for, or the one that says most."""
        caller = self.caller(request, scope)
        asked = request.query_params.get("organisation") or caller.organisation
        seen = [one for one in self._organisations(asked) if caller.organisation in {None, one.name, home_of(one.name)}]
        name = asked or _first(seen)
        if caller.organisation not in {None, name, home_of(name)}:
            raise HTTPException(404, "There is no such organisation, or your token is bound to another.")
        organisation = next((one for one in seen if one.name == name), None)
        return Visit(self, request, caller, Links(name), seen, organisation)

    def _organisations(self, asked: str | None) -> list[OrganisationShape]:
        if asked is None:
            return self.feed.organisations()
        return self.remembered.answer(("organisations", asked), self.feed.revision(asked), self.feed.organisations)

    def problem(self, heading: str, message: str, status: int) -> HTMLResponse:
        """Return a page that says what went wrong."""
        return self.render("problem.html", bare_context() | {"heading": heading, "message": message}, status)

    def mend(self, request: Request, error: Exception) -> Response | None:
        """Return the answer to an error that a reader can do something about; nothing for a fault of ours."""
        if isinstance(error, SignInError) and request.method == "GET" and "hx-request" not in request.headers:
            return RedirectResponse(Links(DEFAULT).to("/login", next=_wanted(request)), 303)
        known = _explain(error)
        return self.problem(*known) if known else None


@dataclass(frozen=True)
class Visit:
    """One request of somebody who may make it."""

    desk: Desk
    request: Request
    caller: Caller
    links: Links
    organisations: list[OrganisationShape]
    organisation: OrganisationShape | None

    def page(self, template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
        """Return a page of this organisation, live where the context says so."""
        here = _HERE.get(template, self.request.url.path)
        told = bare_context() | {
            "links": self.links,
            "here": here,
            "organisations": self.organisations,
            "organisation": self.organisation,
            "is_drill": SCRATCH in self.links.organisation,
            "home": home_of(self.links.organisation),
            "is_signed_in": COOKIE in self.request.cookies,
        }
        return self.desk.render(template, told | dict(context), status)

    @property
    def name(self) -> str:
        """The organisation looked at."""
        return self.links.organisation

    def live_url(self) -> str:
        """Return where changes after this very page are told."""
        return self.links.to("/live", seen=self.desk.feed.revision(self.name))


def bare_context() -> dict[str, Any]:
    """Return what the frame of every page needs, for somebody of whom nothing is known."""
    return {
        "links": Links(DEFAULT),
        "menu": MENU,
        "here": "",
        "live_url": "",
        "organisations": [],
        "organisation": None,
        "is_drill": False,
        "home": "",
        "is_signed_in": False,
    }


def _first(organisations: list[OrganisationShape]) -> str:
    """Return the organisation to begin with: the default one where it has events, else the busiest."""
    ordered = sorted(
        organisations, key=lambda one: (one.events > 0, one.name == DEFAULT, SCRATCH not in one.name, one.events)
    )
    return ordered[-1].name if ordered else DEFAULT


def _wanted(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _explain(error: Exception) -> tuple[str, str, int] | None:
    """Return what a page says of an error: heading, message and status."""
    match error:
        case SignInError():
            return "Sign in first", "Your session has ended. Sign in, then do it again.", 401
        case HTTPException():
            return "This did not work", str(error.detail), error.status_code
        case RequestValidationError():
            return "This cannot be read", _invalid(error), 422
    known = next((told for kind, told in _HEADINGS.items() if isinstance(error, kind)), None)
    return known and (known[0], f"{str(error)[:1].upper()}{str(error)[1:]}.", known[1])


_HEADINGS: dict[type[Exception], tuple[str, int]] = {
    NotFoundError: ("Not found", 404),
    ConflictError: ("This is not possible", 409),
    BadCursorError: ("This page of the list is gone", 400),
}


def _invalid(error: RequestValidationError) -> str:
    wrong = [f"{one['loc'][-1]}: {one['msg']}" for one in error.errors()]
    return f"{'; '.join(wrong)}. Go back, correct it and send it again."
