"""An actor or an entity: what it does, whom it meets, and what of it stood out."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from service.words import DAY_S, moment

RECENT = 2_000
"""Events looked at: a bot of a million says no more of what is usual for it."""
STRANGEST = 10
COMMONEST = 12
DAYS = 30


def habits(rows: Sequence[Row[Any]], name: str) -> dict[str, Any]:
    """Return what the events of an actor or entity tell of it, as its shape names it."""
    others = Counter(row.entity if row.actor == name else row.actor for row in rows)
    last = max((row.observed_at for row in rows), default=None)
    return {
        "last_at": None if last is None else moment(last),
        "actions": dict(Counter(row.action for row in rows).most_common(COMMONEST)),
        "hours": _hours(rows),
        "days": [] if last is None else _days(rows, last),
        "peers": dict(others.most_common(COMMONEST)),
    }


def strangest(rows: Sequence[Row[Any]]) -> list[int]:
    """Return the numbers of the events of highest score, strangest first."""
    return [row.seq for row in heapq.nsmallest(STRANGEST, rows, key=lambda row: (-row.score, -row.seq))]


def _hours(rows: Sequence[Row[Any]]) -> list[int]:
    counted = Counter(moment(row.observed_at).hour for row in rows)
    return [counted[hour] for hour in range(24)] if rows else []


def _days(rows: Sequence[Row[Any]], last: float) -> list[int]:
    """Return events a day over the days before its last event, that day included."""
    today = last // DAY_S
    counted = Counter(int(today - row.observed_at // DAY_S) for row in rows)
    return [counted[ago] for ago in reversed(range(DAYS))]
