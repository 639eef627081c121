"""The kernel's arithmetic in plain Python: the executable specification the compiled loop is tested against.

Dictionaries of small records stand in for the hash tables; everything else is the same, to the bit.
What the tables store in 32 bits is rounded here by `single` wherever it is stored. Slow, and meant to be read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from models.extraction import Observations
from models.kernel import (
    CATEGORICAL,
    DOUBTFUL,
    FILL,
    GAP,
    MATURITY_S,
    MAX_DISTINCT,
    MAX_MATURED,
    NUMBER,
    PRIOR_NOVEL,
    QUIET,
    RING,
    SHRINK,
    SIGHTINGS,
    STANDING,
    TOP,
)
from models.profile import LIMITS

Matrix = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = list[int]
Row = TypeVar("Row")

DAY_S = 86400.0
_WORD = (1 << 64) - 1


@dataclass
class Baseline:
    """What one entity is known to do in one categorical feature."""

    last: float
    day: int
    n: float = 0.0
    novel: float = 0.0
    pending_n: list[float] = field(default_factory=lambda: [0.0, 0.0])
    pending_novel: list[float] = field(default_factory=lambda: [0.0, 0.0])
    distinct: int = 0
    mean_bits: float = 0.0
    bits_n: float = 0.0
    previous: int = 0
    top: list[int] = field(default_factory=lambda: [0] * TOP)
    top_n: list[float] = field(default_factory=lambda: [0.0] * TOP)


@dataclass
class Value:
    """One value within a baseline; times in hours, `first` negative where a verdict made it known."""

    count: float
    first: float
    last: float


@dataclass
class Gauge:
    """What one entity is known to do in one number, gap or rate."""

    last: float = 0.0
    start: float = 0.0
    count: float = 0.0
    high: float = 0.0
    n: float = 0.0
    ring: list[float] = field(default_factory=lambda: [0.0] * RING)


@dataclass(frozen=True)
class Column:
    """One row of the two arrays of the feature registry, with names."""

    measure: int
    reference: int
    rungs: tuple[tuple[int, int], ...]
    slot: int
    one_sided: bool
    half_life: float
    cap: float
    floor: float
    window: float


@dataclass
class Moment:
    """One event while it is measured: its clock, its owners, and what its earlier observations showed."""

    now: float
    owners: Keys
    standing: int = 1
    fresh: dict[int, float] = field(default_factory=dict)
    """Per feature: values that the nearest owner had never shown before."""
    before: dict[int, int] = field(default_factory=dict)
    """Per feature: the value that the nearest owner showed last."""
    highest: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """What one observation costs, and what an explanation wants to know of it."""

    bits: float
    n: float = 0.0
    level: float = 0.0
    x: float = 0.0
    usual: int = 0


def single(x: float) -> float:
    """Return `x` as a table stores it."""
    return float(np.float32(x))


def mix(a: int, b: int) -> int:
    """Combine two 63-bit numbers into one that is never 0 (the finaliser of splitmix64)."""
    z = (a * 0x9E3779B97F4A7C15 + b) & _WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & _WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _WORD
    return ((z ^ (z >> 31)) & 0x7FFF_FFFF_FFFF_FFFF) or 1


def aged(value: float, elapsed: float, half_life: float) -> float:
    """Return value * 2^(-elapsed / half_life); a late event ages nothing."""
    return value * math.exp2(-elapsed / half_life) if elapsed > 0.0 else value


def tail_bits(z: float) -> float:
    """Return 2 log2(1 + z^2 / 3), the surprise of a robust z by Student's tail with 3 degrees of freedom."""
    return 2.0 * math.log2(1.0 + z * z / 3.0)


