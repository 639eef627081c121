"""event: events somebody else has already brought into our shape."""

from __future__ import annotations

import math

import msgspec

from collector.delivery import Delivery, is_on_a_calendar
from collector.errors import DeliveryError
from collector.event import WATCH, Event
from collector.masking import mask_text
from collector.purls import MAX_NAME
from collector.sboms.component import clean, component_of
from collector.snapshot import MAX_PINNED, Packages, Pinned
from collector.sources.source import Context, Source, object_of
from collector.texts import storable

MAX_EVENT = 1 << 20
"""Most bytes of one event, its snapshot apart."""
MAX_PLACE = 1024


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the event the body is; its organisation is the one it came in under, whatever the body says.

    Signals are never taken from a sender, and secrets in facts are masked. Of snapshots those of packages are, as a
    lockfile could tell them, so that a history that is replayed says what it pinned.
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
    pinned = packages_of(event.snapshot) if isinstance(event.snapshot, Packages) else None
    _refuse_shapeless(msgspec.structs.replace(event, snapshot=None))
    received_at = delivery.received_at or event.received_at
    ours = {"organisation": context.organisation, "received_at": received_at, "signals": {}, "snapshot": pinned}
    return [storable(msgspec.structs.replace(event, **ours, facts=_masked(event.facts)))]


def _refuse_shapeless(event: Event) -> None:
    """Raise DeliveryError where an event lacks a name that it must have, or is far longer than any fact needs."""
    names = {"id": event.id, "action": event.action, "actor.name": event.actor.name, "entity.type": event.entity.type}
    for name, value in names.items():
        if not value:
            raise DeliveryError(f"not an event: {name} is empty")
    if not all(map(math.isfinite, event.numbers.values())):
        raise DeliveryError("not an event: a number of it is none that can be written")
    if len(msgspec.json.encode(event)) > MAX_EVENT:
        raise DeliveryError(f"not an event: it may have {MAX_EVENT >> 20} MiB; tell less, or by a source of its own")


def packages_of(told: Packages) -> Packages:
    """Return a snapshot of packages as our own sources would have made it: bounded, masked, by true package URLs."""
    pinned = tuple(filter(None, map(_pin_of, told.pinned[:MAX_PINNED])))
    return Packages(pinned, clean(told.place)[:MAX_PLACE], is_cut=told.is_cut or len(told.pinned) > MAX_PINNED)


def _pin_of(told: Pinned) -> Pinned | None:
    component = component_of(told.purl, "", told.version, told.integrity)
    if component is None:
        return None
    host = clean(told.host)[:MAX_NAME]
    return Pinned(component.purl, component.version, host, component.integrity, told.is_direct, told.runs_script)


def _masked(facts: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
    whole = "\n".join(value if isinstance(value, str) else "\n".join(value) for value in facts.values())
    if mask_text(whole) == whole:
        return facts
    return {
        name: mask_text(value) if isinstance(value, str) else [mask_text(one) for one in value]
        for name, value in facts.items()
    }


SOURCE = Source("event", parse)
