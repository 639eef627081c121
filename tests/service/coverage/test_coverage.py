"""Which incidents of the past live feeds would show: never more than the data says; the next feed adds what is new."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sources import SOURCES
from service.coverage import Coverage, known
from service.wording import FAMILY_WORDS

EVERY_SOURCE = [source for feed in known().feeds for source in feed.sources]
EXPECTED_MISSES = {"A01", "A02", "A03", "A19", "A50"}
"""What only rebuilds, attestations or a publisher's own records show."""


def test_the_data_names_feeds_and_evidence_that_exist() -> None:
    """Ids are unique, every feed is one of those told, every family has words."""
    feeds = {feed.id for feed in known().feeds}
    ids = [one.id for one in known().incidents]
    assert len(set(ids)) == len(ids) == 55
    for one in known().incidents:
        assert feeds.issuperset(one.shown + one.partly), one.id
        assert not set(one.shown) & set(one.partly), one.id
        assert one.shown or one.partly, one.id
        assert set(one.families) <= FAMILY_WORDS.keys() | {"artifact"}, one.id


def test_sources_that_have_a_reader_belong_to_a_feed() -> None:
    """What is connected counts; only what is generic, or tells of packages alone, shows nothing by itself."""
    assert set(SOURCES) - set(EVERY_SOURCE) <= {"event", "hec", "osv"}


def test_what_only_a_rebuild_shows_is_an_expected_miss() -> None:
    """Whatever is connected, it is not claimed."""
    coverage = Coverage.of(EVERY_SOURCE)
    assert {one.id for one in coverage.beyond()} >= EXPECTED_MISSES
    assert EXPECTED_MISSES.isdisjoint(one.id for one in coverage.shown())


def test_nothing_connected_shows_nothing() -> None:
    """And everything that can be connected adds something."""
    coverage = Coverage.of(["event"])
    assert not coverage.shown()
    assert {feed.id for feed, _ in coverage.next_feeds()} == known().readable


@pytest.mark.parametrize(
    ("source", "shows"),
    [("joblog", "A04"), ("github.audit", "A10"), ("lockfile", "A16"), ("cloudtrail", "A55"), ("gitlab.webhook", "A32")],
)
def test_a_feed_shows_its_own(source: str, shows: str) -> None:
    """One source of a feed is enough."""
    assert shows in {one.id for one in Coverage.of([source]).shown()}


def test_job_logs_add_what_webhooks_do_not_show() -> None:
    """The sentence says how many, the one that adds most first."""
    coverage = Coverage.of(["github.webhook", "github.audit", "lockfile"])
    assert "A04" in {one.id for one in coverage.adds("joblogs")}
    assert coverage.sentence().endswith(f"; job logs would add {len(coverage.adds('joblogs'))}, cloud logs 2")


@given(st.sets(st.sampled_from(EVERY_SOURCE)), st.sampled_from(sorted(known().readable)))
def test_a_feed_adds_exactly_what_it_says(sources: set[str], more: str) -> None:
    """Connecting it shows so many more, and nothing less."""
    before = Coverage.of(sources)
    source = next(feed.sources[0] for feed in known().feeds if feed.id == more)
    after = Coverage.of({*sources, source})
    adds = {one.id for one in before.adds(more)} if more not in before.live else set()
    assert {one.id for one in after.shown()} == {one.id for one in before.shown()} | adds
