"""event: events somebody else has already brought into our shape."""

from __future__ import annotations

import msgspec

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import Event
from collector.sources.source import Context, Source, object_of


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the event the body is; its organisation is the one it came in under, whatever the body says."""
    body = object_of(delivery)
    try:
        event = msgspec.convert(body, Event)
    except msgspec.ValidationError as error:
        raise DeliveryError(f"not an event: {error}") from None
    received_at = delivery.received_at or event.received_at
    return [msgspec.structs.replace(event, organisation=context.organisation, received_at=received_at)]


SOURCE = Source("event", parse)
