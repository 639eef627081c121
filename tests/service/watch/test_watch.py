"""What is wrong with a source becomes an event in the stream, once, and a finding for whoever reads the feed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from collector.event import WATCH, Event
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Observed
from service.memory import Memories
from service.store import incidents, pollers, sources
from service.store.database import Database
from service.store.pollers import PollerState
from service.store.sources import Hour, Key, State
from service.watch.slots import HOUR_S, hour_of
from service.watch.watch import EVERY_S, Watch
from service.worker import Worker
from tests.service.watch.weeks import DAY, MONDAY, Clock, by_hour, office_hours, up

HOOK: Key = ("acme", "github.webhook")
NINE = MONDAY + 35 * DAY + 9 * HOUR_S
"""A Monday morning after five weeks."""
TEAM = by_hour(iter([*office_hours(5), NINE]))


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EmbeddedLog]:
    """Return an empty stream."""
    with EmbeddedLog(tmp_path / "log.sqlite") as opened:
        yield opened


def know(
    database: Database, hours: Mapping[int, Hour], state: State, key: Key = HOOK, ran: Mapping[int, int] | None = None
) -> None:
    """Store what a source has delivered."""
    with database.transaction() as connection:
        sources.add_hours(connection, {(key, hour): found for hour, found in hours.items()})
        sources.put_states(connection, {key: state})
        sources.add_uptime(connection, {("receiver", hour): bits for hour, bits in (ran or {}).items()})


def team(database: Database, *, until: float, key: Key = HOOK) -> None:
    """Store five weeks of a team's deliveries, the last of them at nine."""
    hours = {hour: Hour(slots=bits, events=1, accepted=1) for hour, bits in TEAM.items()}
    state = State(door="receiver", first_at=MONDAY, last_at=NINE, accepted_at=NINE, hook="4711")
    know(database, hours, state, key, up(MONDAY, until))


def told(log: EmbeddedLog) -> list[Event]:
    """Return the events in the stream."""
    entries = [record.entry for record in log.read(0, 0, 1_000)]
    return [entry.event for entry in entries if isinstance(entry, Observed)]


def test_a_silence_is_told_once_and_its_end_too(database: Database, log: EmbeddedLog) -> None:
    """Every minute it is looked at again, and nothing is added until the source delivers."""
    team(database, until=NINE + DAY)
    clock = Clock(NINE + 20 * 60.0)
    watch = Watch(database, log, now=clock)
    while clock.at < NINE + 9 * HOUR_S:
        watch.turn()
        clock.at += EVERY_S
    (event,) = told(log)
    assert (event.source, event.action, str(event.entity)) == (WATCH, "source.silent", "source:github.webhook")
    assert event.organisation == "acme"
    assert event.links == {"hook": "4711"}
    assert "github.webhook has been silent for" in event.signals["source_silent"]
    assert "usual at this hour: something every" in event.signals["source_silent"]
    know(database, {}, State(door="receiver", last_at=clock.at))
    watch.turn()
    assert [one.action for one in told(log)] == ["source.silent", "source.recovered"]
    assert told(log)[1].signals == {}
    clock.at += EVERY_S
    watch.turn()
    assert watch.told == 2


def test_a_silence_is_an_incident_and_its_end_is_none(database: Database, log: EmbeddedLog) -> None:
    """The worker finds the one, in the watch's words, and takes the other in."""
    team(database, until=NINE + DAY)
    watch = Watch(database, log, now=Clock(NINE + 6 * HOUR_S))
    watch.turn()
    know(database, {}, State(door="receiver", last_at=NINE + 7 * HOUR_S))
    watch.look(NINE + 7 * HOUR_S + 60.0)
    assert len(told(log)) == 2
    Worker(log, database, Memories()).run()
    with database.reading() as connection:
        (found,) = incidents.by_score(connection, "acme")
    assert [event.action for event in found.events] == ["source.silent"]
    assert found.reasons[0].feature == "source_silent"


def test_two_watches_tell_the_same(database: Database, log: EmbeddedLog) -> None:
    """One that lost its lease in the middle appends the same event again: the worker knows its id."""
    team(database, until=NINE + DAY)
    both = [Watch(database, log), Watch(database, log)]
    first = both[0].look(NINE + 6 * HOUR_S)[0].event(1.0)
    with database.transaction() as connection:
        sources.remove(connection, "acme")
    team(database, until=NINE + DAY)
    assert both[1].look(NINE + 8 * HOUR_S)[0].event(2.0).id == first.id


def test_after_a_pause_of_ours_nobody_is_called_silent(database: Database, log: EmbeddedLog) -> None:
    """A service that comes back after its own holidays heard nothing because it was not there."""
    team(database, until=NINE - 1.0)
    back = NINE + 14 * DAY
    know(database, {}, State(), ("acme", "other"), up(back, back))
    assert Watch(database, log).look(back + 20 * 60.0) == []


def test_the_quick_learner_of_a_demonstration_calls_nobody_silent(database: Database, log: EmbeddedLog) -> None:
    """Ninety days replayed within a minute are a minute."""
    hours = {hour_of(MONDAY): Hour(slots=1, events=100_000)}
    know(database, hours, State(door="receiver", first_at=MONDAY, last_at=MONDAY + 60.0), ran=up(MONDAY, NINE))
    assert Watch(database, log).look(NINE) == []


def proofs(failed: int, let_in: int) -> dict[int, Hour]:
    """Return the requests of the last hours."""
    return {hour_of(NINE): Hour(slots=1, accepted=let_in, refused=failed, unproven=failed)}


