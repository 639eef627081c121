"""States: what a worker remembers of the places that send snapshots, so that it can tell what changed in them.

Each state takes the events of its own kind of snapshot and returns them with the facts, numbers and signals of what
changed. Like all of a worker's memory it is a function of the stream up to a position, and of nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import ClassVar, Protocol, Self

import msgspec

from collector.event import Event
from models import layout
from service.dependencies import Dependencies
from service.model_code import ModelCode
from service.printed import PrintedLines


class State(Protocol):
    """What is remembered for one kind of snapshot."""

    FORMAT: ClassVar[int]
    """Grows with every change of what it keeps, or of what it makes of an event."""

    def take(self, event: Event) -> Event | None:
        """Return the event with what changed, and remember what it showed; any event may come, most are not its own.

        None is for what is only to be remembered: nothing of it is scored or stored.
        """

    def to_bytes(self) -> bytes:
        """Return all of it."""

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return what `to_bytes` described."""


STATES: dict[str, type[State]] = {"printed": PrintedLines, "dependencies": Dependencies, "model_code": ModelCode}
"""The states an organisation has, by the name under which each is stored, in the order an event passes them."""


def _layout() -> str:
    text = repr((layout.LAYOUT, sorted((name, state.FORMAT) for name, state in STATES.items())))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


LAYOUT = _layout()
"""Stands on every snapshot of a memory: one with another is not read, but made again from the stream."""


class States:
    """All states of one organisation."""

    def __init__(self, kept: Mapping[str, State] | None = None) -> None:
        self._kept: dict[str, State] = {name: made() for name, made in STATES.items()} | dict(kept or {})

    def take(self, event: Event) -> Event | None:
        """Return an event with what changed in place of its snapshot; None where there is nothing to score."""
        for state in self._kept.values():
            taken = state.take(event)
            if taken is None:
                return None
            event = taken
        return event if event.snapshot is None else msgspec.structs.replace(event, snapshot=None)

    def to_bytes(self) -> bytes:
        """Return all of them."""
        return msgspec.msgpack.encode({name: state.to_bytes() for name, state in self._kept.items()})

    @classmethod
    def from_bytes(cls, data: bytes) -> States:
        """Return what `to_bytes` described."""
        kept = msgspec.msgpack.decode(data, type=dict[str, bytes])
        return cls({name: STATES[name].from_bytes(body) for name, body in kept.items()})
