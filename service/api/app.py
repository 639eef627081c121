"""The routes of the API, put together."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends

from service.api import drills, gate, health, incidents, live, lookups, models, sources, suppressions
from service.api.problems import MODEL, TYPE
from service.api.wiring import Wiring

PREFIX = "/api/v1"
OPENAPI_URL = f"{PREFIX}/openapi.json"
"""Where an application that has these routes should show what they are."""
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {TYPE: {"schema": MODEL}}}
    for status, description in (
        (401, "No token, or none that is valid."),
        (403, "The token may not do this."),
        (404, "There is no such thing."),
        (422, "The request does not say what it must."),
    )
}
_CHANGED: dict[int | str, dict[str, Any]] = {
    status: {"description": description, "content": {TYPE: {"schema": MODEL}}}
    for status, description in (
        (409, "Somebody else changed it at the same moment."),
        (412, "Somebody else changed it since it was read."),
        (428, "The change needs If-Match."),
    )
}


def build(wiring: Wiring) -> APIRouter:
    """Return every route of the API, and those for who watches the service, wired to their parts.

    An application includes it as it is, calls `install_problems`, and is made with `openapi_url=OPENAPI_URL`.
    """
    whole = APIRouter(dependencies=[Depends(wiring.attach)])
    whole.include_router(health.router)
    whole.include_router(incidents.router, prefix=PREFIX, responses={**_PROBLEMS, **_CHANGED})
    for part in (lookups, suppressions, models, drills, sources, live, gate):
        whole.include_router(part.router, prefix=PREFIX, responses={**_PROBLEMS})
    return whole
