"""The announcer tells every change of an incident and every dead letter, at least once, and goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from collector.errors import StreamError
from collector.stream.entry import Unreadable, Verdict
from service.announcer import AT_ONCE, Announcer
from service.feed import Feed
from service.store import dead
from service.store.database import Database
from tests.service.feed.seeding import learn, seed
from tests.service.stand_ins import START


class Listening:
    """Keeps what it is told, and fails when asked to."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.is_deaf = False

    def incidents(self, said: Sequence[tuple[str, bytes]]) -> None:
        """Hear of incidents."""
        if self.is_deaf:
            raise StreamError("nobody listens")
        self.heard += [(organisation, json.loads(body)["id"]) for organisation, body in said]

    def dead(self, said: Sequence[tuple[str, bytes]]) -> None:
        """Hear of dead letters."""
        self.heard += [(organisation, json.loads(body)["reason"]) for organisation, body in said]


def told(database: Database, outlet: Listening) -> list[tuple[str, str]]:
    """Return what a new announcer tells until it has nothing more to tell."""
    before = len(outlet.heard)
    announcer = Announcer(database, outlet, partitions=1)
    while announcer.turn():
        pass
    return outlet.heard[before:]


def letters(database: Database, count: int) -> None:
    """Store dead letters at positions of their own."""
    made = [
        Unreadable(organisation="acme", id=f"l{n}", source="sbom", received_at=START, reason=f"no JSON: {n}")
        for n in range(count)
    ]
    with database.transaction() as connection:
        dead.save(connection, 0, list(enumerate(made, 1)))


def test_every_incident_is_told_once_its_worker_stored_it(database: Database) -> None:
    """Of each organisation, with its name as the key, and not again by an announcer that takes over."""
    learn(database, [8.0] * 20)
    learn(database, [8.0] * 20, "acme")
    stored = {("default", name) for name in seed(database, 3, position=10)}
    stored |= {("acme", name) for name in seed(database, 2, position=10, organisation="acme")}
    outlet = Listening()
    assert set(told(database, outlet)) == stored
    assert told(database, outlet) == []


def test_what_people_decide_is_told_too(database: Database) -> None:
    """A verdict changes an incident."""
    learn(database, [8.0] * 20)
    name = seed(database, 3, position=10)[0]
    outlet = Listening()
    told(database, outlet)
    Feed(database).verdict("default", name, Verdict.BENIGN, by="mona")
    assert told(database, outlet) == [("default", name)]


def test_what_nobody_heard_is_told_again(database: Database) -> None:
    """The place is kept only once the messages are stored."""
    learn(database, [8.0] * 20)
    stored = seed(database, 1, position=10)
    outlet = Listening()
    outlet.is_deaf = True
    with pytest.raises(StreamError):
        told(database, outlet)
    outlet.is_deaf = False
    assert [name for _, name in told(database, outlet)] == stored


def test_a_drills_copy_is_nobodys_news(database: Database) -> None:
    """Incidents of scratch organisations stay here."""
    learn(database, [8.0] * 20, "default~drill")
    seed(database, 2, position=10, organisation="default~drill")
    assert told(database, Listening()) == []


def test_dead_letters_are_told_in_order_with_their_reason(database: Database) -> None:
    """More than go at once, each once."""
    count = AT_ONCE + 7
    letters(database, count)
    outlet = Listening()
    assert told(database, outlet) == [("acme", f"no JSON: {n}") for n in range(count)]
    assert told(database, outlet) == []
