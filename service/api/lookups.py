"""`/events`, `/entities` and `/organisations`: what can be looked up beside incidents."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from collector.event import Kind
from service.api.wiring import Cursor, FeedOf, Limit, Reading
from service.feed import EventFilter
from service.shapes import EntityShape, EventShape, ListShape, OrganisationShape
from service.store.errors import NotFoundError

router = APIRouter(tags=["lookups"])

Name = Annotated[str, Query(max_length=1_000)]


@router.get("/events")
def list_events(  # noqa: PLR0913  # one argument a filter: so the documentation lists them
    feed: FeedOf,
    caller: Reading,
    *,
    source: Name = "",
    kind: Kind | None = None,
    action: Name = "",
    actor: Name = "",
    entity: Name = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    minimum_score: Annotated[float, Query(ge=0)] = 0.0,
    findings_only: bool = False,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> ListShape[EventShape]:
    """List scored events, last scored first; scores are bits."""
    wanted = EventFilter(
        source=source,
        kind=kind or "",
        action=action,
        actor=actor,
        entity=entity,
        since=since,
        until=until,
        minimum_score=minimum_score,
        findings_only=findings_only,
    )
    page = feed.events(caller.organisation, wanted, after=cursor, limit=limit)
    return ListShape(items=page.items, next_cursor=page.next_cursor, total=page.total)


@router.get("/entities")
def show_entity(
    feed: FeedOf,
    caller: Reading,
    type_: Annotated[str, Query(alias="type", min_length=1, max_length=100)],
    name: Annotated[str, Query(min_length=1, max_length=1_000)],
) -> EntityShape:
    """Return an actor or an entity: what it does, whom it meets, and what of it stood out."""
    found = feed.entity(caller.organisation, type_, name)
    if found is None:
        raise NotFoundError(f"nothing in {caller.organisation} names {type_}:{name}")
    return found


@router.get("/organisations")
def list_organisations(feed: FeedOf, caller: Reading) -> ListShape[OrganisationShape]:
    """List the organisations that the caller may see."""
    return ListShape(items=[one for one in feed.organisations() if caller.access.sees(one.name)])
