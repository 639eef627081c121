"""The thread beside the worker that relays what people decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from collector.stream.group import EmbeddedGroup
from service.relay import Relay
from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts, member_name

_RELAY_ADVICE = "What people decided is safe in the store and waits there; `unwonted doctor` tells more"


def relay_loop(parts: Parts, relay: Relay) -> Loop:
    """Return the thread that moves what people decided into the stream."""
    return Loop("relay", lambda: _alone(parts, "relay", relay), advice=_RELAY_ADVICE)


@contextmanager
def _alone(parts: Parts, name: str, relay: Relay) -> Iterator[Turn]:
    """Yield turns that do something only while no other process does the same: the order is kept."""
    group = EmbeddedGroup(parts.stream_path, name, member_name())
    try:

        def turn() -> None:
            if 0 in group.assigned():
                relay.turn()
            else:
                parts.stream.wait(0, parts.stream.end(0), 0.5)

        yield turn
    finally:
        group.leave()
        group.close()
