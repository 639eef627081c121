"""`/drills`: simulated attacks that are played into a copy of the organisation, and what was seen of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from service.api.wiring import FeedOf, Governing, Reading, WiringOf
from service.shapes import DrillShape, ListShape
from service.store.errors import NotFoundError

router = APIRouter(prefix="/drills", tags=["drills"])


class DrillBody(BaseModel):
    """Which drills are to be played."""

    model_config = ConfigDict(extra="forbid")

    names: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=20)] = []
    """Such as `token-mass-clone`; all there are where none is named."""
    seed: Annotated[int | None, Field(ge=0, le=2**31)] = None
    """Decides who is attacked; drawn where it is not given."""
    keep: bool = False
    """Leave the scratch organisation there, so that the incident can be read."""


@router.get("")
def list_drills(feed: FeedOf, caller: Reading) -> ListShape[DrillShape]:
    """List the drills that were played against the organisation, newest first."""
    return ListShape(items=feed.drills(caller.organisation))


@router.post("", status_code=202)
def play(wiring: WiringOf, caller: Governing, body: DrillBody) -> ListShape[DrillShape]:
    """Begin to play drills, one after the other; `GET /drills` tells how each ended."""
    if wiring.drills is None:
        raise NotFoundError("this process plays no drills; ask the one that serves with --role api, or all")
    begun = wiring.drills.begin(caller.organisation, body.names, seed=body.seed, keep=body.keep)
    drills = {drill.id: drill for drill in wiring.feed.drills(caller.organisation)}
    return ListShape(items=[drills[name] for name in begun])
