"""The ground of a drill: the service's own stream and store, in the same process or another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from collector.stream import Stream, partition_of
from collector.stream.entry import Entry
from service.incident import Incident
from service.store import drills, incidents
from service.store.database import Database
from service.store.positions import position_of
from training.drills.result import Standing
from training.errors import DrillError

PATIENCE_S = 120.0
"""How long the worker may take for one part of a drill, the work that waits before it included."""
_LOOK_EVERY_S = 0.02
_MOST = 50
"""Incidents of a scratch organisation that are looked at."""

Settle = Callable[[int, int], None]
"""Returns when the effects of everything up to a position of a partition are stored, or raises DrillError."""


class StoreGround:
    """Plays into a stream, and reads what became of it from the store."""

    def __init__(self, stream: Stream, database: Database, settle: Settle | None = None) -> None:
        """Wait for the worker that runs, unless `settle` says how its work is done."""
        self._stream = stream
        self._database = database
        self._settle = settle or self._wait

    def play(self, entries: Sequence[Entry]) -> None:
        """Append entries, all of one organisation; return when the worker has stored their effects."""
        partition = partition_of(entries[0].organisation, self._stream.partitions)
        self._stream.append(entries)
        self._settle(partition, self._stream.end(partition))

    def incidents(self, organisation: str) -> Sequence[Incident]:
        """Return an organisation's strongest incidents."""
        with self._database.reading() as connection:
            return incidents.by_score(connection, organisation, _MOST)

    def rivals(self, organisation: str, since: float) -> Sequence[float]:
        """Return the strength of each of an organisation's incidents that lasted until `since` at least."""
        with self._database.reading() as connection:
            return drills.strengths(connection, organisation, since)

    def first_at(self, organisation: str) -> float:
        """Return when an organisation's history begins."""
        with self._database.reading() as connection:
            return (drills.span(connection, organisation) or (0.0, 0.0))[0]

    def standing(self, scratch: str, organisation: str, since: float) -> Standing:
        """Return where the strongest event of a scratch organisation stands among another's since a time."""
        with self._database.reading() as connection:
            return Standing(*drills.strongest(connection, scratch, organisation, since))

    def _wait(self, partition: int, position: int) -> None:
        pause, deadline = threading.Event(), time.monotonic() + PATIENCE_S
        while (done := self._position(partition)) < position:
            if time.monotonic() > deadline:
                raise DrillError(
                    f"the worker did not come to position {position:,} of partition {partition} within "
                    f"{PATIENCE_S:.0f} s, it is at {done:,}; see that one runs, with `unwonted doctor`, and play again"
                )
            pause.wait(_LOOK_EVERY_S)

    def _position(self, partition: int) -> int:
        with self._database.reading() as connection:
            return position_of(connection, partition)
