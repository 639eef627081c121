"""How far an organisation's incidents have changed, and how many there are of those asked for."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from sqlalchemy import Connection

from service.store import listing, triage
from service.store.listing import Wanted

REMEMBERED = 200
"""Filters whose totals are remembered."""


class Marker(NamedTuple):
    """How far a listener has heard: of the worker's changes, and of people's."""

    position: int
    seq: int


class Totals:
    """Counts the incidents asked for, and anew only once one of the organisation's changed.

    A count looks at every incident there is; readers ask for the same few lists again and again.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[Wanted, tuple[Marker, int]] = OrderedDict()
        self._turn = Lock()

    def of(self, connection: Connection, wanted: Wanted) -> int:
        """Return how many incidents are wanted."""
        now = marker_of(connection, wanted.organisation)
        with self._turn:
            at, total = self._known.get(wanted, (None, 0))
        if at != now:
            total = listing.total(connection, wanted)
            with self._turn:
                self._known[wanted] = now, total
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
        return total


def marker_of(connection: Connection, organisation: str) -> Marker:
    """Return where a listener who knows everything stands."""
    return Marker(listing.last_change(connection, organisation), triage.last_change(connection, organisation))
