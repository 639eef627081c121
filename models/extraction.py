"""From events to observations: the arrays the compiled kernel reads."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from collector.event import WATCH, Event, Kind
from models import kernel
from models.features import FEATURES, INDEX, OWNERS
from models.vocabulary import Vocabulary, stable_id

STANDINGS = ("", "a newcomer", "an occasional actor", "a known actor", "a frequent actor", "a regular")
FUTURE_S = 600.0
"""An event dated in the future counts at most this much after it was received."""
LATEST_S = 1e11
"""Times are cut to 1970 and the year 5138, so that no calendar day overflows."""
MAX_SET = 5000
MAX_TEXT = 200

_DIRECT_FACTS = frozenset(f.value for f in FEATURES)
_FREE_TEXT = frozenset({"title", "title_shape", "message", "agent_version", "printed"})
"""Facts whose values people, releases or programs invent all the time; they are shown, or link events, but are no
habit."""
_MASK = re.compile(r"[0-9a-f]{7,}|\d+")
_STATE = "state"
"""What events that are states are measured by, beside the kinds of events."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Observations:
    """A batch of events as arrays; observations of event i are `starts[i]:starts[i+1]`."""

    times: Floats
    owners: Ints
    starts: Ints
    columns: Ints
    what: Ints
    numbers: Floats


def spec_arrays() -> tuple[Ints, Floats]:
    """Return the feature registry as the two arrays the kernel reads (integers, floats)."""
    ints = np.zeros((len(FEATURES), 10), np.int64)
    floats = np.zeros((len(FEATURES), 4))
    for i, feature in enumerate(FEATURES):
        rungs = [column for rung in feature.ladder() for column in rung]
        slot = stable_id(f"feature:{feature.name}")
        reference = INDEX[feature.of] if feature.of else -1
        ints[i] = [feature.measure, reference, *rungs, slot, feature.one_sided]
        floats[i] = [feature.half_life_s, feature.cap, feature.floor, feature.window_s]
    return ints, floats


def event_time(event: Event) -> float:
    """Return the time an event counts at: its own, but never far after it was received; 0 where that is no number."""
    return max(0.0, min(event.observed_at, event.received_at + FUTURE_S, LATEST_S))


def is_state(event: Event) -> bool:
    """Tell whether an event says what changed of what a place pins: that is no act, and measured by little else."""
    return event.kind is Kind.DEPENDENCY and "change" in event.facts


