"""States: a snapshot is taken by its state, and leaves no trace in the event that is scored and stored."""

from __future__ import annotations

from typing import ClassVar, Self

import msgspec
import pytest

from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.snapshot import Packages, Pinned
from service import states
from service.states import States


class _Counting:
    """Counts the packages it has seen."""

    FORMAT: ClassVar[int] = 1

    def __init__(self, seen: int = 0) -> None:
        self.seen = seen

    def take(self, event: Event) -> Event:
        if isinstance(event.snapshot, Packages):
            self.seen += len(event.snapshot.pinned)
            return msgspec.structs.replace(event, numbers={"seen": float(self.seen)})
        return event

    def to_bytes(self) -> bytes:
        return str(self.seen).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        return cls(int(data))


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let organisations have one state, which counts."""
    monkeypatch.setattr(states, "STATES", {"counting": _Counting})


def _event(snapshot: Packages | None) -> Event:
    return Event(
        id="lockfile:1",
        ref="1",
        source="lockfile",
        kind=Kind.DEPENDENCY,
        action="lockfile",
        actor=Actor(ActorType.USER, "mona"),
        entity=Entity("lockfile", "package-lock.json"),
        observed_at=1.0,
        received_at=1.0,
        snapshot=snapshot,
    )


def _taken(kept: States, event: Event) -> Event:
    taken = kept.take(event)
    assert taken is not None
    return taken


_ONE = _event(Packages((Pinned("pkg:npm/left-pad", "1.3.0"),)))


@pytest.mark.usefixtures("counting")
def test_a_snapshot_becomes_what_changed() -> None:
    """The event that goes on has the state's numbers and no snapshot."""
    taken = _taken(States(), _ONE)
    assert (taken.numbers, taken.snapshot) == ({"seen": 1.0}, None)


@pytest.mark.usefixtures("counting")
def test_states_go_on_where_they_were_stored() -> None:
    """After a restart the next snapshot is held against the last before it."""
    kept = States()
    kept.take(_ONE)
    assert _taken(States.from_bytes(kept.to_bytes()), _ONE).numbers == {"seen": 2.0}


def test_a_snapshot_nobody_takes_is_dropped() -> None:
    """No stored event has one."""
    assert _taken(States(), _ONE).snapshot is None
