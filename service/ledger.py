"""The ledger: keeps in the store where pollers stand and how they are doing, in one transaction a step."""

from __future__ import annotations

from collections.abc import Mapping

from collector.errors import OvertakenError
from collector.pollers.poller import Standing, Turn
from service.store import cursors, pollers
from service.store.database import Database
from service.store.errors import ConflictError
from service.store.pollers import PollerState


class StoreLedger:
    """Where pollers stand, by the store of a service."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def standing(self, poller: str) -> Standing:
        """Return how a poller stands."""
        with self._database.reading() as connection:
            state = pollers.state_of(connection, poller)
        return Standing() if state is None else Standing(state.next_at or 0.0, state.failures)

    def under(self, poller: str, prefix: str) -> dict[str, bytes]:
        """Return what a poller keeps under the names that begin so."""
        with self._database.reading() as connection:
            return cursors.under(connection, poller, prefix)

    def record(self, turn: Turn, read: Mapping[str, bytes], changes: Mapping[str, bytes | None]) -> None:
        """Keep how a step ended and where to go on, or neither.

        Raise OvertakenError where another process has come further meanwhile.
        """
        try:
            with self._database.transaction() as connection:
                if changes:
                    cursors.save(connection, turn.name, read, changes, turn.at)
                before = pollers.state_of(connection, turn.name)
                pollers.put(connection, _after(before or PollerState(*turn[:3]), turn))
        except ConflictError as error:
            raise OvertakenError(str(error)) from None


def _after(before: PollerState, turn: Turn) -> PollerState:
    """Return how a poller is doing after a step; one that has to wait is as well as it was."""
    known = before._replace(
        organisation=turn.organisation,
        source=turn.source,
        next_at=turn.next_at,
        clock_ahead_s=before.clock_ahead_s if turn.clock_ahead_s is None else turn.clock_ahead_s,
    )
    if turn.is_waiting:
        return known
    if turn.error:
        return known._replace(last_error=turn.error, last_error_at=turn.at, failures=before.failures + 1)
    return known._replace(
        last_ok_at=turn.at,
        last_error="",
        failures=0,
        reached_at=before.reached_at if turn.reached_at is None else turn.reached_at,
        delivered=before.delivered + turn.delivered,
        unreadable=before.unreadable + turn.unreadable,
        missed=before.missed + turn.missed,
    )
