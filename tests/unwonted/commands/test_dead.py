"""`unwonted dead`: what could not be read is listed with its reason, and is read once it can be."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from collector.receiver.reading import Reader, headers_of
from collector.sources import Context
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Observed
from service.memory import Memories
from service.rejection import letter_of
from service.store import dead
from service.store.database import Database
from service.store.tables import scored_events
from service.worker import Worker
from tests.service.stand_ins import make_event
from unwonted.cli import app

PUSH = (
    b'{"ref": "refs/heads/main", "repository": {"full_name": "acme/pay"}, "sender": {"login": "mona", "type": "User"}}'
)


class Place:
    """A data folder with a service's stream and store in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stream = EmbeddedLog(folder / "stream.sqlite")
        self.store = Database.embedded(folder / "store.sqlite")

    def work(self) -> None:
        """Work off what is in the stream."""
        Worker(self.stream, self.store, Memories()).run()

    def invoke(self, *words: str) -> Result:
        """Return what a command comes to."""
        return CliRunner().invoke(app, ["dead", *words, "--data", str(self.folder)])

    def letters(self) -> list[dict[str, object]]:
        """Return what `list --json` tells."""
        return [json.loads(line) for line in self.invoke("list", "--json").stdout.splitlines()]

    def scored(self) -> list[str]:
        """Return the refs of what was scored."""
        with self.store.reading() as connection:
            return list(connection.scalars(select(scored_events.c.ref)))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """Return an empty data folder."""
    made = Place(tmp_path)
    with made.stream, closing(made.store):
        yield made


def received(place: Place, body: bytes, source: str = "github.webhook", *, organisation: str = "default") -> None:
    """Have a webhook received and worked off."""
    headers = headers_of({"x-github-event": "push", "x-github-delivery": "d-1"})
    reading = Reader(Context(organisation), 1.77e9).body(source, headers, body)
    place.stream.append(reading.entries)
    place.work()


def test_letters_are_listed_with_their_reason(place: Place) -> None:
    """Who sent it, when, and why it could not be read."""
    received(place, b'{"broken": ')
    assert "github.webhook" in place.invoke("list").stdout
    (letter,) = place.letters()
    assert (letter["source"], letter["received_at"], letter["is_cut"]) == (
        "github.webhook",
        "2026-02-02T02:40:00Z",
        False,
    )
    assert letter["reason"]


def test_letters_of_one_organisation(place: Place) -> None:
    """The others are not listed."""
    received(place, b"{", organisation="acme")
    received(place, b"[", organisation="umbrella")
    listed = place.invoke("list", "--organisation", "acme", "--json").stdout.splitlines()
    assert [json.loads(line)["organisation"] for line in listed] == ["acme"]


def test_nothing_to_list_is_told(place: Place) -> None:
    """No output could mean anything."""
    assert "No dead letters" in place.invoke("list").stdout


def test_letter_that_can_be_read_by_now_is_gone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a fix of the source it is scored as if it had just come, headers and all."""
    with monkeypatch.context() as broken:
        broken.setattr("collector.receiver.reading.source_named", fail)
        received(place, PUSH)
    assert json.loads(place.invoke("replay", "--json").stdout) == {"replayed": 1, "entries": 1, "unreadable": 0}
    place.work()
    assert place.letters() == []
    assert place.scored() == ["d-1"]


def fail(_: str) -> None:
    """Stand in for a source with a fault."""
    raise KeyError("a field that is not always there")


def test_letter_that_still_cannot_be_read_stays(place: Place) -> None:
    """It is told, and nothing is lost."""
    received(place, b'{"broken": ')
    assert "1 still cannot be read" in place.invoke("replay").stdout
    assert len(place.letters()) == 1


def test_rejected_entry_is_replayed_whole(place: Place) -> None:
    """What the worker could not work off enters the stream again as the entry it was."""
    entry = Observed(event=make_event("e1"))
    with place.store.transaction() as connection:
        dead.save(connection, 0, [(1, letter_of(entry, "ZeroDivisionError: no history"))])
    assert place.invoke("replay").exit_code == 0
    assert [record.entry for record in place.stream.read(0, 0, 10)] == [entry]
    assert place.letters() == []


def test_only_the_named_letters_are_replayed(place: Place) -> None:
    """The others stay as they are."""
    entries = [Observed(event=make_event(name)) for name in ("a", "b")]
    letters = [letter_of(entry, "no") for entry in entries]
    with place.store.transaction() as connection:
        dead.save(connection, 0, list(enumerate(letters, 1)))
    place.invoke("replay", letters[0].id)
    assert [letter["id"] for letter in place.letters()] == [letters[1].id]


def test_unknown_letter_is_an_error(place: Place) -> None:
    """A mistyped id says where the right ones are."""
    answer = place.invoke("replay", "nope")
    assert (answer.exit_code, "dead list" in answer.stderr) == (2, True)
