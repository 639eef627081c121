"""The threads beside the worker that one process at a time has: the relay, and what is done by schedule."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from collector.stream.address import KafkaAddress
from service.announcer import Announcer
from service.lease import LEASE_S, Lease
from service.relay import Relay
from service.retention import Retention
from service.watch.watch import Watch
from unwonted.serving.loop import Loop, Turn
from unwonted.serving.parts import Parts, member_name

_RELAY_ADVICE = "What people decided is safe in the store and waits there; `unwonted doctor` tells more"
_SCHEDULE_ADVICE = "What is old stays until then, and a source that falls silent is told then"
_ANNOUNCE_ADVICE = "Nothing here depends on it; who listens is told later"
_PAUSE_S = 0.5


def relay_loop(parts: Parts, relay: Relay) -> Loop:
    """Return the thread that moves what people decided into the stream."""
    return Loop("relay", lambda: alone(parts, "relay", lambda: _relay(relay)), advice=_RELAY_ADVICE)


def _relay(relay: Relay) -> None:
    relay.turn()


def schedule_loop(parts: Parts, days: int, watch: Watch) -> Loop:
    """Return the thread that removes what is older than so many days, and looks at the sources."""
    return Loop("scheduler", lambda: _scheduled(parts, days, watch), advice=_SCHEDULE_ADVICE)


@contextmanager
def _scheduled(parts: Parts, days: int, watch: Watch) -> Iterator[Turn]:
    retention = Retention(parts.database, parts.stream, days)
    pause = threading.Event()

    def act() -> None:
        watch.turn()
        if not retention.turn():
            pause.wait(_PAUSE_S)

    with alone(parts, "scheduler", act) as turn:
        yield turn


def announce_loop(parts: Parts, address: KafkaAddress) -> Loop:
    """Return the thread that tells the topics of incidents and of dead letters what is new."""
    return Loop("announcer", lambda: _announcing(parts, address), advice=_ANNOUNCE_ADVICE)


@contextmanager
def _announcing(parts: Parts, address: KafkaAddress) -> Iterator[Turn]:
    from collector.stream.kafka import KafkaOutlet  # as heavy as its library, and only for this stream

    with closing(KafkaOutlet(address)) as outlet:
        announcer = Announcer(parts.database, outlet, parts.stream.partitions)
        pause = threading.Event()

        def act() -> None:
            if not announcer.turn():
                pause.wait(_PAUSE_S)

        with alone(parts, "announcer", act) as turn:
            yield turn


@contextmanager
def alone(parts: Parts, name: str, act: Turn, *, lease_s: float = LEASE_S) -> Iterator[Turn]:
    """Yield turns that do something only while no other process does the same."""
    lease = Lease(parts.database, name, member_name(), lease_s=lease_s)
    pause = threading.Event()

    def turn() -> None:
        if lease.is_held():
            act()
        else:
            pause.wait(_PAUSE_S)

    try:
        yield turn
    finally:
        with suppress(SQLAlchemyError):  # it runs out by itself
            lease.give_up()
