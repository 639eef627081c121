"""Coverage as the API and the page are told of it."""

from __future__ import annotations

from collections.abc import Mapping

from service.coverage import Coverage
from service.coverage.coverage import Incident, SourceFeed
from service.source_shapes import CoverageShape, IncidentKindShape, IncidentKindState, SourceFeedShape
from service.wording import FAMILY_WORDS
from service.words import listed, moment

_ARTIFACT = "what was built"


def coverage_shape(live: Mapping[str, float]) -> CoverageShape:
    """Return what sources would show, each with when it delivered last."""
    coverage = Coverage.of(live)
    return CoverageShape(
        known=len(coverage.all.incidents),
        shown=len(coverage.shown()),
        partly=len(coverage.partly()),
        beyond=len(coverage.beyond()),
        sentence=coverage.sentence(),
        feeds=[_feed_shape(coverage, feed, live) for feed in coverage.all.feeds],
        incidents=[_incident_shape(coverage, one) for one in coverage.all.incidents],
    )


def _feed_shape(coverage: Coverage, feed: SourceFeed, live: Mapping[str, float]) -> SourceFeedShape:
    mine = [name for name in feed.sources if name in live]
    is_live = feed.id in coverage.live
    return SourceFeedShape(
        id=feed.id,
        name=feed.title,
        is_live=is_live,
        last_at=moment(max(live[name] for name in mine)) if mine else None,
        sources=tuple(mine),
        shows=sum(feed.id in one.shown for one in coverage.all.incidents),
        adds=[] if is_live else [one.id for one in coverage.adds(feed.id)],
        how=feed.how,
    )


def _incident_shape(coverage: Coverage, one: Incident) -> IncidentKindShape:
    names = {feed.id: feed.name for feed in coverage.all.feeds}
    by = coverage.live.intersection(one.shown) or coverage.live.intersection(one.partly)
    return IncidentKindShape(
        id=one.id,
        name=one.name,
        year=one.year,
        state=_state(coverage, one),
        by=[names[feed] for feed in (*one.shown, *one.partly) if feed in by],
        needs=[names[feed] for feed in one.shown],
        told_by=listed([FAMILY_WORDS.get(family, _ARTIFACT) for family in one.families]),
    )


def _state(coverage: Coverage, one: Incident) -> IncidentKindState:
    if coverage.live.intersection(one.shown):
        return "shown"
    if coverage.live.intersection(one.partly):
        return "partly"
    return "unseen" if coverage.all.readable.intersection(one.shown) else "beyond"
