"""The compiled hot loop: measure each event against the profiles, then let them learn from it.

Everything is row by row in a fixed order, without fastmath, so a batch of one and a batch of 5,000
give the same bits. `models.reference` says the same in plain Python and is tested against it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

TOP = 4
"""Commonest values kept by name in a baseline, for "usual: ..."."""
RING = 16
"""Recent samples kept in a gauge; median and MAD of so few are robust and cheap."""
CATEGORICAL, NUMBER, RATE, GAP = 0, 1, 2, 3
STANDING = -1
"""As a value: how well the actor is known, filled in by the kernel."""
QUIET = -1.0
"""As the number beside a value: it is learned, but costs nothing."""
STANDINGS = 5
DOUBTFUL = 2
"""Highest standing whose rarity counts."""
MATURITY_S = 86400.0
"""Event time before a value counts as known: a day's burst stays strange to its end."""
PRIOR_NOVEL = 0.5
"""Novelty assumed of an entity without history; makes it borrow from its parent."""
SHRINK = 8.0
"""Observations an entity needs before its own usual surprise outweighs its parent's."""
MAX_DISTINCT = 4096
"""Values kept for one entity and feature; more are an open vocabulary anyway."""
FILL = 0.7
SIGHTINGS = 8.0
"""What one benign verdict is worth: a value it covers counts as seen at least so often."""
SAMPLES = 4
"""And a number as measured so many times more: a quarter of a ring, which no median follows."""
MAX_MATURED = 512
"""Observations of one event that a verdict matures at most."""


def compiled(function: Any) -> Any:
    """Compile a function for each type it meets, and keep that for later starts where a folder can be written."""
    try:
        return njit(cache=True, fastmath=False, error_model="numpy", nogil=True)(function)
    except RuntimeError:  # neither beside the source nor in the user's own cache: every start compiles
        return njit(fastmath=False, error_model="numpy", nogil=True)(function)


@compiled
def mix(a: Any, b: Any) -> Any:
    """Combine two 63-bit ids into one (the finaliser of splitmix64, Steele et al. 2014)."""
    z = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    key = np.int64(z & np.uint64(0x7FFFFFFFFFFFFFFF))
    return key if key != 0 else np.int64(1)


@compiled
def find(keys: Any, key: Any) -> Any:
    """Return the slot that holds `key`, or the empty slot where it belongs (linear probing)."""
    mask = keys.shape[0] - 1
    slot = key & mask
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@compiled
def age(value: Any, elapsed: Any, half_life: Any) -> Any:
    """Return `value` after exponential ageing; time never runs backwards."""
    if elapsed <= 0.0:
        return value
    return value * math.exp2(-elapsed / half_life)


@compiled
def advance(row: Any, now: Any, half_life: Any) -> None:
    """Age a baseline to `now` and let what is more than a day old mature."""
    if now > row.last:
        decay = math.exp2(-(now - row.last) / half_life)
        row.n *= decay
        row.novel *= decay
        row.last = now
    day = np.int32(math.floor(row.last / 86400.0))
    steps = day - row.day
    if steps <= 0:
        return
    row.n += row.pending_n[1]
    row.novel += row.pending_novel[1]
    if steps == 1:
        row.pending_n[1] = row.pending_n[0]
        row.pending_novel[1] = row.pending_novel[0]
    else:
        row.n += row.pending_n[0]
        row.novel += row.pending_novel[0]
        row.pending_n[1] = 0.0
        row.pending_novel[1] = 0.0
    row.pending_n[0] = 0.0
    row.pending_novel[0] = 0.0
    row.day = day


@compiled
def remember_top(row: Any, value: Any) -> None:
    """Keep the commonest values of a baseline (space-saving: the least common gives way)."""
    least = 0
    for i in range(TOP):
        if row.top[i] == value:
            row.top_n[i] += 1.0
            return
        if row.top_n[i] < row.top_n[least]:
            least = i
    row.top[least] = value
    row.top_n[least] += 1.0


