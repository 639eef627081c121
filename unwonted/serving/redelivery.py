"""Redelivery: a delivery that was kept is read again into the stream; what was accepted before changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collector.networks import Networks
from collector.receiver import hec
from collector.receiver.entrance import Arrived
from collector.receiver.problem import Refused
from collector.receiver.reading import Reader, Reading
from collector.receiver.routes import HOOKS
from collector.sources import Context
from collector.stream.entry import Entry, Observed
from service.source_shapes import ReplayShape
from service.store import dead, deliveries, events
from service.store.deliveries import Kept
from service.store.errors import ConflictError, NotFoundError
from unwonted.serving.parts import Parts

_AT_ONCE = 500


class Redelivery:
    """Reads kept deliveries as they would be read today."""

    def __init__(self, parts: Parts, networks: Networks) -> None:
        self._parts = parts
        self._networks = networks

    def replay(self, organisation: str, identity: int) -> ReplayShape:
        """Read a delivery again into the stream; raise NotFoundError, or ConflictError where it was not kept whole."""
        kept = self._kept(organisation, identity)
        reading = self._read(kept)
        told = [entry for entry in reading.entries if isinstance(entry, Observed)]
        told = _under_their_ids(told, kept)
        new = self._unknown(organisation, told)
        self._parts.stream.append(new)
        if not reading.unreadable and kept.letters:
            with self._parts.database.transaction() as connection:
                dead.remove(connection, kept.letters)
        return ReplayShape(
            delivery=identity,
            entries=len(new),
            known=len(told) - len(new),
            unreadable=reading.unreadable,
            reason=reading.reason,
        )

    def _kept(self, organisation: str, identity: int) -> Kept:
        with self._parts.database.reading() as connection:
            kept = deliveries.one(connection, organisation, identity)
        if kept is None:
            raise NotFoundError(f"there is no delivery {identity} in {organisation}: the log holds the last ones only")
        if not kept.can_be_replayed:
            raise ConflictError(
                f"of delivery {identity} the body was not kept whole, so it cannot be read again; have the sender send "
                "it again. UNWONTED_DELIVERIES_BODIES=all keeps the bodies of what is accepted, too"
            )
        return kept

    def _read(self, kept: Kept) -> Reading:
        reader = Reader(Context(kept.organisation, self._networks), kept.received_at)
        headers = {name.lower(): value for name, value in kept.headers.items()}
        arrived = Arrived(kept.sender, headers, kept.body.encode(), {})
        try:
            if kept.sender != hec.SENDER:
                return HOOKS.read(reader, arrived)
            try:
                return hec.EVENTS.read(reader, arrived)
            except Refused:
                return hec.LINES.read(reader, arrived)
        except Refused as refused:
            return Reading(unreadable=1, reason=refused.detail)

    def _unknown(self, organisation: str, told: Sequence[Observed]) -> list[Entry]:
        """Return the events that the store does not know; those the worker has yet to see it will know by their ids."""
        seen: set[str] = set()
        ids = [entry.event.id for entry in told]
        with self._parts.database.reading() as connection:
            for start in range(0, len(ids), _AT_ONCE):
                seen |= events.by_id(connection, organisation, ids[start : start + _AT_ONCE]).keys()
        return [entry for entry in told if entry.event.id not in seen]


def _under_their_ids(told: list[Observed], kept: Kept) -> list[Observed]:
    """Return events under the ids they were accepted under: where those are digests, masking changed them."""
    if len(kept.ids) != len(told):
        return told
    return [
        Observed(event=msgspec.structs.replace(entry.event, id=name))
        for entry, name in zip(told, kept.ids, strict=True)
    ]
