"""Sources, their last deliveries, and what they can show: whether what should tell us of attacks does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from service.shapes import Shape
from service.source_shapes import CoverageShape, DeliveryShape, ReplayShape, SourceShape
from service.watch.note import NOBODYS
from service.web import charts, phrases
from service.web.desk import Desk, Visit
from service.web.ports import SourceRow
from service.web.security import same_origin
from service.words import count, duration

PAGE = 50
OUTCOMES = {"": "all", "accepted": "accepted", "unreadable": "could not be read", "refused": "refused"}
_TITLES = {NOBODYS: "Names that nobody is known by"}
_STATES = {
    "waiting": "nothing received yet",
    "live": "delivers",
    "quiet": "quiet, as is usual",
    "silent": "silent",
    "failing": "cannot be asked",
}
_MARKS = {"live": "resolved", "silent": "wrong", "failing": "wrong"}
_SEEN = {"shown": "resolved", "partly": "in_progress"}
_SHOWN = {"shown": "shown", "partly": "in parts", "unseen": "not seen", "beyond": "no feed shows it"}


Identity = Annotated[int, Path(ge=0, lt=2**63)]


class AskedDeliveries(Shape):
    """Which deliveries are wanted."""

    source: Annotated[str, Query(max_length=200)] = ""
    outcome: Literal["", "accepted", "unreadable", "refused"] = ""
    after: Annotated[str, Query(max_length=200)] = ""


def add_sources(router: APIRouter, desk: Desk) -> None:
    """Add the pages."""

    @router.get("/sources")
    def sources(request: Request) -> HTMLResponse:
        visit = desk.visit(request)
        rows = desk.sources.sources(visit.name) if desk.sources else []
        heard = desk.feed.sources.all(visit.name)
        context = {
            "sources": [_source(one, rows, desk.now()) for one in heard],
            "others": [row for row in rows if not {one.name for one in heard} & set(row.sources)],
            "base": str(request.base_url).rstrip("/"),
            "coverage": desk.feed.sources.coverage(visit.name).sentence,
        }
        return visit.page("sources.html", context)

    @router.get("/coverage")
    def coverage(request: Request) -> HTMLResponse:
        visit = desk.visit(request)
        return visit.page("coverage.html", _coverage(desk.feed.sources.coverage(visit.name)))

    @router.get("/deliveries")
    def deliveries(request: Request, asked: Annotated[AskedDeliveries, Query()]) -> HTMLResponse:
        visit = desk.visit(request)
        page = desk.feed.sources.deliveries(
            visit.name, asked.source, asked.outcome, after=asked.after or None, limit=PAGE
        )
        query = {"source": asked.source, "outcome": asked.outcome}
        context = {
            "asked": asked,
            "outcomes": OUTCOMES,
            "deliveries": [_delivery(one) for one in page.items],
            "first_url": visit.links.to("/deliveries", **query) if asked.after else "",
            "next_url": visit.links.to("/deliveries", **query, after=page.next_cursor) if page.next_cursor else "",
        }
        return visit.page("deliveries.html", context)

    @router.get("/deliveries/{identity}")
    def delivery(request: Request, identity: Identity) -> HTMLResponse:
        return _delivery_page(desk.visit(request), identity, None)

    @router.post("/deliveries/{identity}/replay", dependencies=[Depends(same_origin)])
    def replay(request: Request, identity: Identity) -> Response:
        visit = desk.visit(request, "admin")
        if desk.redelivery is None:
            raise HTTPException(404, "This process reads no delivery again; ask the one that serves with --role api.")
        done = desk.redelivery.replay(visit.name, identity)
        return _delivery_page(visit, identity, done)

    @router.get("/deliveries/{identity}/replay")
    def replayed(request: Request, identity: Identity) -> Response:
        """Lead back to the delivery who loads the answer of a form again."""
        return RedirectResponse(desk.visit(request).links.to(f"/deliveries/{identity}"), 303)


def _delivery_page(visit: Visit, identity: int, done: ReplayShape | None) -> HTMLResponse:
    shape = visit.desk.feed.sources.delivery(visit.name, identity)
    context = {
        "delivery": _delivery(shape),
        "body": _indented(shape.body),
        "is_whole": shape.is_whole,
        "done": _replay_words(done) if done else "",
        "may_replay": shape.can_be_replayed and visit.desk.redelivery is not None and visit.caller.may("admin"),
    }
    return visit.page("delivery.html", context)


def _source(shape: SourceShape, rows: Sequence[SourceRow], now: datetime) -> dict[str, Any]:
    row = next((row for row in rows if shape.name in row.sources), None)
    days = charts.bars(shape.per_day, charts.day_labels(shape.per_day, now), height=60)
    hours = charts.bars(shape.per_hour, _hour_labels(shape.per_hour, now), height=60)
    return dict(shape) | {
        "title": row.title if row else _TITLES.get(shape.name, shape.name),
        "state_words": _STATES[shape.state],
        "mark": _MARKS.get(shape.state, ""),
        "is_secret_set": row.is_secret_set if row else None,
        "days": days,
        "hours": hours,
        "day_sum": count(sum(shape.per_day), "event"),
        "lag": "" if shape.lag_s is None else phrases.lag(shape.lag_s),
        "usual": "" if shape.usual_every_s is None else duration(max(shape.usual_every_s, 300.0)),
        "lasting": [one for one in shape.findings if one.ended_at is None],
    }


def _hour_labels(counts: Sequence[int], now: datetime) -> list[str]:
    hours = [now - timedelta(hours=len(counts) - 1 - i) for i in range(len(counts))]
    return [f"{hour:%H}:00 UTC: {number:,}" for hour, number in zip(hours, counts, strict=True)]


def _delivery(shape: DeliveryShape) -> dict[str, Any]:
    outcome = "refused" if shape.status >= 300 else "could not be read" if shape.reason else "accepted"
    return dict(shape) | {"outcome": outcome, "mark": {"accepted": "resolved"}.get(outcome, "wrong")}


def _replay_words(done: ReplayShape) -> str:
    if done.unreadable:
        return f"It still cannot be read: {done.reason}"
    known = f"; {count(done.known, 'event')} had been accepted before" if done.known else ""
    return f"Read again: {count(done.entries, 'event')} entered the stream{known}."


def _indented(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


def _coverage(shape: CoverageShape) -> dict[str, Any]:
    names: Mapping[str, str] = {one.id: one.name for one in shape.incidents}
    return {
        "sentence": f"{shape.sentence[:1].upper()}{shape.sentence[1:]}.",
        "feeds": [
            dict(feed)
            | {
                "share": charts.share(feed.shows, shape.known),
                "adds_words": [(name, names[name]) for name in feed.adds],
            }
            for feed in shape.feeds
        ],
        "incidents": [
            dict(one) | {"state_words": _SHOWN[one.state], "mark": _SEEN.get(one.state, "")} for one in shape.incidents
        ],
        "known": shape.known,
        "beyond": shape.beyond,
        "shares": [charts.share(number, shape.known) for number in (shape.shown, shape.shown + shape.partly)],
    }