def hour_of_week(event: Event, at: float) -> str:
    """Return the actor's local three-hour block, weekdays and weekends apart.

    >>> from collector.event import *
    >>> e = Event(id="1", ref="1", source="git", kind=Kind.COMMIT, action="commit", actor=Actor(ActorType.USER, "a"),
    ...           entity=Entity("repo", "r"), observed_at=0.0, received_at=0.0)
    >>> hour_of_week(e, 0.0)
    '00-03 on weekdays'
    """
    local = at + event.utc_offset * 60.0
    block = int(local % 86400 // 10800) * 3
    weekday = int(local // 86400 + 3) % 7
    return f"{block:02d}-{block + 3:02d} on {'weekends' if weekday >= 5 else 'weekdays'}"


def subject_of(event: Event) -> str:
    """Return the text people wrote with this event, masked so that a template shows; empty if none."""
    for name in ("message", "title", "workflow_name", "message_shape", "title_shape"):
        text = event.facts.get(name)
        if isinstance(text, str) and text:
            return _MASK.sub("#", text[: 4 * MAX_TEXT].lower())[:MAX_TEXT]
    return ""


def _measured() -> dict[str, list[int]]:
    """Return what is measured of each kind of event, and of states: the numbers of features."""
    found = {str(kind): [i for i, f in enumerate(FEATURES) if not f.kinds or kind in f.kinds] for kind in Kind}
    return found | {_STATE: [i for i, feature in enumerate(FEATURES) if feature.of_state]}


def _plan() -> dict[str, dict[str, list[int]]]:
    plan: dict[str, dict[str, list[int]]] = {}
    for sort, features in _measured().items():
        by_value = plan.setdefault(sort, {})
        for i in features:
            by_value.setdefault(FEATURES[i].value, []).append(i)
    return plan


def _absent() -> dict[str, list[tuple[str, str, int]]]:
    """Return, as above, the facts whose absence is observed: their name, the value that stands for it, the feature."""
    return {
        sort: [(FEATURES[i].value, FEATURES[i].absent, i) for i in features if FEATURES[i].absent]
        for sort, features in _measured().items()
    }


class Extraction:
    """Turns events of one organisation into observations, interning their names."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._plan = _plan()
        self._quiet = [feature.quiet for feature in FEATURES]
        self._absent = _absent()
        self._population = stable_id("population")

    def observe(self, events: Sequence[Event]) -> Observations:
        """Return the observations of a batch, in the order of its events.

        Of the first events only where the vocabulary fills up: observe the others in a batch of their own.
        """
        self.vocabulary.begin()
        owners = np.zeros((len(events), len(OWNERS)), np.int64)
        columns, what, numbers = array("q"), array("q"), array("d")
        starts = np.zeros(len(events) + 1, np.int64)
        times = np.zeros(len(events))
        count = len(events)
        for i, event in enumerate(events):
            if i > 0 and self.vocabulary.is_full:
                count = i
                break
            self.vocabulary.turn_to(i)
            times[i] = event_time(event)
            self._observe(event, times[i], owners[i], (columns, what, numbers))
            starts[i + 1] = len(columns)
        return Observations(
            times[:count],
            owners[:count],
            starts[: count + 1],
            np.array(columns, np.int64),
            np.array(what, np.int64),
            np.array(numbers, np.float64),
        )

    def _observe(self, event: Event, at: float, owners: Ints, out: tuple[array[int], array[int], array[float]]) -> None:
        if event.source == WATCH:
            return  # what we tell ourselves has no habits: its signals say all there is
        texts = self._texts(event, at)
        owners[:] = self._owners(event, texts)
        sort = _STATE if is_state(event) else event.kind
        plan = self._plan[sort]
        columns, what, numbers = out
        intern, quiet = self.vocabulary.intern, self._quiet
        for name, value in texts.items():
            features = plan.get(name)
            if not features or not value:
                continue
            values = (value,) if isinstance(value, str) else value[:MAX_SET]
            for text in values:
                number = intern(text[:MAX_TEXT])
                for feature in features:
                    columns.append(feature)
                    what.append(number)
                    numbers.append(kernel.QUIET if text in quiet[feature] else 0.0)
        self._missing(sort, texts, out)
        for feature in plan.get("standing", ()):
            columns.append(feature)
            what.append(kernel.STANDING)
            numbers.append(0.0)
        self._numbers(event, plan, out)
        for feature in plan.get("", ()):
            columns.append(feature)
            what.append(0)
            numbers.append(0.0)

    def _missing(
        self, sort: str, texts: dict[str, str | list[str]], out: tuple[array[int], array[int], array[float]]
    ) -> None:
        columns, what, numbers = out
        for name, text, feature in self._absent[sort]:
            if not texts.get(name):
                columns.append(feature)
                what.append(self.vocabulary.intern(text))
                numbers.append(kernel.QUIET)

    def _numbers(
        self, event: Event, plan: dict[str, list[int]], out: tuple[array[int], array[int], array[float]]
    ) -> None:
        columns, what, numbers = out
        for name, x in event.numbers.items():
            if not math.isfinite(x):
                continue
            for feature in plan.get(name, ()):
                columns.append(feature)
                what.append(0)
                numbers.append(math.log2(1.0 + abs(x)))

    def _texts(self, event: Event, at: float) -> dict[str, str | list[str]]:
        texts: dict[str, str | list[str]] = {
            "action": event.action,
            "actor": str(event.actor),
            "entity": str(event.entity),
            "hour": hour_of_week(event, at),
        }
        texts.update(event.links)
        other: list[str] = []
        for name, fact in event.facts.items():
            if name in _DIRECT_FACTS:
                texts[name] = fact
            elif name in _FREE_TEXT:
                continue
            elif isinstance(fact, str):
                other.append(f"{name}={fact}")
            else:
                other.extend(f"{name}={item}" for item in fact[:32])
        texts["other"] = other
        return texts

    def _owners(self, event: Event, texts: dict[str, str | list[str]]) -> list[int]:
        intern = self.vocabulary.intern
        repo = event.links.get("repo", "")
        named: dict[str, str] = {
            "actor": str(event.actor),
            "actor_type": f"all of type {event.actor.type}",
            "repo": repo,
            "namespace": repo.split("/", 1)[0] if "/" in repo else "",
            "action": event.action,
            "entity": str(event.entity),
            "entity_type": event.entity.type,
            "subject": subject_of(event),
            "source": event.source,
        }
        ids = []
        for column in OWNERS:
            if column == "population":
                ids.append(self._population)
                continue
            text = named.get(column)
            if text is None:
                value = texts.get(column, "")
                text = value if isinstance(value, str) else ""
            ids.append(intern(text[:MAX_TEXT]) if text else 0)
        return ids