@compiled
def commonest(baselines: Any, keys: Any, value: Any) -> Any:
    """Return the commonest value but this one, of the nearest rung that knows any; 0 if none does."""
    for r in range(keys.shape[0]):
        if keys[r] == 0:
            continue
        row = baselines[find(baselines["key"], keys[r])]
        if row.key == 0 or row.n < 3.0:
            continue
        best = -1
        for t in range(TOP):
            if row.top[t] != 0 and row.top[t] != value and (best < 0 or row.top_n[t] > row.top_n[best]):
                best = t
        if best >= 0:
            return row.top[best]
    return np.int64(0)


@compiled
def level_key(owners: Any, level: Any, slot: Any) -> Any:
    """Return the baseline key of one rung of a ladder, 0 where the event has no such owner."""
    first = owners[level[0]]
    if level[0] == 0 or first == 0:
        return np.int64(0)
    if level[1] == 0:
        return mix(first, slot)
    second = owners[level[1]]
    if second == 0:
        return np.int64(0)
    return mix(mix(first, second), slot)


@compiled
def surprise(
    baselines: Any, values: Any, keys: Any, value: Any, now: Any, half_life: Any, maturity: Any, out: Any
) -> Any:
    """Return the surprise of a value in bits, through the ladder entity -> peers -> population.

    Witten and Bell's estimate (1991) at each rung: an entity reserves as much probability for the
    unseen as it has shown new values, and shares it out as its parent would. `out` receives: bits
    beyond what is usual for this entity, matured observations, commonest value, its share, whether
    the value is new here.
    """
    probability = 1.0
    known_above = False
    usual = 0.0
    rungs = keys.shape[0]
    for i in range(rungs):
        key = keys[rungs - 1 - i]
        if key == 0:
            continue
        slot = find(baselines["key"], key)
        if baselines[slot].key == 0:
            continue
        row = baselines[slot]
        advance(row, now, half_life)
        entry = values[find(values["key"], mix(key, value))]
        count = 0.0
        if entry.key != 0 and now - entry.first * 3600.0 >= maturity:
            count = min(age(entry.count, now - entry.last * 3600.0, half_life), np.float64(row.n))
        novel = row.novel + PRIOR_NOVEL
        if count > 0.0 and not known_above:
            probability = count / (row.n + novel)
            known_above = True
        else:
            probability = (count + novel * probability) / (row.n + novel)
        usual = (row.bits_n * row.mean_bits + SHRINK * usual) / (row.bits_n + SHRINK)
    bits = -math.log2(max(probability, 1e-12))
    out[0] = max(0.0, bits - usual)
    return bits


@compiled
def learn_value(
    baselines: Any, values: Any, used: Any, key: Any, value: Any, now: Any, half_life: Any, maturity: Any
) -> Any:
    """Let one rung learn a value; return whether it had never been seen there."""
    slot = find(baselines["key"], key)
    row = baselines[slot]
    if row.key == 0:
        row.key = key
        row.last = now
        row.day = np.int32(math.floor(now / 86400.0))
        used[0] += 1
    advance(row, now, half_life)
    hour = np.float32(row.last / 3600.0)  # not the event's own: a back-dated event must not make a value known at once
    entry = values[find(values["key"], mix(key, value))]
    is_new = entry.key == 0
    if is_new and row.distinct < MAX_DISTINCT:
        entry.key = mix(key, value)
        entry.first = hour
        entry.last = hour
        entry.count = 1.0
        row.distinct += 1
        used[1] += 1
    elif not is_new:
        entry.count = age(entry.count, (hour - entry.last) * 3600.0, half_life) + 1.0
        entry.last = max(entry.last, hour)
    if maturity > 0.0:
        row.pending_n[0] += 1.0
        row.pending_novel[0] += is_new
    else:
        row.n += 1.0
        row.novel += is_new
    remember_top(row, value)
    row.previous = value
    return is_new


