"""The announcer: tells other systems, in topics of their own, of every change of an incident and every dead letter."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from collector.stream.entry import SCRATCH
from service.feed import Feed
from service.feed.totals import Marker
from service.store import cursors, dead, organisations
from service.store.database import Database
from service.store.dead import Letter
from service.words import moment

POLLER = "announcer"
"""The name its cursors stand under."""
AT_ONCE = 200
_START = Marker(0, 0)


class Outlet(Protocol):
    """Where it is told."""

    def incidents(self, said: Sequence[tuple[str, bytes]]) -> None:
        """Store messages durably, each with its organisation; raise StreamError."""

    def dead(self, said: Sequence[tuple[str, bytes]]) -> None:
        """Store messages durably, each with its organisation; raise StreamError."""


class Announcer:
    """Tells in turns; how far it has come is stored after each, so that a crash repeats and loses nothing.

    An incident is told as the API lists it, in whatever state it is when its turn comes: of two changes in quick
    succession the last is told. Copies made for drills are nobody's news.
    """

    def __init__(
        self, database: Database, outlet: Outlet, partitions: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._feed = Feed(database)
        self._outlet = outlet
        self._partitions = partitions
        self._clock = clock

    def turn(self) -> int:
        """Tell what is new, a bounded part of it; return how many messages that were."""
        with self._database.reading() as connection:
            kept = cursors.under(connection, POLLER)
            known = [name for name in organisations.names(connection) if SCRATCH not in name]
        told = sum(self._tell_incidents(name, kept) for name in known)
        return told + sum(self._tell_dead(partition, kept) for partition in range(self._partitions))

    def _tell_incidents(self, organisation: str, kept: dict[str, bytes]) -> int:
        name = f"incidents/{organisation}"
        heard = msgspec.json.decode(kept[name], type=Marker) if name in kept else _START
        marker, changed = self._feed.changes(organisation, heard, AT_ONCE)
        if marker == heard:
            return 0
        self._outlet.incidents([(organisation, one.model_dump_json().encode()) for one in changed])
        self._keep(name, kept, msgspec.json.encode(marker))
        return len(changed)

    def _tell_dead(self, partition: int, kept: dict[str, bytes]) -> int:
        name = f"dead/{partition}"
        heard = msgspec.json.decode(kept[name], type=int) if name in kept else 0
        with self._database.reading() as connection:
            found = dead.after(connection, partition, heard, AT_ONCE)
        if not found:
            return 0
        self._outlet.dead([(letter.organisation, _letter(letter)) for _, letter in found])
        self._keep(name, kept, msgspec.json.encode(found[-1][0]))
        return len(found)

    def _keep(self, name: str, kept: dict[str, bytes], body: bytes) -> None:
        with self._database.transaction() as connection:
            cursors.save(connection, POLLER, kept, {name: body}, self._clock())


def _letter(letter: Letter) -> bytes:
    return msgspec.json.encode(letter._asdict() | {"received_at": moment(letter.received_at)})
