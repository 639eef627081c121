"""`/gate`: a pipeline asks before a step whether it may go on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from service.api.wiring import Stepping, WiringOf
from service.feed.gate import Step
from service.shapes import GateShape

router = APIRouter(prefix="/gate", tags=["gate"])

Name = Annotated[str, Field(max_length=1_000)]


class StepBody(BaseModel):
    """What the step is about, and how much risk it may run."""

    model_config = ConfigDict(extra="forbid")

    repo: Annotated[str, Field(min_length=1, max_length=1_000)]
    """Such as `acme/pay`."""
    sha: Name = ""
    run: Name = ""
    actor: Name = ""
    """With or without its type: `user:mona` or `mona`."""
    maximum_risk: Annotated[float, Field(gt=0, le=100)] = 75.0
    """An unresolved incident of this risk or more holds the step."""
    wait_s: Annotated[float, Field(ge=0, le=30)] = 5.0
    """How long to wait at most until what was delivered before is scored."""


@router.post("")
def ask(wiring: WiringOf, caller: Stepping, body: StepBody) -> GateShape:
    """Answer `pass` or `hold`; a caller who must be sure treats an answer that is not complete as a hold."""
    is_complete = wiring.caught_up(caller.organisation, body.wait_s)
    step = Step(repo=body.repo, sha=body.sha, run=body.run, actor=body.actor)
    return wiring.feed.gate(caller.organisation, step, body.maximum_risk, is_complete=is_complete)
