"""`/incidents`: the ranked feed, one incident, and what people decide about it."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from collector.stream.entry import Verdict
from service.api.problems import STATUS, PreconditionError
from service.api.wiring import Caller, Cursor, FeedOf, Limit, Reading, Triaging
from service.feed import Feed, Filter, Sort
from service.incident import Status
from service.shapes import EventShape, IncidentDetail, IncidentShape, ListShape
from service.store.errors import NotFoundError, StoreError

router = APIRouter(prefix="/incidents", tags=["incidents"])

Name = Annotated[str, Query(max_length=1_000)]
Text = Annotated[str, Field(max_length=10_000)]
IfMatch = Annotated[str | None, Header(description='The `ETag` that the incident was read with, such as `"3"`.')]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TriageBody(_Body):
    """What changes about an incident."""

    status: Status | None = None
    assignee: Annotated[str, Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> TriageBody:
        if self.status is None and self.assignee is None:
            raise ValueError("give status or assignee")
        return self


class VerdictBody(_Body):
    """An analyst's answer."""

    verdict: Verdict
    comment: Text = ""


class CommentBody(_Body):
    """Something to be kept with an incident."""

    text: Annotated[str, Field(min_length=1, max_length=10_000)]


class BulkBody(_Body):
    """One decision about many incidents."""

    ids: Annotated[list[str], Field(min_length=1, max_length=200)]
    verdict: Verdict | None = None
    comment: Text = ""
    status: Status | None = None
    assignee: Annotated[str, Field(max_length=200)] | None = None

    @model_validator(mode="after")
    def _is_one_decision(self) -> BulkBody:
        if (self.verdict is None) == (self.status is None and self.assignee is None):
            raise ValueError("give a verdict, or status and assignee, and not both")
        return self


class Outcome(BaseModel):
    """What became of one of many."""

    id: str
    status: int
    """As if it had been asked for alone."""
    detail: str = ""


@router.get("")
def list_incidents(  # noqa: PLR0913  # one argument a filter: so the documentation lists them
    feed: FeedOf,
    caller: Reading,
    *,
    status: Annotated[list[Status], Query()] = [],  # noqa: B006  # FastAPI makes a new one
    source: Name = "",
    entity: Name = "",
    actor: Name = "",
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    minimum_risk: Annotated[float, Query(ge=0, le=100)] = 0.0,
    text: Name = "",
    sort: Sort = Sort.RISK,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ListShape[IncidentShape]:
    """List incidents, riskiest first; `since` and `until` hold for its last and first event."""
    wanted = Filter(
        statuses=frozenset(status),
        source=source,
        entity=entity,
        actor=actor,
        since=since,
        until=until,
        minimum_risk=minimum_risk,
        text=text,
        sort=sort,
    )
    page = feed.incidents(caller.organisation, wanted, after=cursor, limit=limit)
    return ListShape(items=page.items, next_cursor=page.next_cursor, total=page.total)


@router.post("/bulk")
def decide_many(feed: FeedOf, caller: Triaging, body: BulkBody) -> ListShape[Outcome]:
    """Decide about many incidents at once; each is told what became of it."""
    return ListShape(items=[_one_of_many(feed, caller, name, body) for name in dict.fromkeys(body.ids)])


@router.get("/{identity}")
def show(feed: FeedOf, caller: Reading, response: Response, identity: str) -> IncidentDetail:
    """Return an incident whole."""
    found = feed.incident(caller.organisation, identity)
    if found is None:
        raise NotFoundError(f"there is no incident {identity} in {caller.organisation}")
    return _tagged(response, found)


@router.patch("/{identity}")
def change(
    feed: FeedOf, caller: Triaging, response: Response, identity: str, body: TriageBody, if_match: IfMatch = None
) -> IncidentDetail:
    """Change who handles an incident, or where it stands; needs If-Match, so that nobody overwrites another."""
    if if_match is None:
        raise PreconditionError
    return _tagged(response, _decide(feed, caller, identity, body, _version(if_match)))


@router.post("/{identity}/verdict")
def judge(
    feed: FeedOf, caller: Triaging, response: Response, identity: str, body: VerdictBody, if_match: IfMatch = None
) -> IncidentDetail:
    """Judge and resolve an incident; the next events are scored by what that teaches."""
    return _tagged(response, _judge(feed, caller, identity, body, _version(if_match)))


@router.post("/{identity}/comments", status_code=201)
def comment(feed: FeedOf, caller: Triaging, response: Response, identity: str, body: CommentBody) -> IncidentDetail:
    """Write something under an incident."""
    return _tagged(response, feed.comment(caller.organisation, identity, body.text, by=caller.name))


@router.get("/{identity}/events")
def list_events(
    feed: FeedOf, caller: Reading, identity: str, cursor: Cursor = None, limit: Limit = 100
) -> ListShape[EventShape]:
    """List the events of an incident in the order they happened."""
    page = feed.incident_events(caller.organisation, identity, after=cursor, limit=limit)
    return ListShape(items=page.items, next_cursor=page.next_cursor, total=page.total)


def _decide(
    feed: Feed, caller: Caller, identity: str, body: TriageBody | BulkBody, version: int | None
) -> IncidentDetail:
    return feed.triage(
        caller.organisation, identity, status=body.status, assignee=body.assignee, by=caller.name, version=version
    )


def _judge(feed: Feed, caller: Caller, identity: str, body: VerdictBody, version: int | None) -> IncidentDetail:
    return feed.verdict(caller.organisation, identity, body.verdict, body.comment, by=caller.name, version=version)


def _one_of_many(feed: Feed, caller: Caller, identity: str, body: BulkBody) -> Outcome:
    try:
        if body.verdict is None:
            _decide(feed, caller, identity, body, None)
            if body.comment:
                feed.comment(caller.organisation, identity, body.comment, by=caller.name)
        else:
            _judge(feed, caller, identity, VerdictBody(verdict=body.verdict, comment=body.comment), None)
    except StoreError as error:
        return Outcome(id=identity, status=STATUS[type(error)], detail=str(error))
    return Outcome(id=identity, status=200)


def _tagged(response: Response, incident: IncidentDetail) -> IncidentDetail:
    response.headers["ETag"] = f'"{incident.version}"'
    return incident


def _version(if_match: str | None) -> int | None:
    """Return the version a change is meant for; nothing where any will do, -1 where the tag is none of ours."""
    if if_match is None or if_match.strip() == "*":
        return None
    found = re.fullmatch(r'"(\d{1,18})"', if_match.strip())
    return int(found[1]) if found else -1
