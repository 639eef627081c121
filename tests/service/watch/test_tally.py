"""What comes through a door is counted in memory, and stored so that several processes' counts add up."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from collector.receiver.journal import DeliveryNote
from collector.stream import observed
from collector.stream.entry import Unreadable
from service.store import sources
from service.store.database import Database
from service.store.engines import engine_of
from service.watch.note import NOBODYS, Names
from service.watch.slots import HOUR_S, SLOT_S, hour_of
from service.watch.tally import AHEAD_S, Tally, Watched
from tests.service.stand_ins import make_event
from tests.service.watch.weeks import MONDAY, Clock

KEY = ("default", "github.audit")


def note(status: int = 202, reason: str = "", *, sender: str = "github.audit", at: float = MONDAY) -> DeliveryNote:
    """Return what a receiver tells of a request."""
    return DeliveryNote(
        sender=sender, organisation="", received_at=at, status=status, reason=reason, detail=f"it was {reason}"
    )


@dataclass
class Log:
    """A stream that keeps nothing, or refuses everything."""

    error: Exception | None = None
    appended: list[object] = field(default_factory=list)

    def append(self, entries: object) -> int:
        """Take them, or raise."""
        if self.error:
            raise self.error
        self.appended += list(entries)  # type: ignore[call-overload]
        return len(self.appended)


def test_events_are_counted_by_hour_and_slot(database: Database) -> None:
    """What several doors counted of the same hour is joined."""
    clock = Clock(MONDAY)
    for minutes in (0, 12, 12):
        clock.at = MONDAY + minutes * 60.0
        tally = Tally("receiver", clock=clock)
        tally.appended(observed([make_event(at=MONDAY - 5.0, received_at=MONDAY)]))
        tally.flush(database)
    with database.reading() as connection:
        hour = sources.hours(connection, KEY, 0)[hour_of(MONDAY)]
        state = sources.states(connection)[KEY]
    assert (hour.slots, hour.events, hour.lags, hour.lag_s) == (0b101, 3, 3, 5.0)
    assert (state.first_at, state.last_at, state.observed_at) == (MONDAY, MONDAY + 720.0, MONDAY - 5.0)


def test_requests_are_counted_with_why_they_were_refused(database: Database) -> None:
    """A refusal is an error of its source; one for want of a proof is counted as such."""
    tally = Tally("receiver", Names(known=frozenset({"github.audit"})))
    for one in (note(), note(401, "signature"), note(413, "long", at=MONDAY + 60.0)):
        tally.noted(one)
    tally.flush(database)
    with database.reading() as connection:
        hour = sources.hours(connection, KEY, 0)[hour_of(MONDAY)]
        state = sources.states(connection)[KEY]
    assert (hour.accepted, hour.refused, hour.unproven) == (1, 2, 1)
    assert (state.accepted_at, state.error_at, state.error) == (MONDAY, MONDAY + 60.0, "413: it was long")


def test_names_that_strangers_invent_are_counted_together(database: Database) -> None:
    """Nobody fills the store by sending under a thousand names."""
    tally = Tally("receiver", Names(known=frozenset({"github.audit"})))
    for number in range(1_000):
        tally.noted(note(401, "unsigned", sender=f"name{number}"))
    tally.flush(database)
    with database.reading() as connection:
        assert {key: one.unproven for key, one in sources.sums(connection, "default", 0).items()} == {
            ("default", NOBODYS): 1_000
        }


def test_what_could_not_be_read_is_an_error_of_its_source(database: Database) -> None:
    """With the reason, for who looks at the source."""
    tally = Tally("receiver", clock=Clock(MONDAY))
    letter = Unreadable(organisation="default", id="u1", source="github.audit", received_at=1.0, reason="no JSON")
    tally.appended([letter])
    tally.flush(database)
    with database.reading() as connection:
        assert sources.hours(connection, KEY, 0)[hour_of(MONDAY)].unreadable == 1
        assert sources.states(connection)[KEY].error == "could not be read: no JSON"


def test_what_could_not_be_stored_is_stored_later(database: Database, tmp_path: Path) -> None:
    """A store that is away costs no count and no beat."""
    away = Database(engine_of(tmp_path / "no" / "such" / "folder.sqlite"))
    tally = Tally("receiver", Names(known=frozenset({"github.audit"})), clock=Clock(MONDAY))
    tally.beat()
    tally.appended(observed([make_event(at=MONDAY - 4.0, received_at=MONDAY)]))
    tally.noted(note(401, "signature", sender="github.audit"))
    with pytest.raises(OperationalError):
        tally.flush(away)
    tally.appended(observed([make_event(at=MONDAY - 6.0, received_at=MONDAY)]))
    tally.flush(database)
    with database.reading() as connection:
        hour = sources.hours(connection, KEY, 0)[hour_of(MONDAY)]
        assert (hour.events, hour.refused, hour.lags, hour.lag_s) == (2, 1, 2, 5.0)
        assert sources.states(connection)[KEY].error == "401: it was signature"
        assert sources.uptime(connection, "receiver", 0) == {hour_of(MONDAY): 1}


def test_a_door_that_turns_away_for_want_of_a_stream_is_not_open(database: Database) -> None:
    """While nothing can be stored, a silence is ours; the first that can be opens it again, and so does time."""
    clock = Clock(MONDAY)
    tally = Tally("receiver", clock=clock)
    tally.noted(note(503, "stream"))
    tally.beat()
    clock.at += SLOT_S
    tally.appended(observed([make_event()]))
    tally.beat()
    tally.noted(note(503, "stream"))
    for _ in range(4):
        clock.at += SLOT_S
        tally.beat()
    tally.flush(database)
    with database.reading() as connection:
        assert sources.uptime(connection, "receiver", 0) == {hour_of(MONDAY): 0b100010}


def test_only_what_is_durable_is_counted(database: Database) -> None:
    """A stream that refuses is heard by who appended, and nothing is counted."""
    tally = Tally("receiver")
    with pytest.raises(ValueError, match="full"):
        Watched(Log(ValueError("full")), tally).append(observed([make_event()]))
    assert Watched(log := Log(), tally).append(iter(observed([make_event()]))) == 1
    tally.flush(database)
    with database.reading() as connection:
        assert sources.sums(connection, None, 0)[KEY].events == len(log.appended) == 1


def test_threads_lose_no_count(database: Database) -> None:
    """The appender's thread and the event loop tell the same tally."""
    tally, note_ = Tally("receiver", clock=Clock(MONDAY)), note()
    tellers = [
        threading.Thread(target=_often, args=(500, lambda: tally.appended(observed([make_event()])))),
        threading.Thread(target=_often, args=(500, lambda: tally.noted(note_))),
        threading.Thread(target=_often, args=(20, lambda: tally.flush(database))),
    ]
    for one in tellers:
        one.start()
    for one in tellers:
        one.join()
    tally.flush(database)
    with database.reading() as connection:
        hour = sources.hours(connection, KEY, 0)[int(MONDAY // HOUR_S)]
    assert (hour.events, hour.accepted) == (500, 500)


def _often(times: int, act: Callable[[], None]) -> None:
    for _ in range(times):
        act()


def test_what_comes_by_a_door_of_several_sources_proves_the_door_too(database: Database) -> None:
    """A token of the collector that fails is held against what was let in by it, not against an audit log."""
    tally = Tally("receiver", Names(known=frozenset({"github.audit", "hec"})))
    accepted = note(sender="hec")
    tally.noted(msgspec.structs.replace(accepted, ids=("github.audit:1",)))
    tally.noted(note(403, "token", sender="hec"))
    tally.flush(database)
    with database.reading() as connection:
        counts = {key[1]: (one.accepted, one.unproven) for key, one in sources.sums(connection, None, 0).items()}
    assert counts == {"github.audit": (1, 0), "hec": (1, 1)}


def test_a_refusal_that_names_nobody_is_of_the_only_one_it_can_be(database: Database) -> None:
    """A token that was revoked tells no organisation any more."""
    names = Names(known=frozenset({"jenkins"}))
    tally = Tally("receiver", names)
    tally.noted(msgspec.structs.replace(note(sender="jenkins"), organisation="acme"))
    tally.noted(note(401, "token", sender="jenkins"))
    tally.noted(msgspec.structs.replace(note(sender="jenkins"), organisation="umbrella"))
    tally.noted(note(401, "token", sender="jenkins"))
    tally.flush(database)
    with database.reading() as connection:
        found = sources.sums(connection, None, 0)
    assert {key[0]: one.unproven for key, one in found.items()} == {"acme": 1, "umbrella": 0, "default": 1}


def test_a_time_that_is_yet_to_come_is_not_told_as_the_newest(database: Database) -> None:
    """One event of the year 9999 would be the newest for ever."""
    tally = Tally("receiver", clock=Clock(MONDAY))
    tally.appended(observed([make_event(at=MONDAY + 1e10, received_at=MONDAY)]))
    tally.flush(database)
    with database.reading() as connection:
        assert sources.states(connection)[KEY].observed_at == MONDAY + AHEAD_S
        assert sources.hours(connection, KEY, 0)[hour_of(MONDAY)].ahead == 1
