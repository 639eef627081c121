"""`/models` and `/training-runs`: which model version serves, and having another trained."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from models.scorer import OWN
from models.version import Manifest
from service.api.wiring import FeedOf, Governing, Reading, Versions, WiringOf
from service.promotion import admit, before, serving
from service.shapes import ListShape, TrainingRunShape, VersionShape
from service.store.errors import NotFoundError

router = APIRouter(tags=["models"])


class PromotionBody(BaseModel):
    """Which version is to serve."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[str, Field(max_length=100, description=f"A version's name; `{OWN}` for the own fits.")]


class Promotion(BaseModel):
    """A promotion that waits for its place in the stream."""

    organisation: str
    version: str
    """It serves the records after that place."""


@router.get("/models")
def list_versions(wiring: WiringOf, caller: Reading) -> ListShape[VersionShape]:
    """List the organisation's model versions, newest first."""
    now = serving(wiring.feed.promotions(caller.organisation))
    found = wiring.versions.list() if wiring.versions else []
    return ListShape(items=[_shape(one, now) for one in found if one.organisation == caller.organisation])


@router.post("/models/promote", status_code=202)
def promote(wiring: WiringOf, caller: Governing, body: PromotionBody) -> Promotion:
    """Let a version serve from the stream's next record on."""
    version = "" if body.version == OWN else body.version
    return _promote(wiring, caller.organisation, version)


@router.post("/models/rollback", status_code=202)
def rollback(wiring: WiringOf, caller: Governing) -> Promotion:
    """Let the version serve again that served before this one."""
    history = wiring.feed.promotions(caller.organisation)
    if not history:
        raise NotFoundError(f"nothing was ever promoted in {caller.organisation}: its own fits serve")
    return _promote(wiring, caller.organisation, before(history), is_forced=True)  # it served already


@router.post("/training-runs", status_code=202)
def train(feed: FeedOf, caller: Governing) -> TrainingRunShape:
    """Ask for a model version to be trained on what was seen and judged; it serves only once it is promoted."""
    return feed.ask_for_training(caller.organisation, by=caller.name)


@router.get("/training-runs")
def list_trainings(feed: FeedOf, caller: Reading) -> ListShape[TrainingRunShape]:
    """List the trainings that were asked for, newest first."""
    return ListShape(items=feed.training_runs(caller.organisation))


def _promote(wiring: WiringOf, organisation: str, version: str, *, is_forced: bool = False) -> Promotion:
    digest = _checked(wiring.versions, organisation, version, is_forced=is_forced) if version else ""
    wiring.feed.promote(organisation, version, digest)
    return Promotion(organisation=organisation, version=version or OWN)


def _checked(versions: Versions | None, organisation: str, version: str, *, is_forced: bool) -> str:
    """Return a version's digest; raise where it may not serve."""
    if versions is None:
        raise NotFoundError(f"there is no model version {version}: this service keeps none")
    return admit(versions, organisation, version, is_forced=is_forced)


def _shape(manifest: Manifest, now: str) -> VersionShape:
    return VersionShape(
        version=manifest.version,
        created_at=manifest.created_at,
        parent=manifest.parent,
        is_serving=manifest.version == now,
        manifest=msgspec.to_builtins(manifest),
    )
