"""Redelivery: which of a webhook's deliveries failed, and which of them to ask for again, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from collector.delivery import parse_time

KEPT_S = 3 * 86_400.0 - 600.0
"""How long GitHub can send a delivery again, less a few minutes."""
WAITS_S = (300.0, 3_600.0, 21_600.0, 86_400.0)
"""How long after each attempt the next may follow; after the last of them it is given up."""
MAX_FAILED = 1_000
"""Failed deliveries of one hook that are remembered at once."""
_OVERLAP_S = 120.0


class Failed(msgspec.Struct, frozen=True):
    """A delivery that did not arrive."""

    id: int
    """Of the delivery that failed last, by which it is asked for again."""
    at: float
    """When it was first delivered."""
    tries: int = 0
    """How often it was asked for again."""
    next_at: float = 0.0


class Place(msgspec.Struct, frozen=True):
    """How far a hook's deliveries were looked at; they are listed newest first."""

    since: float
    """Everything up to this time was looked at."""
    cursor: str = ""
    """The next page of those since then; empty for the first."""
    top: float = 0.0
    """The newest delivery of this look."""
    is_down: bool = False
    """The newest delivery failed: perhaps nobody is there to be sent anything."""
    mended: frozenset[str] = frozenset()
    """What arrived at a later attempt, of those seen in this look."""
    failed: dict[str, Failed] = {}


class Look(msgspec.Struct, frozen=True):
    """What a page came to."""

    place: Place
    is_over: bool
    """What follows was looked at before."""
    missed: int = 0
    """Failed deliveries for which there was no room."""


def look(place: Place, listed: Iterable[dict[str, Any]], now: float) -> Look:
    """Take a page in: what failed and did not arrive later, and what arrived since it failed."""
    failed, mended, missed, is_over = dict(place.failed), set(place.mended), 0, False
    top, is_down = place.top, place.is_down
    oldest = max(place.since - _OVERLAP_S, now - KEPT_S)
    for one in listed:
        guid, at, number = str(one.get("guid") or ""), parse_time(one.get("delivered_at")), one.get("id")
        if at is None or not guid or not isinstance(number, int):
            continue
        is_over = at < oldest
        if is_over:
            break
        is_well = _is_well(one)
        if at > top:
            top, is_down = at, not is_well
        if is_well or one.get("event") == "ping":
            mended.add(guid)
            failed.pop(guid, None)
        elif guid in mended or (guid not in failed and one.get("redelivery")):
            continue  # an attempt of what was given up; where it was not, the delivery itself is listed too
        elif guid not in failed and len(failed) >= MAX_FAILED:
            missed += 1
        else:
            failed[guid] = _failed(failed.get(guid), number, at)
    told = Place(place.since, "", top, is_down, frozenset(mended), failed)
    return Look(told, is_over, missed)


def ended(place: Place) -> Place:
    """Return where the next look begins, once the last page was taken in."""
    return Place(max(place.since, place.top), is_down=place.is_down, failed=place.failed)


def due(place: Place, now: float) -> str | None:
    """Return what to ask for again now, the oldest first."""
    waiting = [(one.at, guid) for guid, one in place.failed.items() if one.next_at <= now and not _is_lost(one, now)]
    return min(waiting)[1] if waiting else None


def asked(place: Place, guid: str, now: float) -> Place:
    """Return the place once something has been asked for again."""
    one = place.failed[guid]
    wait = WAITS_S[min(one.tries, len(WAITS_S) - 1)]
    tried = msgspec.structs.replace(one, tries=one.tries + 1, next_at=now + wait)
    return msgspec.structs.replace(place, failed={**place.failed, guid: tried})


def without_lost(place: Place, now: float) -> Place:
    """Return the place without what was asked for too often, or is too old to be sent again."""
    failed = {guid: one for guid, one in place.failed.items() if not _is_lost(one, now)}
    return msgspec.structs.replace(place, failed=failed)


def _is_lost(one: Failed, now: float) -> bool:
    return now - one.at > KEPT_S or (one.tries >= len(WAITS_S) and one.next_at <= now)


def _is_well(one: dict[str, Any]) -> bool:
    code = one.get("status_code")
    return isinstance(code, int) and 200 <= code < 300


def _failed(before: Failed | None, number: int, at: float) -> Failed:
    if before is None:
        return Failed(number, at)
    return msgspec.structs.replace(before, id=max(before.id, number), at=min(before.at, at))
