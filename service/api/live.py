"""`/stream`: changes of incidents as server-sent events, which a listener that was cut off goes on with."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from service.api.access import ForbiddenError, UnauthenticatedError
from service.api.wiring import Caller, Reading, Wiring, WiringOf
from service.feed.totals import Marker
from service.shapes import IncidentShape

router = APIRouter(tags=["stream"])

PAUSE_S = 0.4
HEARTBEAT_S = 15.0
RETRY_MS = 2_000
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/stream", response_class=StreamingResponse)
async def listen(
    request: Request, wiring: WiringOf, caller: Reading, last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:
    """Send an `incident` event for each incident that changed, and a `revision` event after them."""
    told = _events(request, wiring, caller, _marker(last_event_id))
    return StreamingResponse(told, media_type="text/event-stream", headers=_HEADERS)


async def _events(request: Request, wiring: Wiring, caller: Caller, heard: Marker | None) -> AsyncIterator[str]:
    feed, organisation = wiring.feed, caller.organisation
    if heard is None:
        heard = await run_in_threadpool(feed.marker, organisation)
    yield f"retry: {RETRY_MS}\n{_revision(heard)}"
    spoken = time.monotonic()
    while not wiring.is_stopping() and not await request.is_disconnected():
        marker, changed = await run_in_threadpool(feed.changes, organisation, heard)
        if marker != heard:
            heard, spoken = marker, time.monotonic()
            yield _told(changed, heard)
        elif time.monotonic() - spoken >= HEARTBEAT_S:
            if not await run_in_threadpool(_may_still, wiring, request):
                return
            spoken = time.monotonic()
            yield ": still here\n\n"
        else:
            await asyncio.sleep(PAUSE_S)


def _told(changed: Sequence[IncidentShape], marker: Marker) -> str:
    # only the last event of a turn has an id: whoever is cut off within it hears the turn again, and misses nothing
    return "".join(f"event: incident\ndata: {one.model_dump_json()}\n\n" for one in changed) + _revision(marker)


def _revision(marker: Marker) -> str:
    return f'event: revision\nid: {marker.position}-{marker.seq}\ndata: {{"revision": {sum(marker)}}}\n\n'


def _marker(last_event_id: str | None) -> Marker | None:
    found = re.fullmatch(r"(\d{1,18})-(\d{1,18})", last_event_id or "")
    return Marker(int(found[1]), int(found[2])) if found else None


def _may_still(wiring: Wiring, request: Request) -> bool:
    """Return whether a listener's token opens the stream yet: it may have been revoked since."""
    try:
        wiring.gatekeeper.access(request)
    except (ForbiddenError, UnauthenticatedError):
        return False
    return True