@compiled
def learn_usual(row: Any, bits: Any) -> None:
    """Move a baseline's usual surprise towards this one (a running mean over 200)."""
    row.bits_n = min(row.bits_n + 1.0, 200.0)
    row.mean_bits += (bits - row.mean_bits) / row.bits_n


@compiled
def middle(ring: Any, n: Any, out: Any) -> None:
    """Write median and scaled MAD of the first `n` samples of a ring to `out`."""
    ordered = np.sort(ring[:n])
    median = 0.5 * (ordered[(n - 1) // 2] + ordered[n // 2])
    spread = np.sort(np.abs(ordered - median))
    out[0] = median
    out[1] = 1.4826 * 0.5 * (spread[(n - 1) // 2] + spread[n // 2])


@compiled
def tail_bits(z: Any) -> Any:
    """Return the surprise of a robust z in bits, by Student's tail with 3 degrees of freedom.

    The Gaussian tail would call z = 6 impossible; durations and sizes are not Gaussian.
    """
    return 2.0 * math.log2(1.0 + z * z / 3.0)


@compiled
def measure_number(gauges: Any, keys: Any, x: Any, floor: Any, sides: Any, out: Any) -> Any:
    """Return how far a number lies from the entity's own recent ones, in bits.

    `out` receives the z, the usual value and on how many samples it rests. The first rung with at
    least five samples speaks.
    """
    stats = np.zeros(2)
    for i in range(keys.shape[0]):
        if keys[i] == 0:
            continue
        row = gauges[find(gauges["key"], keys[i])]
        n = np.int64(min(row.n, RING))
        if row.key == 0 or n < 5:
            continue
        middle(row.ring, n, stats)
        z = (x - stats[0]) / max(stats[1], floor)
        if sides > 0 and z < 0.0:
            z = 0.0
        out[0], out[1], out[2] = z, stats[0], row.n
        return tail_bits(z) * row.n / (row.n + 3.0)
    return 0.0


@compiled
def sample(row: Any, x: Any) -> None:
    """Put one sample into a gauge's ring, over the oldest."""
    row.ring[np.int64(row.n) % RING] = x
    row.n += 1.0


@compiled
def learn_number(gauges: Any, used: Any, key: Any, x: Any, now: Any) -> None:
    """Let a gauge learn a number; of a burst only one value in ten minutes is kept."""
    row = gauges[find(gauges["key"], key)]
    if row.key == 0:
        row.key = key
        used[2] += 1
    row.last = max(row.last, now)
    if row.n >= RING and now - row.start < 600.0:
        return
    row.start = max(row.start, now)
    sample(row, x)


@compiled
def close_window(row: Any, now: Any, window: Any) -> None:
    """Let a finished window leave its highest count as a sample, and begin the next."""
    if now - row.start >= window:
        sample(row, math.log2(1.0 + row.high))
        row.start = now
        row.high = 0.0


@compiled
def count_rate(gauges: Any, used: Any, key: Any, step: Any, now: Any, window: Any) -> Any:
    """Add `step` to a decayed count and return it; a finished window leaves its highest count as a sample."""
    row = gauges[find(gauges["key"], key)]
    if row.key == 0:
        row.key = key
        row.last = now
        row.start = now
        used[2] += 1
    close_window(row, now, window)
    row.count = age(row.count, now - row.last, window) + step
    row.last = max(row.last, now)
    row.high = max(row.high, row.count)
    return row.count


@compiled
def keep_highest(gauges: Any, used: Any, key: Any, count: Any, now: Any, window: Any) -> None:
    """Let the peers keep the highest count any of them reached in a window."""
    row = gauges[find(gauges["key"], key)]
    if row.key == 0:
        row.key = key
        row.start = now
        used[2] += 1
    row.high = max(row.high, count)
    row.last = max(row.last, now)
    close_window(row, now, window)


@compiled
def standing_of(baselines: Any, owners: Any, now: Any, spec_int: Any, spec_float: Any) -> Any:
    """Return how well the actor is known, 1 (newcomer) to STANDINGS (regular), from matured acts of feature 0."""
    key = level_key(owners, spec_int[0, 2:4], spec_int[0, 8])
    slot = find(baselines["key"], key)
    if key == 0 or baselines[slot].key == 0:
        return np.int64(1)
    row = baselines[slot]
    advance(row, now, spec_float[0, 0])
    n = np.float64(row.n)
    return np.int64(1 + (n >= 0.5) + (n >= 5.0) + (n >= 25.0) + (n >= 150.0))


@compiled
def combine(x: Any, highest: Any, bits: Any, column: Any, cap: Any) -> None:
    """Fold one more observation of a set-valued feature: the highest counts whole, others a quarter."""
    if bits > highest[column]:
        x[column] += 0.75 * (bits - highest[column]) + 0.25 * bits
        highest[column] = bits
    else:
        x[column] += 0.25 * bits
    x[column] = min(x[column], 1.5 * cap)


@compiled
def forget(table: Any, ages: Any) -> Any:
    """Drop the third of a table not seen for longest, in place; return how many rows stay.

    Rows of one age go in the order of their keys, so that a burst in one second is not dropped whole
    and the result does not depend on where rows lie.
    """
    filled = table["key"] != 0
    third = np.int64(filled.sum() // 3)
    limit = np.sort(ages[filled])[third]
    ties = np.sort(table["key"][filled & (ages == limit)])
    first_kept = ties[third - (filled & (ages < limit)).sum()]
    kept = table[filled & ((ages > limit) | ((ages == limit) & (table["key"] >= first_kept)))].copy()
    table[:] = np.zeros(1, table.dtype)[0]  # whole rows: a newcomer must not inherit a forgotten entity's history
    for i in range(kept.shape[0]):
        table[find(table["key"], kept[i].key)] = kept[i]
    return kept.shape[0]


@compiled
def make_room(
    baselines: Any, values: Any, gauges: Any, used: Any, limits: Any, observations: Any, features: Any
) -> Any:
    """Return whether an event's observations fit; a table at its limit forgets first, a smaller one must grow."""
    for t in range(3):
        # Baselines and gauges are one a feature and rung, however long the event's lists.
        room = 3 * (observations if t == 1 else min(observations, features))
        size = (baselines.shape[0], values.shape[0], gauges.shape[0])[t]
        if used[t] + room <= FILL * size:
            continue
        if size < limits[t]:
            return False
        if t == 0:
            used[0] = forget(baselines, baselines["last"])
        elif t == 1:
            used[1] = forget(values, values["last"].astype(np.float64))
        else:
            used[2] = forget(gauges, gauges["last"])
    return True


@compiled
def observe_value(
    baselines: Any,
    values: Any,
    used: Any,
    keys: Any,
    value: Any,
    now: Any,
    half_life: Any,
    cap: Any,
    maturity: Any,
    previous: Any,
    detail: Any,
) -> Any:
    """Measure a value through its ladder, then let every rung learn it; return bits and the commonest value.

    `previous` receives the value the nearest rung saw before, `detail` the matured observations there
    and whether the value is new to it.
    """
    own = find(baselines["key"], keys[0])
    previous[0] = baselines[own].previous if baselines[own].key != 0 else 0
    out = np.zeros(1)
    raw = surprise(baselines, values, keys, value, now, half_life, maturity, out)
    detail[1] = baselines[own].n
    usual = commonest(baselines, keys, value)
    for r in range(keys.shape[0]):
        if keys[r] == 0 or (r > 0 and keys[r] == keys[r - 1]):
            continue
        is_new = learn_value(baselines, values, used, keys[r], value, now, half_life, maturity)
        learn_usual(baselines[find(baselines["key"], keys[r])], min(raw, cap))
        if r == 0 and is_new:
            detail[3] = 1.0
    return min(out[0], cap), usual


@compiled
def gap_of(gauges: Any, used: Any, key: Any, now: Any) -> Any:
    """Return log2(1 + hours) since the owner was last seen, negative where it never was; it counts as seen."""
    row = gauges[find(gauges["key"], key)]
    if row.key == 0:
        row.key = key
        row.last = now
        used[2] += 1
        return -1.0
    gap = math.log2(1.0 + max(0.0, now - row.last) / 3600.0)
    row.last = max(row.last, now)
    return gap


@compiled
def observe_number(gauges: Any, used: Any, keys: Any, x: Any, now: Any, floor: Any, one_sided: Any, detail: Any) -> Any:
    """Measure a number against its rungs, then let them learn it; return bits."""
    out = np.zeros(3)
    bits = measure_number(gauges, keys, x, floor, one_sided, out)
    detail[1], detail[2], detail[3] = out[2], out[1], x
    for r in range(keys.shape[0]):
        if keys[r] != 0:
            learn_number(gauges, used, keys[r], x, now)
    return bits


@compiled
def observe_rate(gauges: Any, used: Any, keys: Any, step: Any, now: Any, floor: Any, window: Any, detail: Any) -> Any:
    """Count, measure the count against earlier windows, and let the peers keep their highest; return bits."""
    count = count_rate(gauges, used, keys[0], step, now, window)
    out = np.zeros(3)
    bits = measure_number(gauges, keys, math.log2(1.0 + count), floor, 1, out)
    for r in range(1, keys.shape[0]):
        if keys[r] != 0:
            keep_highest(gauges, used, keys[r], count, now, window)
    detail[1], detail[2], detail[3] = out[2], out[1], count
    return bits


@compiled
def ladder_keys(owners: Any, spec: Any, before: Any, keys: Any) -> Any:
    """Write the keys of a feature's rungs; return whether the event has the nearest owner.

    A sequence, a categorical feature that refers to another, is keyed by what that one saw before.
    """
    for r in range(keys.shape[0]):
        keys[r] = level_key(owners, spec[2 + 2 * r : 4 + 2 * r], spec[8])
    if spec[0] == CATEGORICAL and spec[1] >= 0:
        previous = before[spec[1]]
        for r in range(keys.shape[0]):
            keys[r] = mix(keys[r], previous) if keys[r] != 0 and previous != 0 else 0
    return keys[0] != 0


@compiled
def score_batch(
    baselines: Any,
    values: Any,
    gauges: Any,
    used: Any,
    limits: Any,
    times: Any,
    owners: Any,
    starts: Any,
    columns: Any,
    what: Any,
    numbers: Any,
    spec_int: Any,
    spec_float: Any,
    standing_column: Any,
    maturity: Any,
    matrix: Any,
    detail: Any,
    usual: Any,
) -> Any:
    """Score events `0..n-1` in order, each before the profiles learn from it.

    `owners[i]` are the ids of event i's owners by column; observations `starts[i]:starts[i+1]` name
    a feature (`columns`), a value id (`what`) or a number (`numbers`). `matrix` receives the feature
    rows, `detail` per observation (bits, n, usual number, number or count), `usual` the commonest value.
    Returns how many events were done: fewer than n where a table must grow first.
    """
    features = spec_int.shape[0]
    highest = np.zeros(features)
    fresh = np.zeros(features)
    before = np.zeros(features, np.int64)
    keys = np.zeros(3, np.int64)
    for i in range(times.shape[0]):
        if not make_room(baselines, values, gauges, used, limits, starts[i + 1] - starts[i], features):
            return i
        now = times[i]
        highest[:], fresh[:], before[:] = 0.0, 0.0, 0
        standing = standing_of(baselines, owners[i], now, spec_int, spec_float)
        owners[i, standing_column] = standing
        for o in range(starts[i], starts[i + 1]):
            f = columns[o]
            measure, reference = spec_int[f, 0], spec_int[f, 1]
            half_life, cap, floor, window = spec_float[f]
            has_owner = ladder_keys(owners[i], spec_int[f], before, keys)
            bits = 0.0
            if measure == NUMBER:
                bits = observe_number(gauges, used, keys, numbers[o], now, floor, spec_int[f, 9], detail[o])
            elif not has_owner:
                continue
            elif measure == CATEGORICAL:
                is_reassuring = what[o] == STANDING and standing > DOUBTFUL  # better known than usual is no worry
                what[o] = standing if what[o] == STANDING else what[o]
                bits, usual[o] = observe_value(
                    baselines, values, used, keys, what[o], now, half_life, cap, maturity, before[f : f + 1], detail[o]
                )
                fresh[f] += detail[o, 3]
                bits = 0.0 if is_reassuring or numbers[o] == QUIET else bits
            elif measure == GAP:
                gap = gap_of(gauges, used, keys[0], now)
                if gap >= 0.0:
                    bits = observe_number(gauges, used, keys, gap, now, floor, spec_int[f, 9], detail[o])
            else:
                step = fresh[reference] if reference >= 0 else 1.0
                if step > 0.0:
                    bits = observe_rate(gauges, used, keys, step, now, floor, window, detail[o])
            detail[o, 0] = min(bits, cap)
            if detail[o, 0] > 0.0:
                combine(matrix[i], highest, detail[o, 0], f, cap)
    return times.shape[0]


@compiled
def take_waiting(row: Any, count: Any, new: Any) -> Any:
    """Take so many observations and novelties out of what waits to mature, newest first; return how many were there."""
    taken, taken_new = 0.0, 0.0
    for p in range(2):
        part = min(count - taken, np.float64(row.pending_n[p]))
        row.pending_n[p] -= part
        taken += part
        part = min(new - taken_new, np.float64(row.pending_novel[p]))
        row.pending_novel[p] -= part
        taken_new += part
    return taken, taken_new


@compiled
def mature_value(
    baselines: Any, values: Any, used: Any, key: Any, value: Any, now: Any, half_life: Any, maturity: Any
) -> None:
    """Let one rung take a value for known at once, and for seen `SIGHTINGS` times.

    A negative `first` says that a verdict made the value known, and keeps when it came.
    """
    if values[find(values["key"], mix(key, value))].key == 0:
        learn_value(baselines, values, used, key, value, now, half_life, maturity)
    entry = values[find(values["key"], mix(key, value))]
    if entry.key == 0:
        return
    row = baselines[find(baselines["key"], key)]
    if row.key != 0:
        advance(row, now, half_life)
        hour = np.float32(row.last / 3600.0)
        if row.last - entry.first * 3600.0 < maturity:
            taken, taken_new = take_waiting(row, np.float64(entry.count), 1.0)
            row.n += taken
            row.novel += taken_new
            entry.first = -entry.first
        entry.count = max(age(entry.count, (hour - entry.last) * 3600.0, half_life), SIGHTINGS)
        entry.last = max(entry.last, hour)


@compiled
def remove(table: Any, slot: Any) -> None:
    """Empty a slot, and move up the rows that probing would not find beyond the gap (Knuth's algorithm R)."""
    keys = table["key"]
    mask = keys.shape[0] - 1
    gap = slot
    at = (slot + 1) & mask
    while keys[at] != 0:
        if ((at - keys[at]) & mask) >= ((at - gap) & mask):
            table[gap] = table[at]
            gap = at
        at = (at + 1) & mask
    table[gap] = np.zeros(1, table.dtype)[0]


@compiled
def strike_value(baselines: Any, values: Any, used: Any, key: Any, value: Any, since: Any, until: Any) -> None:
    """Let one rung forget a value that came after `since` and until `until`, and what it added to the rung's counts."""
    slot = find(values["key"], mix(key, value))
    came = abs(values[slot].first) * 3600.0
    if values[slot].key == 0 or came <= since or came > until:
        return
    row = baselines[find(baselines["key"], key)]
    if row.key != 0:
        count = np.float64(values[slot].count)
        taken, taken_new = take_waiting(row, count, 1.0)
        row.n = max(0.0, row.n - (count - taken))
        row.novel = max(0.0, row.novel - (1.0 - taken_new))
        row.distinct -= 1
        for t in range(TOP):
            if row.top[t] == value:
                row.top[t] = 0
                row.top_n[t] = 0.0
        if row.previous == value:
            row.previous = 0
    remove(values, slot)
    used[1] -= 1


@compiled
def mature_batch(
    baselines: Any,
    values: Any,
    gauges: Any,
    used: Any,
    limits: Any,
    times: Any,
    owners: Any,
    starts: Any,
    columns: Any,
    what: Any,
    numbers: Any,
    spec_int: Any,
    spec_float: Any,
    standing_column: Any,
    maturity: Any,
    samples: Any,
) -> Any:
    """Let every rung take for known what events showed; `numbers` count `samples` times more for the nearest rung.

    What followed what is not known of events on their own, so sequences learn nothing here. Returns how
    many events were done: fewer than given where a table must grow first.
    """
    before = np.zeros(spec_int.shape[0], np.int64)
    keys = np.zeros(3, np.int64)
    for i in range(times.shape[0]):
        if not make_room(baselines, values, gauges, used, limits, starts[i + 1] - starts[i], spec_int.shape[0]):
            return i
        standing = standing_of(baselines, owners[i], times[i], spec_int, spec_float)
        owners[i, standing_column] = standing
        for o in range(starts[i], min(starts[i + 1], starts[i] + MAX_MATURED)):
            f = columns[o]
            if not ladder_keys(owners[i], spec_int[f], before, keys):
                continue
            if spec_int[f, 0] == NUMBER:
                for _ in range(samples):
                    learn_number(gauges, used, keys[0], numbers[o], times[i])
            elif spec_int[f, 0] == CATEGORICAL:
                value = standing if what[o] == STANDING else what[o]
                for r in range(keys.shape[0]):
                    if keys[r] != 0 and (r == 0 or keys[r] != keys[r - 1]):
                        mature_value(baselines, values, used, keys[r], value, times[i], spec_float[f, 0], maturity)
    return times.shape[0]


@compiled
def strike_batch(
    baselines: Any,
    values: Any,
    used: Any,
    times: Any,
    ends: Any,
    owners: Any,
    starts: Any,
    columns: Any,
    what: Any,
    spec_int: Any,
    spec_float: Any,
    standing_column: Any,
    maturity: Any,
) -> None:
    """Let every rung forget the values that were not known yet when events showed them, and came before `ends`.

    The actors may be better known by now, so their values are looked for under each standing they had.
    """
    before = np.zeros(spec_int.shape[0], np.int64)
    keys = np.zeros(3, np.int64)
    for i in range(times.shape[0]):
        highest = standing_of(baselines, owners[i], times[i], spec_int, spec_float)
        for standing in range(1, highest + 1):
            owners[i, standing_column] = standing
            for o in range(starts[i], starts[i + 1]):
                f = columns[o]
                if spec_int[f, 0] != CATEGORICAL or not ladder_keys(owners[i], spec_int[f], before, keys):
                    continue
                value = standing if what[o] == STANDING else what[o]
                for r in range(keys.shape[0]):
                    if keys[r] != 0:
                        strike_value(baselines, values, used, keys[r], value, times[i] - maturity, ends[i])


@compiled
def rehash(old: Any, new: Any) -> None:
    """Copy every row of a table into a larger, empty one."""
    for i in range(old.shape[0]):
        if old[i].key != 0:
            new[find(new["key"], old[i].key)] = old[i]
