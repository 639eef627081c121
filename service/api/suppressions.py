"""`/suppressions`: what people ask not to be told, until a time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from service.api.wiring import FeedOf, Reading, Triaging
from service.shapes import ListShape, SuppressionShape

router = APIRouter(prefix="/suppressions", tags=["suppressions"])

Name = Annotated[str, Field(max_length=1_000)]


class SuppressionBody(BaseModel):
    """Which findings are not to be told: those that match every field given."""

    model_config = ConfigDict(extra="forbid")

    actor: Name = ""
    entity: Name = ""
    action: Name = ""
    source: Name = ""
    until: AwareDatetime
    """By the events' own clock."""
    why: Annotated[str, Field(min_length=1, max_length=2_000)]


@router.get("")
def list_suppressions(feed: FeedOf, caller: Reading) -> ListShape[SuppressionShape]:
    """List suppressions, newest first; those that are over, too."""
    return ListShape(items=feed.suppressions(caller.organisation))


@router.post("", status_code=201)
def suppress(feed: FeedOf, caller: Triaging, body: SuppressionBody) -> SuppressionShape:
    """Have matching findings told to nobody; they are still found, as suppressed incidents."""
    return feed.suppress(
        caller.organisation,
        actor=body.actor,
        entity=body.entity,
        action=body.action,
        source=body.source,
        until=body.until,
        why=body.why,
        by=caller.name,
    )


@router.delete("/{identity}", status_code=204)
def lift(feed: FeedOf, caller: Triaging, identity: str) -> None:
    """Have them told again from now on."""
    feed.lift(caller.organisation, identity)
