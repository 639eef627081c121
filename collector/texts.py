"""Text that every store can keep: without NUL characters and halves of characters."""

from __future__ import annotations

from typing import Any

import msgspec

from collector.event import Actor, Entity, Event

_STAND_IN = "\ufffd"
_TEXTS = ("id", "ref", "source", "action")


def storable_text(text: str) -> str:
    r"""Return a text with `\ufffd` in the place of what PostgreSQL, or UTF-8, cannot hold.

    >>> storable_text("release"), storable_text("a\0b") == storable_text("a\ud800b") == "a\ufffdb"
    ('release', True)
    """
    if text.isascii():
        return text.replace("\0", _STAND_IN) if "\0" in text else text
    try:
        text.encode()
    except UnicodeEncodeError:
        text = "".join(_STAND_IN if "\ud800" <= character <= "\udfff" else character for character in text)
    return text.replace("\0", _STAND_IN)


def storable(event: Event) -> Event:
    """Return an event whose texts every store can keep; nearly always it is the event itself."""
    if _is_storable(event):
        return event
    told: dict[str, Any] = {name: storable_text(getattr(event, name)) for name in _TEXTS}
    return msgspec.structs.replace(
        event,
        **told,
        actor=Actor(event.actor.type, storable_text(event.actor.name)),
        entity=Entity(storable_text(event.entity.type), storable_text(event.entity.name)),
        links={storable_text(name): storable_text(value) for name, value in event.links.items()},
        facts={storable_text(name): _fact(value) for name, value in event.facts.items()},
        numbers={storable_text(name): value for name, value in event.numbers.items()},
    )


def _is_storable(event: Event) -> bool:
    """Return whether there is nothing to do: all texts are looked at as one, which is far quicker than each alone."""
    told = [event.id, event.ref, event.source, event.action, event.actor.name, event.entity.type, event.entity.name]
    told += event.links
    told += event.links.values()
    told += event.facts
    told += event.numbers
    for value in event.facts.values():
        if isinstance(value, str):
            told.append(value)
        else:
            told += value
    whole = "".join(told)
    return storable_text(whole) == whole


def _fact(value: str | list[str]) -> str | list[str]:
    return storable_text(value) if isinstance(value, str) else [storable_text(one) for one in value]
