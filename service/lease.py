"""A lease: lets one process at a time do something, and another when that one is gone."""

from __future__ import annotations

import time
from collections.abc import Callable

from service.store import leases
from service.store.database import Database

LEASE_S = 15.0
_RENEWALS = 3


class Lease:
    """One process's part in a lease.

    Who was stopped for longer than it lasts may find that another has it: what is done under a lease must be
    harmless when it is done twice.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        owner: str,
        *,
        lease_s: float = LEASE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._name = name
        self._owner = owner
        self._lease_s = lease_s
        self._clock = clock
        self._asked_at = float("-inf")
        self._is_held = False

    def is_held(self) -> bool:
        """Return whether it is ours; it is renewed by asking, at every turn."""
        now = self._clock()
        if now - self._asked_at >= self._lease_s / _RENEWALS:
            with self._database.transaction() as connection:
                self._is_held = leases.take(connection, self._name, self._owner, self._lease_s)
            self._asked_at = now
        return self._is_held

    def give_up(self) -> None:
        """Let another have it at once."""
        self._is_held, self._asked_at = False, float("-inf")
        with self._database.transaction() as connection:
            leases.give_up(connection, self._name, self._owner)
