"""The drills of a service: who may be drilled, and what becomes of one that was interrupted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.networks import Networks
from collector.stream import observed
from collector.stream.entry import Erased
from service.store import drills
from service.store.errors import ConflictError, NotFoundError
from tests.service.stand_ins import make_event
from unwonted.drills import SIMULATED, cast_from, moment_for, networks_for
from unwonted.serving.drilling import DrillRoom
from unwonted.serving.parts import Parts, opened
from unwonted.settings import Settings


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """Yield the parts of a service in which nothing works yet."""
    with opened(Settings.load({"data": tmp_path})) as parts:
        yield parts


def room(parts: Parts) -> DrillRoom:
    """Return the drills of a service."""
    return DrillRoom(parts, Networks(), 3.0)


def know(parts: Parts, organisation: str = "default", person: str = "mona") -> None:
    """Let a person of an organisation be known."""
    event = make_event(f"{organisation}:{person}", actor=person, organisation=organisation)
    event.links["repo"] = "acme/pay"
    parts.stream.append(observed([event]))


def test_unknown_drill_is_not_found(parts: Parts) -> None:
    """A name that is none begins nothing."""
    know(parts)
    with pytest.raises(NotFoundError, match="there is no drill nonsense"):
        room(parts).begin("default", ["nonsense"], seed=None, keep=False)


def test_nobody_to_play_with(parts: Parts) -> None:
    """An organisation of which nothing is known cannot be drilled, and is told why."""
    with pytest.raises(ConflictError, match="no person is known yet"):
        room(parts).begin("default", [], seed=None, keep=False)


def test_begun_drills_wait_in_the_store(parts: Parts) -> None:
    """Whoever asked can see that their drills wait."""
    know(parts)
    begun = room(parts).begin("default", ["token-mass-clone", "visibility-flip"], seed=1, keep=False)
    with parts.database.reading() as connection:
        assert {row.id for row in drills.recent(connection, "default", 10)} == set(begun)


def test_cast_is_of_one_organisation(parts: Parts) -> None:
    """Nobody of another organisation plays in a drill."""
    know(parts, "default", "mona")
    know(parts, "umbrella", "wesker")
    assert [person.account.login for person in cast_from(parts.stream, "default").organisation.people] == ["mona"]


def test_interrupted_drill_is_ended(parts: Parts) -> None:
    """What an earlier process left half played is erased, and said to have failed."""
    with parts.database.transaction() as connection:
        drills.begin(connection, "3f2a", "default", "token-mass-clone", 1.0)
    with room(parts)._opened():
        pass
    with parts.database.reading() as connection:
        row = drills.one(connection, "3f2a")
    assert row is not None
    assert json.loads(row.result)["ending"] == "failed"
    entry = parts.stream.read(0, 0, 1)[0].entry
    assert isinstance(entry, Erased)
    assert entry.organisation == "default~drill-token-mass-clone-3f2a"


def test_drill_follows_an_old_history() -> None:
    """A recording of last year is drilled soon after its end, a live organisation now."""
    assert moment_for(1_000_000.0, 9_000_000.0) < 1_100_000.0
    assert moment_for(9_000_000.0, 9_000_100.0) == 9_000_100.0


def test_invented_addresses_have_invented_networks() -> None:
    """The simulated organisation's offices are known by their network, nobody else's are."""
    assert networks_for(f"{SIMULATED}~drill", Networks()).lookup("192.0.2.7").kind == "office"
    assert networks_for("default", Networks()).lookup("192.0.2.7").kind == ""
