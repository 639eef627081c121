"""Settled shapes: what an analyst called benign is not told again as long as nothing else is strange about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from collector.event import Event
from models import kernel
from models.detector import Arrays, Matrix
from models.extraction import Observations, event_time, hour_of_week, spec_arrays
from models.features import FEATURES, Measure
from models.profile import Profiles
from models.signals import cells_of
from models.vocabulary import stable_id

MAX_KEYS = 4096
"""Actors doing something to something whose shapes are kept; the longest untouched gives way."""
MAX_SHAPES = 8
"""Shapes kept of one such key."""
MAX_CELLS = 4096
"""Values kept of one shape."""
BLOCK_S = 3 * 3600.0
TOLERANCE = 0.5
"""Numbers and rates are log2: what is at most 1.4 times as much as was called benign is the same."""

AMOUNT = np.dtype([("column", "i8"), ("low", "f8"), ("high", "f8")])

_VALUES = frozenset(i for i, feature in enumerate(FEATURES) if feature.measure is Measure.CATEGORICAL)
_NUMBERS = frozenset(i for i, feature in enumerate(FEATURES) if feature.measure is Measure.NUMBER)
_RATES = frozenset(i for i, feature in enumerate(FEATURES) if feature.measure is Measure.RATE)
_STANDINGS = frozenset(i for i, feature in enumerate(FEATURES) if feature.value == "standing")
_SPEC = spec_arrays()[0]
_SLOTS = [stable_id(f"feature:{feature.name}") for feature in FEATURES]


@dataclass(frozen=True)
class Shape:
    """What one actor did to one thing, as one verdict covered it: its values, and how much of what."""

    cells: frozenset[int]
    amounts: dict[int, tuple[float, float]]
    """By column: the least and the most, on the scale it is measured in."""

    def covers(self, observations: Observations, strange: Iterable[int], detail: Matrix) -> bool:
        """Return whether all the strange observations were part of what was called benign."""
        return all(self._has(observations, o, float(detail[o, 3])) for o in strange)

    def _has(self, observations: Observations, o: int, x: float) -> bool:
        column = int(observations.columns[o])
        if column in _STANDINGS:
            return True  # whose shape it is says who did it, and a standing only rises
        if column in _VALUES:
            return _cell(column, int(observations.what[o])) in self.cells
        low, high = self.amounts.get(column, (np.inf, -np.inf))
        level = float(np.log2(1.0 + x)) if column in _RATES else x
        return low - TOLERANCE <= level <= high + TOLERANCE


class Settled:
    """The shapes of one organisation, by who does what to what."""

    def __init__(self) -> None:
        self._shapes: dict[int, tuple[Shape, ...]] = {}

    def add(self, events: Iterable[Event], observations: Observations, profiles: Profiles) -> None:
        """Keep the shapes of events that one verdict called benign; those of one key are one shape."""
        drawn: dict[int, tuple[set[int], dict[int, tuple[float, float]]]] = {}
        for i, event in enumerate(events):
            cells, amounts = drawn.setdefault(key_of(event), (set(), {}))
            cells.update(cells_of(event))
            for o in range(int(observations.starts[i]), int(observations.starts[i + 1])):
                column = int(observations.columns[o])
                if column in _VALUES:
                    cells.add(_cell(column, int(observations.what[o])))
                    cells.update(_hours_beside(event, column))
                elif (seen := _amount(observations, i, o, profiles)) is not None:
                    low, high = amounts.get(column, seen)
                    amounts[column] = min(low, seen[0]), max(high, seen[1])
        for key, (cells, amounts) in drawn.items():
            self._keep(key, Shape(frozenset(sorted(cells)[:MAX_CELLS]), dict(sorted(amounts.items()))))

    def remove(self, events: Iterable[Event]) -> None:
        """Drop every shape of who did what to what in these events."""
        for event in events:
            self._shapes.pop(key_of(event), None)

    def covers(self, event: Event, observations: Observations, i: int, detail: Matrix, least: float) -> bool:
        """Return whether everything about event `i` of at least so many bits was called benign before, together."""
        shapes = self._shapes.get(key_of(event), ())
        if not shapes:
            return False
        span = range(int(observations.starts[i]), int(observations.starts[i + 1]))
        strange = [o for o in span if detail[o, 0] >= least]
        signals = cells_of(event)
        return any(shape.cells.issuperset(signals) and shape.covers(observations, strange, detail) for shape in shapes)

    def _keep(self, key: int, shape: Shape) -> None:
        others = [other for other in self._shapes.pop(key, ()) if not other.cells <= shape.cells]
        self._shapes[key] = (*others, shape)[-MAX_SHAPES:]
        if len(self._shapes) > MAX_KEYS:
            del self._shapes[next(iter(self._shapes))]

    def arrays(self) -> Arrays:
        """Return the shapes, longest untouched first."""
        flat = [(key, shape) for key, shapes in self._shapes.items() for shape in shapes]
        amounts = [(column, *span) for _, shape in flat for column, span in shape.amounts.items()]
        return {
            "keys": np.array([key for key, _ in flat], np.int64),
            "lengths": np.array([(len(shape.cells), len(shape.amounts)) for _, shape in flat], np.int64).reshape(-1, 2),
            "cells": np.array([cell for _, shape in flat for cell in sorted(shape.cells)], np.int64),
            "amounts": np.array(amounts, AMOUNT),
        }

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Settled:
        """Return the shapes that `arrays` describes."""
        settled = cls()
        cells, amounts = iter(arrays["cells"].tolist()), iter(arrays["amounts"].tolist())
        for key, (values, numbers) in zip(arrays["keys"].tolist(), arrays["lengths"].tolist(), strict=True):
            ours = frozenset(next(cells) for _ in range(values))
            spans = {column: (low, high) for column, low, high in (next(amounts) for _ in range(numbers))}
            settled._shapes[key] = (*settled._shapes.get(key, ()), Shape(ours, spans))
        return settled


def key_of(event: Event) -> int:
    """Return the number of who does what to what."""
    return stable_id(f"{event.actor}\0{event.action}\0{event.entity}")


def _cell(column: int, value: int) -> int:
    return int(kernel.mix(_SLOTS[column], value))


def _hours_beside(event: Event, column: int) -> list[int]:
    """Return the three-hour blocks beside an event's own: what is benign at 11:59 is benign at 12:01."""
    if FEATURES[column].value != "hour":
        return []
    at = event_time(event)
    return [_cell(column, stable_id(hour_of_week(event, at + shift))) for shift in (-BLOCK_S, BLOCK_S)]


def _amount(observations: Observations, i: int, o: int, profiles: Profiles) -> tuple[float, float] | None:
    """Return a number as it was measured, or up to where a rate or a pause was ever measured; None where it was not."""
    column = int(observations.columns[o])
    if column in _NUMBERS:
        x = float(observations.numbers[o])
        return x, x
    highest = profiles.highest(observations.owners[i], _SPEC[column])
    return None if highest is None else (0.0, highest)