def middle(samples: Sequence[float]) -> tuple[float, float]:
    """Return the median and 1.4826 times the median absolute deviation of 32-bit samples."""
    n = len(samples)
    ordered = sorted(samples)
    median = 0.5 * single(ordered[(n - 1) // 2] + ordered[n // 2])
    spread = sorted(abs(sample - median) for sample in ordered)
    return median, 1.4826 * 0.5 * (spread[(n - 1) // 2] + spread[n // 2])


def advance(row: Baseline, now: float, half_life: float) -> None:
    """Age a baseline to `now`, and mature what is at least a calendar day older than yesterday's.

    Observations wait in `pending` (today's, then yesterday's) and count from the second midnight on.
    A late event finds the clock ahead of it and changes nothing.
    """
    if now > row.last:
        decay = math.exp2(-(now - row.last) / half_life)
        row.n = single(row.n * decay)
        row.novel = single(row.novel * decay)
        row.last = now
    day = math.floor(row.last / DAY_S)
    for _ in range(min(day - row.day, 2)):
        row.n = single(row.n + row.pending_n[1])
        row.novel = single(row.novel + row.pending_novel[1])
        row.pending_n = [0.0, row.pending_n[0]]
        row.pending_novel = [0.0, row.pending_novel[0]]
    row.day = max(row.day, day)


def remember_top(row: Baseline, value: int) -> None:
    """Count a value among the commonest; a stranger takes the place, and the count, of the least common."""
    at = row.top.index(value) if value in row.top else row.top_n.index(min(row.top_n))
    row.top[at] = value
    row.top_n[at] = single(row.top_n[at] + 1.0)


def learn_usual(row: Baseline, bits: float) -> None:
    """Move the usual surprise towards `bits`: a mean over the last 200 or so."""
    row.bits_n = single(min(row.bits_n + 1.0, 200.0))
    row.mean_bits = single(row.mean_bits + (bits - row.mean_bits) / row.bits_n)


def sample(row: Gauge, x: float) -> None:
    """Put one sample into the ring, over the oldest."""
    row.ring[int(row.n) % RING] = single(x)
    row.n = single(row.n + 1.0)


def close_window(row: Gauge, now: float, window: float) -> None:
    """Leave log2(1 + highest count) as a sample where the window has passed."""
    if now - row.start >= window:
        sample(row, math.log2(1.0 + row.high))
        row.start = now
        row.high = 0.0


def take_waiting(row: Baseline, count: float, new: float) -> tuple[float, float]:
    """Take observations and novelties out of what waits to mature, newest first; return how many were there."""
    taken, taken_new = 0.0, 0.0
    for p in range(2):
        part = min(count - taken, row.pending_n[p])
        row.pending_n[p] = single(row.pending_n[p] - part)
        taken += part
        part = min(new - taken_new, row.pending_novel[p])
        row.pending_novel[p] = single(row.pending_novel[p] - part)
        taken_new += part
    return taken, taken_new


def forget(rows: dict[int, Row], age_of: Callable[[Row], float]) -> dict[int, Row]:
    """Return `rows` without the third not seen for longest; rows of one age go in the order of their keys."""
    ranked = sorted(rows, key=lambda key: (age_of(rows[key]), key))
    return {key: rows[key] for key in ranked[len(ranked) // 3 :]}


class Reference:
    """Profiles and their arithmetic; every event is measured before the profiles learn from it."""

    def __init__(
        self,
        spec_int: Ints,
        spec_float: Matrix,
        *,
        standing_column: int,
        maturity_s: float = MATURITY_S,
        limits: Sequence[int] = tuple(LIMITS.values()),
    ) -> None:
        self.baselines: dict[int, Baseline] = {}
        self.values: dict[int, Value] = {}
        self.gauges: dict[int, Gauge] = {}
        self._columns = [_column(ints, floats) for ints, floats in zip(spec_int, spec_float, strict=True)]
        self._standing_column = standing_column
        self._maturity_s = maturity_s
        self._limits = tuple(limits)

    def score_batch(self, observations: Observations) -> tuple[Matrix, Matrix, Ints]:
        """Return feature rows, details (bits, n, usual number, z or count) and commonest values.

        The same as `kernel.score_batch` writes, from the same observations, which stay as they are.
        """
        matrix = np.zeros((len(observations.times), len(self._columns)))
        detail = np.zeros((len(observations.columns), 4))
        usual = np.zeros(len(observations.columns), np.int64)
        for i, now in enumerate(observations.times.tolist()):
            span = range(int(observations.starts[i]), int(observations.starts[i + 1]))
            self._make_room(len(span))
            moment = Moment(now, observations.owners[i].tolist())
            moment.standing = self._standing(moment)
            moment.owners[self._standing_column] = moment.standing
            for o in span:
                f = int(observations.columns[o])
                seen = self._observe(moment, f, int(observations.what[o]), float(observations.numbers[o]))
                if seen is not None:
                    detail[o] = seen.bits, seen.n, seen.level, seen.x
                    usual[o] = seen.usual
                    matrix[i, f] = self._combine(moment, f, float(matrix[i, f]), seen.bits)
        return matrix, detail, usual

    def mature(self, observations: Observations, samples: int) -> None:
        """Let every rung take for known what events showed, as `kernel.mature_batch` does.

        The nearest owner's numbers count `samples` times more; sequences learn nothing here.
        """
        for i, now in enumerate(observations.times.tolist()):
            span = range(int(observations.starts[i]), int(observations.starts[i + 1]))
            self._make_room(len(span))
            moment = Moment(now, observations.owners[i].tolist())
            moment.standing = self._standing(moment)
            moment.owners[self._standing_column] = moment.standing
            for o in span[:MAX_MATURED]:
                column = self._columns[int(observations.columns[o])]
                keys = self._keys_alone(column, moment.owners)
                if column.measure == NUMBER and keys[0]:
                    for _ in range(samples):
                        self._learn_number(keys[0], float(observations.numbers[o]), now)
                elif column.measure == CATEGORICAL:
                    value = int(observations.what[o])
                    for key in dict.fromkeys(key for key in keys if key):
                        self._mature_value(key, moment.standing if value == STANDING else value, now, column.half_life)

    def strike(self, observations: Observations, ends: Matrix) -> None:
        """Let every rung forget the values not known yet when events showed them, as `kernel.strike_batch` does."""
        for i, now in enumerate(observations.times.tolist()):
            moment = Moment(now, observations.owners[i].tolist())
            for standing in range(1, self._standing(moment) + 1):
                moment.owners[self._standing_column] = standing
                for o in range(int(observations.starts[i]), int(observations.starts[i + 1])):
                    column = self._columns[int(observations.columns[o])]
                    value = int(observations.what[o])
                    if column.measure == CATEGORICAL:
                        for key in filter(None, self._keys_alone(column, moment.owners)):
                            self._strike_value(key, standing if value == STANDING else value, now, float(ends[i]))

    def _keys_alone(self, column: Column, owners: Keys) -> Keys:
        """Return the rungs' keys of an event on its own: none without the nearest owner, none of a sequence."""
        keys = [_key(column, owners, rung) for rung in range(3)]
        is_sequence = column.measure == CATEGORICAL and column.reference >= 0
        return [0, 0, 0] if is_sequence or keys[0] == 0 else keys

    def _make_room(self, observed: int) -> None:
        """Forget where an event might fill a table beyond 70 %: at most three rows an observation or feature."""
        few = 3 * min(observed, len(self._columns))
        if len(self.baselines) + few > FILL * self._limits[0]:
            self.baselines = forget(self.baselines, lambda row: row.last)
        if len(self.values) + 3 * observed > FILL * self._limits[1]:
            self.values = forget(self.values, lambda row: row.last)
        if len(self.gauges) + few > FILL * self._limits[2]:
            self.gauges = forget(self.gauges, lambda row: row.last)

    def _standing(self, moment: Moment) -> int:
        """Return how well the actor is known: 1, and one more from 0.5, 5, 25 and 150 matured acts of feature 0 on."""
        column = self._columns[0]
        row = self.baselines.get(_key(column, moment.owners, 0))
        if row is None:
            return 1
        advance(row, moment.now, column.half_life)
        return 1 + sum(row.n >= least for least in (0.5, 5.0, 25.0, 150.0))

    def _combine(self, moment: Moment, f: int, total: float, bits: float) -> float:
        """Return max(bits) + a quarter of all the other bits of a feature in one event, at most 1.5 caps."""
        if bits <= 0.0:
            return total
        highest = moment.highest.get(f, 0.0)
        if bits > highest:
            total += 0.75 * (bits - highest) + 0.25 * bits
            moment.highest[f] = bits
        else:
            total += 0.25 * bits
        return min(total, 1.5 * self._columns[f].cap)

    def _observe(self, moment: Moment, f: int, what: int, number: float) -> Measured | None:
        """Measure one observation and learn it; None where it has no owner, or nothing to compare with."""
        column = self._columns[f]
        keys = [_key(column, moment.owners, rung) for rung in range(3)]
        if column.measure == CATEGORICAL:
            return self._observe_value(moment, f, what, keys, is_quiet=number == QUIET)
        if column.measure == NUMBER:
            return self._observe_number(moment, column, keys, number)
        if keys[0] == 0:
            return None
        if column.measure == GAP:
            return self._observe_gap(moment, column, keys)
        return self._observe_rate(moment, column, keys)

    # --- values -----------------------------------------------------------------------------------

    def _observe_value(self, moment: Moment, f: int, what: int, keys: Keys, *, is_quiet: bool) -> Measured | None:
        """Measure a value, or a step of a sequence: then each rung's history is of what followed the previous value."""
        column = self._columns[f]
        if column.reference >= 0:
            previous = moment.before.get(column.reference, 0)
            if previous == 0:
                return None
            keys = [mix(key, previous) if key else 0 for key in keys]
        if keys[0] == 0:
            return None
        own = self.baselines.get(keys[0])
        moment.before[f] = own.previous if own else moment.before.get(f, 0)
        value = moment.standing if what == STANDING else what
        raw, beyond_usual = self._surprise(keys, value, moment.now, column.half_life)
        n = own.n if own else 0.0
        usual = self._commonest(keys, value)
        is_well_known = what == STANDING and moment.standing > DOUBTFUL
        is_new = self._learn_ladder(keys, value, moment.now, column, raw)
        if is_new:
            moment.fresh[f] = moment.fresh.get(f, 0.0) + 1.0
        bits = 0.0 if is_well_known or is_quiet else min(beyond_usual, column.cap)
        return Measured(bits, n, 0.0, float(is_new), usual)

    def _surprise(self, keys: Keys, value: int, now: float, half_life: float) -> tuple[float, float]:
        """Return the surprise of a value in bits, and by how much it exceeds what is usual for the entity.

        Witten and Bell's ladder, from the population (the last rung) down to the entity. With c the
        value's aged count here, n all matured counts and T the matured novelties + 1/2::

            P = (c + T * P_above) / (n + T)        P above the population = 1
            P = c / (n + T)                        on the first rung that knows the value

        c is 0 until the value is `maturity_s` old, and never above n. The usual surprise is the mean
        m of the last k <= 200 on each rung, drawn to the rung above: (k * m + 8 * above) / (k + 8).
        """
        probability, is_known, usual = 1.0, False, 0.0
        for key in reversed(keys):
            row = self.baselines.get(key)
            if row is None:
                continue
            advance(row, now, half_life)
            count = self._known_count(row, self.values.get(mix(key, value)), now, half_life)
            novel = row.novel + PRIOR_NOVEL
            if count > 0.0 and not is_known:
                probability, is_known = count / (row.n + novel), True
            else:
                probability = (count + novel * probability) / (row.n + novel)
            usual = (single(row.bits_n * row.mean_bits) + SHRINK * usual) / (row.bits_n + SHRINK)
        bits = -math.log2(max(probability, 1e-12))
        return bits, max(0.0, bits - usual)

    def _known_count(self, row: Baseline, entry: Value | None, now: float, half_life: float) -> float:
        """Return the aged count of a value, 0 before it has matured."""
        if entry is None or now - entry.first * 3600.0 < self._maturity_s:
            return 0.0
        return min(aged(entry.count, now - entry.last * 3600.0, half_life), row.n)

    def _commonest(self, keys: Keys, value: int) -> int:
        """Return the commonest value but this one, of the nearest rung with three matured observations; 0 if none."""
        for key in keys:
            row = self.baselines.get(key)
            if row is None or row.n < 3.0:
                continue
            others = [
                (n, -at, top)
                for at, (top, n) in enumerate(zip(row.top, row.top_n, strict=True))
                if top not in (0, value)
            ]
            if others:
                return max(others)[2]
        return 0

    def _learn_ladder(self, keys: Keys, value: int, now: float, column: Column, raw: float) -> bool:
        """Let every rung learn a value and its surprise; return whether the entity had never shown it."""
        is_new_here = False
        for rung, key in enumerate(keys):
            if key == 0 or (rung > 0 and key == keys[rung - 1]):
                continue
            is_new = self._learn_value(key, value, now, column.half_life)
            learn_usual(self.baselines[key], min(raw, column.cap))
            is_new_here = is_new_here or (rung == 0 and is_new)
        return is_new_here

    def _learn_value(self, key: int, value: int, now: float, half_life: float) -> bool:
        """Let one rung learn a value, at the later of the event's time and the rung's own clock."""
        row = self.baselines.setdefault(key, Baseline(last=now, day=math.floor(now / DAY_S)))
        advance(row, now, half_life)
        hour = single(row.last / 3600.0)
        entry = self.values.get(mix(key, value))
        is_new = entry is None
        if entry is not None:
            elapsed = single(hour - entry.last) * 3600.0
            entry.count = single(aged(entry.count, elapsed, half_life) + 1.0)
            entry.last = max(entry.last, hour)
        elif row.distinct < MAX_DISTINCT:
            self.values[mix(key, value)] = Value(1.0, hour, hour)
            row.distinct += 1
        if self._maturity_s > 0.0:
            row.pending_n[0] = single(row.pending_n[0] + 1.0)
            row.pending_novel[0] = single(row.pending_novel[0] + is_new)
        else:
            row.n = single(row.n + 1.0)
            row.novel = single(row.novel + is_new)
        remember_top(row, value)
        row.previous = value
        return is_new

    def _mature_value(self, key: int, value: int, now: float, half_life: float) -> None:
        """Let one rung take a value for known at once, and for seen `SIGHTINGS` times by now.

        What of it still waits to mature matures with it. A negative `first` keeps when the value came.
        """
        if mix(key, value) not in self.values:
            self._learn_value(key, value, now, half_life)
        entry, row = self.values.get(mix(key, value)), self.baselines.get(key)
        if entry is None or row is None:
            return
        advance(row, now, half_life)
        hour = single(row.last / 3600.0)
        if row.last - entry.first * 3600.0 < self._maturity_s:
            taken, taken_new = take_waiting(row, entry.count, 1.0)
            row.n = single(row.n + taken)
            row.novel = single(row.novel + taken_new)
            entry.first = -entry.first
        elapsed = single(hour - entry.last) * 3600.0
        entry.count = single(max(aged(entry.count, elapsed, half_life), SIGHTINGS))
        entry.last = max(entry.last, hour)

    def _strike_value(self, key: int, value: int, now: float, end: float) -> None:
        """Let one rung forget a value that came within the maturity before an event, or after it until `end`.

        What it added to the rung's counts is taken back, first from what waits to mature.
        """
        entry, row = self.values.get(mix(key, value)), self.baselines.get(key)
        if entry is None or not now - self._maturity_s < abs(entry.first) * 3600.0 <= end:
            return
        del self.values[mix(key, value)]
        if row is None:
            return
        taken, taken_new = take_waiting(row, entry.count, 1.0)
        row.n = single(max(0.0, row.n - (entry.count - taken)))
        row.novel = single(max(0.0, row.novel - (1.0 - taken_new)))
        row.distinct -= 1
        for t in range(TOP):
            if row.top[t] == value:
                row.top[t], row.top_n[t] = 0, 0.0
        row.previous = 0 if row.previous == value else row.previous

    # --- numbers, gaps and rates ------------------------------------------------------------------

    def _measure_number(self, keys: Keys, x: float, column: Column, *, one_sided: bool) -> Measured:
        """Measure a number against the nearest rung with five samples.

        z = (x - median) / max(scaled MAD, floor) over the last 16 samples, 0 below the median where
        only more is strange; bits = tail_bits(z) * n / (n + 3), at most the cap.
        """
        for key in keys:
            row = self.gauges.get(key)
            if row is None or row.n < 5:
                continue
            median, spread = middle(row.ring[: int(min(row.n, RING))])
            z = (x - median) / max(spread, column.floor)
            if one_sided:
                z = max(z, 0.0)
            bits = tail_bits(z) * row.n / (row.n + 3.0)
            return Measured(min(bits, column.cap), row.n, median, x)
        return Measured(min(0.0, column.cap), 0.0, 0.0, x)

    def _learn_number(self, key: int, x: float, now: float) -> None:
        """Let a gauge learn a number; once the ring is full, one in ten minutes is kept."""
        row = self.gauges.setdefault(key, Gauge())
        row.last = max(row.last, now)
        if row.n >= RING and now - row.start < 600.0:
            return
        row.start = max(row.start, now)
        sample(row, x)

    def _observe_number(self, moment: Moment, column: Column, keys: Keys, x: float) -> Measured:
        """Measure a number (already on a log2 scale), then let every rung learn it."""
        measured = self._measure_number(keys, x, column, one_sided=column.one_sided)
        for key in keys:
            if key:
                self._learn_number(key, x, moment.now)
        return measured

    def _observe_gap(self, moment: Moment, column: Column, keys: Keys) -> Measured | None:
        """Measure log2(1 + hours since the entity was last seen); the first sight only starts its clock."""
        row = self.gauges.get(keys[0])
        if row is None:
            self.gauges[keys[0]] = Gauge(last=moment.now)
            return None
        x = math.log2(1.0 + max(0.0, moment.now - row.last) / 3600.0)
        row.last = max(row.last, moment.now)
        return self._observe_number(moment, column, keys, x)

    def _observe_rate(self, moment: Moment, column: Column, keys: Keys) -> Measured | None:
        """Measure an exponentially decayed count of acts, or of values new to the entity, against finished windows.

        count = 2^(-elapsed / window) * count + step, as log2(1 + count); peers learn the highest
        count of any of their members.
        """
        step = moment.fresh.get(column.reference, 0.0) if column.reference >= 0 else 1.0
        if step == 0.0:
            return None
        count = self._count_rate(keys[0], step, moment.now, column.window)
        level = math.log2(1.0 + count)
        measured = self._measure_number(keys, level, column, one_sided=True)
        for key in keys[1:]:
            if key:
                row = self.gauges.setdefault(key, Gauge(start=moment.now))
                row.high = max(row.high, count)
                row.last = max(row.last, moment.now)
                close_window(row, moment.now, column.window)
        return Measured(measured.bits, measured.n, measured.level, count)

    def _count_rate(self, key: int, step: float, now: float, window: float) -> float:
        row = self.gauges.setdefault(key, Gauge(last=now, start=now))
        close_window(row, now, window)
        row.count = single(aged(row.count, now - row.last, window) + step)
        row.last = max(row.last, now)
        row.high = max(row.high, row.count)
        return row.count


def _column(ints: Ints, floats: Matrix) -> Column:
    measure, reference, *rungs, slot, one_sided = ints.tolist()
    pairs = tuple(zip(rungs[::2], rungs[1::2], strict=True))
    return Column(measure, reference, pairs, slot, one_sided > 0, *floats.tolist())


def _key(column: Column, owners: Keys, rung: int) -> int:
    """Return the number of one owner's history of one feature, 0 where the event has no such owner."""
    first, second = column.rungs[rung]
    if first == 0 or owners[first] == 0 or (second and owners[second] == 0):
        return 0
    owner = mix(owners[first], owners[second]) if second else owners[first]
    return mix(owner, column.slot)