@pytest.mark.parametrize(
    ("failed", "let_in", "is_told"), [(2, 0, False), (3, 3, True), (3, 4, False), (100_000, 1, True)]
)
def test_proofs_that_begin_to_fail_are_told(
    database: Database, log: EmbeddedLog, failed: int, let_in: int, *, is_told: bool
) -> None:
    """A few at least, and at least half of them."""
    state = State(door="receiver", first_at=MONDAY, last_at=NINE, accepted_at=NINE - DAY)
    know(database, proofs(failed, let_in), state)
    found = Watch(database, log).look(NINE + 60.0)
    assert [one.rule for one in found] == (["unproven"] if is_told else [])
    if is_told:
        (event,) = told(log)
        assert event.action == "source.unproven"
        assert event.signals["source_unproven"].startswith(f"{failed:,} of the last {failed + let_in:,} requests")


def test_failing_proofs_are_told_once_a_day(database: Database, log: EmbeddedLog) -> None:
    """However many strangers knock: their number stands in it."""
    know(database, proofs(50, 0), State(door="receiver", last_at=NINE, accepted_at=NINE - DAY))
    watch = Watch(database, log)
    for minutes in range(0, 300, 10):
        know(database, {hour_of(NINE + minutes * 60.0): Hour(refused=1_000, unproven=1_000)}, State())
        watch.look(NINE + minutes * 60.0)
    assert [one.action for one in told(log)] == ["source.unproven"]
    know(database, {hour_of(NINE + DAY): Hour(refused=10, unproven=10)}, State())
    watch.look(NINE + DAY)
    assert [one.action for one in told(log)] == ["source.unproven"] * 2


def test_strangers_at_a_door_that_was_never_used_are_only_counted(database: Database, log: EmbeddedLog) -> None:
    """Who never sent anything cannot have stopped to be proven."""
    know(database, proofs(100_000, 0), State(error="401"))
    assert Watch(database, log).look(NINE + 60.0) == []


def clocked(lags: Mapping[int, float], *, ahead: int = 0) -> dict[int, Hour]:
    """Return hours before nine, with the lag of each."""
    return {
        hour_of(NINE) - back: Hour(slots=1, events=20, lags=20, lag_s=lag, ahead=ahead if lag < -300.0 else 0)
        for back, lag in lags.items()
    }


def test_a_clock_that_drifts_is_told_once(database: Database, log: EmbeddedLog) -> None:
    """Beyond what is usual for the source itself, and not again while it lasts."""
    usual = {back: 30.0 + back % 5 for back in range(6, 100)}
    know(database, clocked(usual | dict.fromkeys(range(6), 900.0)), State(door="receiver", last_at=NINE))
    watch = Watch(database, log)
    assert [one.rule for one in watch.look(NINE)] == ["clock"]
    assert watch.look(NINE + HOUR_S) == []
    assert "dated 15 minutes before they are received" in told(log)[0].signals["source_clock_drifts"]


def test_a_source_that_is_always_late_has_no_wrong_clock(database: Database, log: EmbeddedLog) -> None:
    """An audit log that is fetched once an hour lags as it always did."""
    late = {back: 600.0 * (1 + back % 6) for back in range(100)}
    know(database, clocked(late), State(door="receiver", last_at=NINE))
    assert Watch(database, log).look(NINE) == []


def test_events_from_the_future_are_told(database: Database, log: EmbeddedLog) -> None:
    """It needs no history to know that."""
    know(database, clocked({0: -3_600.0}, ahead=20), State(door="receiver", last_at=NINE))
    assert [one.rule for one in Watch(database, log).look(NINE)] == ["clock"]
    assert "in the future" in told(log)[0].signals["source_clock_drifts"]


def test_a_poller_that_fails_for_long_is_told_with_its_reason(database: Database, log: EmbeddedLog) -> None:
    """Its source is blind; and one whose server's clock is wrong is told as well."""
    failing = PollerState(
        "github.audit/acme", "acme", "github.audit", NINE - 2 * HOUR_S, "401: bad credentials", NINE, failures=9
    )
    skewed = PollerState("gitlab.audit/acme", "acme", "gitlab.audit", NINE, clock_ahead_s=-400.0)
    with database.transaction() as connection:
        pollers.put(connection, failing)
        pollers.put(connection, skewed)
    watch = Watch(database, log)
    assert {(one.key[1], one.rule) for one in watch.look(NINE)} == {
        ("github.audit/acme", "failing"),
        ("gitlab.audit/acme", "clock"),
    }
    assert "401: bad credentials" in told(log)[0].signals["source_silent"]
    with database.transaction() as connection:
        pollers.put(connection, failing._replace(last_ok_at=NINE + 60.0, failures=0, last_error=""))
    watch.look(NINE + 120.0)
    assert [one.action for one in told(log)][-1] == "source.recovered"


def test_a_source_that_was_given_up_is_not_called_silent_for_ever(database: Database, log: EmbeddedLog) -> None:
    """After two weeks nobody waits for it; nothing more is told, until it comes back and falls silent again."""
    team(database, until=NINE + 20 * DAY)
    watch = Watch(database, log)
    watch.look(NINE + DAY)
    watch.look(NINE + 16 * DAY)
    watch.look(NINE + 17 * DAY)
    assert [one.action for one in told(log)] == ["source.silent"]
    with database.reading() as connection:
        (kept,) = sources.told(connection).values()
    assert not kept.lasts
    assert kept.text.endswith("It is not waited for any more")


def test_a_poller_that_is_not_asked_any_more_fails_no_more(database: Database, log: EmbeddedLog) -> None:
    """What was taken out of the settings is remembered, and is no trouble."""
    gone = PollerState("github.audit/acme", "acme", "github.audit", NINE - 9 * DAY, "401", NINE - 8 * DAY, failures=9)
    with database.transaction() as connection:
        pollers.put(connection, gone)
    assert Watch(database, log).look(NINE) == []
