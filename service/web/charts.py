"""Geometry of the page's drawings: numbers between 0 and 1000 for SVG attributes, never styles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

WIDTH = 1000
FULL_BITS = 16.0
"""A reason's bar is full at this surprise."""


class Bar(NamedTuple):
    """One bar of a row of bars, standing on the ground of a drawing of a given height."""

    x: float
    y: float
    width: float
    height: float
    label: str


class Mark(NamedTuple):
    """One event on a timeline."""

    x: int
    y: int
    height: int
    is_context: bool
    label: str


def share(amount: float, whole: float) -> int:
    """Return how much of a bar of 100 is full.

    >>> share(8.0, FULL_BITS), share(40.0, FULL_BITS), share(1.0, 0.0)
    (50, 100, 0)
    """
    return round(100 * min(1.0, max(0.0, amount) / whole)) if whole > 0 else 0


def bars(counts: Sequence[int], labels: Sequence[str], *, height: int = 60) -> list[Bar]:
    """Return bars side by side, the highest as high as the drawing; what is not nothing can be seen.

    >>> [(bar.x, bar.height) for bar in bars([0, 1, 100], ["a", "b", "c"], height=50)]
    [(0.0, 0), (333.333, 2), (666.667, 50)]
    """
    step = WIDTH / max(1, len(counts))
    highest = max(counts, default=0) or 1
    heights = [max(2, round(height * number / highest)) if number else 0 for number in counts]
    return [
        Bar(round(i * step, 3), height - tall, round(step * 0.78, 3), tall, label)
        for i, (tall, label) in enumerate(zip(heights, labels, strict=True))
    ]


def mark(
    at: datetime, score: float, *, span: tuple[datetime, datetime], highest: float, label: str, context: bool
) -> Mark:
    """Return where an event stands on its strip, and how high; a lone one stands in the middle."""
    first, last = span
    length = (last - first).total_seconds()
    x = (at - first).total_seconds() / length if length > 0 else 0.5
    tall = max(5, round(24 * max(0.0, score) / highest)) if highest > 0 else 5
    return Mark(round((WIDTH - 6) * min(1.0, max(0.0, x))), 28 - tall, tall, context, label)


def hour_labels(counts: Sequence[int]) -> list[str]:
    """Return what each hour's bar says."""
    return [f"{hour:02d}:00 UTC: {number:,}" for hour, number in enumerate(counts)]


def day_labels(counts: Sequence[int], today: datetime) -> list[str]:
    """Return what each day's bar says; the last is today.

    >>> day_labels([4, 1], datetime(2026, 3, 1, tzinfo=UTC))
    ['2026-02-28: 4', '2026-03-01: 1']
    """
    ordinal = today.astimezone(UTC).toordinal() - len(counts) + 1
    days = [datetime.fromordinal(ordinal + i).replace(tzinfo=UTC) for i in range(len(counts))]
    return [f"{day:%Y-%m-%d}: {number:,}" for day, number in zip(days, counts, strict=True)]
