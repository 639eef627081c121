"""Server-sent events for the page: one word whenever the organisation's incidents changed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated

import anyio
from anyio import to_thread
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from service.web.desk import Desk

LOOK_S = 0.5
"""How often the store is asked; all readers of one organisation share the answer."""
HEARTBEAT_S = 15.0
LONGEST_S = 600.0
"""After so long the browser must connect again, and show again that it may."""


class Revisions:
    """The latest revision of each organisation, asked for at most every so often."""

    def __init__(self, ask: Callable[[str], int]) -> None:
        self._ask = ask
        self._known: dict[str, tuple[float, int]] = {}

    async def of(self, organisation: str) -> int:
        """Return an organisation's revision, not older than `LOOK_S`."""
        asked_at, revision = self._known.get(organisation, (float("-inf"), 0))
        if time.monotonic() - asked_at >= LOOK_S:
            revision = await to_thread.run_sync(self._ask, organisation)
            self._known[organisation] = time.monotonic(), revision
        return revision


def add_live(router: APIRouter, desk: Desk) -> None:
    """Add the stream of changes."""
    revisions = Revisions(desk.feed.revision)

    @router.get("/live")
    async def live(
        request: Request, seen: Annotated[int, Query()] = -1, last_event_id: Annotated[int | None, Header()] = None
    ) -> StreamingResponse:
        visit = await to_thread.run_sync(desk.visit, request)
        start = seen if last_event_id is None else last_event_id
        headers = {"X-Accel-Buffering": "no"}
        return StreamingResponse(
            _changes(desk, revisions, visit.name, start), media_type="text/event-stream", headers=headers
        )


async def _changes(desk: Desk, revisions: Revisions, organisation: str, seen: int) -> AsyncIterator[str]:
    """Yield an event for each change after a revision; a reader who names none hears of what comes."""
    yield "retry: 2000\n\n"
    end, told_at = time.monotonic() + LONGEST_S, time.monotonic()
    while time.monotonic() < end and not desk.is_stopping():
        revision = await revisions.of(organisation)
        if seen >= 0 and revision != seen:
            told_at = time.monotonic()
            yield f"id: {revision}\nevent: changed\ndata: {revision}\n\n"
        elif time.monotonic() - told_at > HEARTBEAT_S:
            told_at = time.monotonic()
            yield ": still here\n\n"
        seen = revision
        await anyio.sleep(LOOK_S)
