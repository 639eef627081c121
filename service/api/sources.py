"""`/sources`, `/deliveries` and `/coverage`: how what tells of events is, and what it can show."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from service.api.wiring import Cursor, FeedOf, Governing, Limit, Reading, WiringOf
from service.shapes import ListShape
from service.source_shapes import CoverageShape, DeliveryDetail, DeliveryShape, ReplayShape, SourceShape
from service.store.errors import NotFoundError

router = APIRouter(tags=["sources"])

Source = Annotated[str, Query(max_length=200, description="Only of this source, such as `github.webhook`.")]
Outcome = Annotated[
    Literal["", "accepted", "unreadable", "refused"], Query(description="Only those that ended like this.")
]
Identity = Annotated[int, Path(ge=0, lt=2**63)]


@router.get("/sources")
def list_sources(feed: FeedOf, caller: Reading) -> ListShape[SourceShape]:
    """List every source that was heard of: when it delivered last, what was wrong last, how often something comes."""
    return ListShape(items=feed.sources.all(caller.organisation))


@router.get("/coverage")
def coverage(feed: FeedOf, caller: Reading) -> CoverageShape:
    """Tell which incidents of the past the live sources would show, and what the next one would add."""
    return feed.sources.coverage(caller.organisation)


@router.get("/deliveries")
def list_deliveries(
    feed: FeedOf, caller: Reading, source: Source = "", outcome: Outcome = "", cursor: Cursor = None, limit: Limit = 50
) -> ListShape[DeliveryShape]:
    """List what became of the last requests of senders, newest first."""
    page = feed.sources.deliveries(caller.organisation, source, outcome, after=cursor, limit=limit)
    return ListShape(items=page.items, next_cursor=page.next_cursor)


@router.get("/deliveries/{identity}")
def show_delivery(feed: FeedOf, caller: Reading, identity: Identity) -> DeliveryDetail:
    """Show what became of a request, with its body, masked, where that was kept."""
    return feed.sources.delivery(caller.organisation, identity)


@router.post("/deliveries/{identity}/replay", status_code=202)
def replay(wiring: WiringOf, caller: Governing, identity: Identity) -> ReplayShape:
    """Read a delivery again, as if it had come now; what was accepted before changes nothing.

    It is read even where nobody proved who sent it: that is what the caller answers for.
    """
    if wiring.redelivery is None:
        raise NotFoundError("this process reads no delivery again; ask the one that serves with --role api, or all")
    return wiring.redelivery.replay(caller.organisation, identity)
