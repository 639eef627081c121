"""Reasons in words: which features made an event strange, compared with what."""

from __future__ import annotations

import math

from collector.event import Event
from models.extraction import STANDINGS, Observations
from models.features import FEATURES, OWNERS, Feature, Measure
from models.finding import Reason
from models.kernel import STANDINGS as LAST_STANDING
from models.vocabulary import Vocabulary

MIN_BITS = 2.0
"""Less than this is no reason: one event in four is that strange."""
MAX_REASONS = 12
_TEXT = 120


class Explainer:
    """Writes the reasons of one event from what the kernel measured."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def reasons(self, observations: Observations, i: int, detail: object, usual: object) -> tuple[Reason, ...]:
        """Return the reasons of event `i` of a batch, strongest first, one a feature."""
        best: dict[int, tuple[float, int]] = {}
        for o in range(int(observations.starts[i]), int(observations.starts[i + 1])):
            bits = float(detail[o, 0])  # type: ignore[index]  # numpy array
            column = int(observations.columns[o])
            if bits >= MIN_BITS and bits > best.get(column, (0.0, 0))[0]:
                best[column] = (bits, o)
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:MAX_REASONS]
        return tuple(self._reason(observations, i, column, o, detail, usual) for column, (_, o) in ranked)

    def _reason(self, observations: Observations, i: int, column: int, o: int, detail: object, usual: object) -> Reason:
        feature = FEATURES[column]
        bits, n, level, x = (float(value) for value in detail[o])  # type: ignore[index]  # numpy array
        if feature.measure is Measure.CATEGORICAL:
            value = self._value(int(observations.what[o]), i)
            habit = self._value(int(usual[o]), i)  # type: ignore[index]  # numpy array
            habit = "" if habit == feature.absent else habit  # to lack something is no habit worth telling
        else:
            value = amount(2.0**x - 1.0 if feature.measure is not Measure.RATE else x, feature.unit)
            habit = amount(2.0**level - 1.0, feature.unit) if n >= 1 else ""
        owner = self._owner(feature, observations, i)
        text = feature.phrase.format(
            value=value, owner=owner, n=math.floor(n + 0.5), usual=habit or "nothing known yet", times=""
        )
        return Reason(feature.name, feature.family, text, value, habit, round(bits, 3), round(n, 1))

    def _owner(self, feature: Feature, observations: Observations, i: int) -> str:
        names = []
        for part in feature.owners[0].split("+"):
            number = int(observations.owners[i, OWNERS.index(part)])
            names.append("the organisation" if part == "population" else self._value(number, i))
        return " in ".join(name for name in names if name) or "it"

    def _value(self, number: int, i: int) -> str:
        if 0 < number <= LAST_STANDING:
            return STANDINGS[number]
        return self._vocabulary.name(number, i)[:_TEXT]


def amount(x: float, unit: str) -> str:
    """Return a number as people write it.

    >>> amount(90.0, "s"), amount(36.0, "h"), amount(3.0, "")
    ('2 min', '36 hours', '3')
    """
    if unit == "h" or (unit == "s" and x >= 7200.0):
        hours = x if unit == "h" else x / 3600.0
        return f"{hours:.0f} hours" if hours < 72 else f"{hours / 24:.0f} days"
    if unit == "s":
        return f"{x:.0f} s" if x < 90.0 else f"{x / 60:.0f} min"
    return f"{x:.0f}" if x >= 10 or abs(x - round(x)) < 0.05 else f"{x:.1f}"


def headline(event: Event) -> str:
    """Return who did what to what, in one short line."""
    return f"{event.actor} {event.action} {event.entity}"
