"""event: events somebody else has already brought into our shape."""

from __future__ import annotations

import msgspec

from collector.delivery import Delivery, is_on_a_calendar
from collector.errors import DeliveryError
from collector.event import WATCH, Event
from collector.sources.source import Context, Source, object_of
from collector.texts import storable


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the event the body is; its organisation is the one it came in under, whatever the body says.

    Signals and snapshots are never taken from a sender.
    """
    body = object_of(delivery)
    try:
        event = msgspec.convert(body, Event)
    except msgspec.ValidationError as error:
        raise DeliveryError(f"not an event: {error}") from None
    if not all(map(is_on_a_calendar, (event.observed_at, event.received_at))):
        raise DeliveryError("not an event: observed_at and received_at are seconds since 1970, up to the year 9999")
    if event.source == WATCH:
        raise DeliveryError(f"not an event: the source {WATCH} is our own, nobody else tells of it; name another")
    received_at = delivery.received_at or event.received_at
    ours = {"organisation": context.organisation, "received_at": received_at, "signals": {}, "snapshot": None}
    return [storable(msgspec.structs.replace(event, **ours))]


SOURCE = Source("event", parse)
