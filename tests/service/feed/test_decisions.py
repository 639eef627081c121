"""What people decide is stored with who and when, in one transaction with what the stream is to be told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from collector.stream.entry import MAX_COVERED, Entry, Judged, Promoted, Suppressed, Verdict
from service.feed import Feed
from service.feed.feed import EmptySuppressionError
from service.incident import Status
from service.store import outbox
from service.store.database import Database
from service.store.errors import ConflictError, NotFoundError
from service.words import moment
from tests.service.feed.seeding import finding, incident_of, seed, store
from tests.service.stand_ins import START


@pytest.fixture
def incident(database: Database) -> str:
    """Return the id of an incident."""
    return seed(database, 1)[0]


def waiting(database: Database) -> list[Entry]:
    """Return what waits in the outbox."""
    with database.reading() as connection:
        return [entry for _, entry in outbox.waiting(connection, 100)]


def test_triage_counts_its_changes(feed: Feed, incident: str) -> None:
    """Each change is a new version, and what it does not name stays."""
    feed.triage("default", incident, assignee="ada", by="ada")
    found = feed.triage("default", incident, status=Status.IN_PROGRESS, by="bob", version=1)
    assert (found.version, found.assignee, found.status) == (2, "ada", Status.IN_PROGRESS)


def test_history_tells_who_did_what(feed: Feed, incident: str) -> None:
    """Every change and comment is told, oldest first."""
    feed.triage("default", incident, status=Status.IN_PROGRESS, assignee="ada", by="ada")
    feed.comment("default", incident, "looking", by="bob")
    found = feed.verdict("default", incident, Verdict.FALSE_POSITIVE, by="ada")
    assert [(one.by, one.what) for one in found.history] == [
        ("ada", "status in progress, assigned to ada"),
        ("bob", "commented"),
        ("ada", "status resolved, verdict false positive"),
    ]
    assert {one.at for one in found.history} == {moment(START)}


def test_stale_version_is_a_conflict(feed: Feed, incident: str) -> None:
    """Who decides on what is no longer so is told, and nothing changes."""
    feed.triage("default", incident, assignee="ada", by="ada")
    with pytest.raises(ConflictError, match="reload"):
        feed.triage("default", incident, assignee="bob", by="bob", version=0)
    found = feed.incident("default", incident)
    assert found is not None
    assert (found.assignee, found.version) == ("ada", 1)


def test_unknown_incident_is_not_found(feed: Feed, incident: str) -> None:
    """Neither an id nobody has nor another organisation's can be changed."""
    for organisation, name in (("default", "inc_none"), ("umbrella", incident)):
        with pytest.raises(NotFoundError, match=name):
            feed.triage(organisation, name, status=Status.RESOLVED, by="ada")


def test_verdict_resolves_and_teaches(feed: Feed, database: Database) -> None:
    """A verdict closes the incident, keeps the comment, and carries the events it covers to the stream."""
    items = [finding("a"), finding("b", score=12.0), finding("kept_out", is_finding=False)]
    store(database, items, [incident_of("inc", items, score=7.0)], position=3)
    found = feed.verdict("default", "inc", Verdict.BENIGN, "our new release job", by="ada")
    assert (found.status, found.verdict, [one.text for one in found.comments]) == (
        Status.RESOLVED,
        Verdict.BENIGN,
        ["our new release job"],
    )
    [judged] = waiting(database)
    assert isinstance(judged, Judged)
    assert (judged.incident, judged.verdict, judged.given_by, judged.given_at) == ("inc", "benign", "ada", START)
    assert judged.events == (items[1].event, items[0].event)


def test_verdict_covers_the_strangest(feed: Feed, database: Database) -> None:
    """Of a great incident the strangest events travel, not all."""
    items = [finding(f"e{n}", score=float(n)) for n in range(MAX_COVERED + 20)]
    store(database, items, [incident_of("inc", items, score=7.0)], position=1)
    feed.verdict("default", "inc", Verdict.TRUE_POSITIVE, by="ada")
    [judged] = waiting(database)
    assert isinstance(judged, Judged)
    assert [one.id for one in judged.events] == [f"e{n}" for n in reversed(range(20, MAX_COVERED + 20))]


def test_verdict_is_all_or_nothing(feed: Feed, database: Database, incident: str) -> None:
    """Where the stream cannot be told, nothing was decided."""

    def refuse(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO outbox"):
            raise OSError("the disk is full")

    event.listen(database.engine, "before_cursor_execute", refuse)
    with pytest.raises(OSError, match="full"):
        feed.verdict("default", incident, Verdict.BENIGN, "fine", by="ada")
    found = feed.incident("default", incident)
    assert found is not None
    assert (found.status, found.verdict, found.comments, found.version) == (Status.NEW, None, [], 0)


def test_somebody_is_told_of_what_waits(database: Database, incident: str) -> None:
    """Whoever moves the outbox is woken after the commit, when it can be seen."""
    seen: list[int] = []
    feed = Feed(database, committed=lambda: seen.append(len(waiting(database))))
    feed.verdict("default", incident, Verdict.BENIGN, by="ada")
    feed.promote("default", "2026-11-25T1300-1a2b", "digest")
    feed.comment("default", incident, "teaches nothing", by="ada")
    assert seen == [1, 2]


def test_promotion_waits_for_the_stream(feed: Feed, database: Database) -> None:
    """A promotion names version and digest; the worker finds its place."""
    feed.promote("default", "2026-11-25T1300-1a2b", "abc")
    [promoted] = waiting(database)
    assert isinstance(promoted, Promoted)
    assert (promoted.version, promoted.digest) == ("2026-11-25T1300-1a2b", "abc")


def test_suppression_is_told_and_listed(feed: Feed, database: Database) -> None:
    """A suppression is on the list and on its way to the worker, until it is lifted."""
    until = moment(START) + timedelta(days=7)
    made = feed.suppress("default", actor="bot:renovate", action="push", until=until, why="weekly", by="ada")
    assert feed.suppressions("default") == [made]
    assert (made.actor, made.until, made.why, made.created_by) == ("bot:renovate", until, "weekly", "ada")
    feed.lift("default", made.id)
    assert feed.suppressions("default") == []
    told = [entry for entry in waiting(database) if isinstance(entry, Suppressed)]
    assert [(entry.id, entry.until) for entry in told] == [(made.id, until.timestamp()), (made.id, 0.0)]


def test_suppression_of_everything_is_refused(feed: Feed) -> None:
    """A suppression that names nothing would hide everything."""
    with pytest.raises(EmptySuppressionError, match="name an actor"):
        feed.suppress("default", until=moment(START), why="quiet", by="ada")


def test_suppression_of_another_organisation_is_not_found(feed: Feed) -> None:
    """Nobody lifts another's suppression."""
    made = feed.suppress("default", actor="user:mona", until=moment(START), why="away", by="ada")
    with pytest.raises(NotFoundError, match=made.id):
        feed.lift("umbrella", made.id)
