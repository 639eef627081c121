"""Text that every store can keep: without NUL characters and halves of characters, and in events without tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from collector.event import Actor, Entity, Event
from collector.names import holds_token, without_token
from collector.snapshot import Snapshot

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
    """Return an event whose texts every store can keep, and may; nearly always it is the event itself.

    A token of a known make, which somebody wrote where a name belongs, becomes a digest: names stay different ones.
    """
    if event.snapshot is not None:
        event = _with_clean_snapshot(event, event.snapshot)
    whole = "\n".join(_texts_of(event))
    is_secret = holds_token(whole)
    if not is_secret and storable_text(whole) == whole:
        return event
    return _rewritten(event, _kept_secret if is_secret else storable_text)


def _with_clean_snapshot(event: Event, snapshot: Snapshot) -> Event:
    """Return an event whose snapshot holds no token: versions and places are whatever somebody wrote, too."""
    written = msgspec.json.encode(snapshot).decode()
    if not holds_token(written):
        return event
    # what stands for a token needs no escape, so what is written stays what could be read
    return msgspec.structs.replace(event, snapshot=msgspec.json.decode(without_token(written), type=Snapshot))


def _kept_secret(text: str) -> str:
    return storable_text(without_token(text))


def _rewritten(event: Event, kept: Callable[[str], str]) -> Event:
    told: dict[str, Any] = {name: kept(getattr(event, name)) for name in _TEXTS}
    return msgspec.structs.replace(
        event,
        **told,
        actor=Actor(event.actor.type, kept(event.actor.name)),
        entity=Entity(kept(event.entity.type), kept(event.entity.name)),
        links={kept(name): kept(value) for name, value in event.links.items()},
        facts={
            kept(name): kept(value) if isinstance(value, str) else [kept(one) for one in value]
            for name, value in event.facts.items()
        },
        numbers={kept(name): value for name, value in event.numbers.items()},
    )


def _texts_of(event: Event) -> list[str]:
    """Return all texts of an event: they are looked at as one, which is far quicker than each alone."""
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
    return told
