"""Laws of the profiles: clocks, maturity, caps, growth and forgetting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.event import Event
from models import kernel
from models.features import FEATURES, INDEX, Measure
from models.kernel import FILL
from models.profile import BASELINE, VALUE, Profiles
from tests.models.streams import (
    DAY,
    HOUR,
    START,
    by_kernel,
    make_event,
    observe,
    random_stream,
    reference,
    streams,
    tables,
)

_CAPS = np.array([feature.cap for feature in FEATURES])


def _clocks(profiles: Profiles) -> dict[tuple[int, int], tuple[float, ...]]:
    clocks: dict[tuple[int, int], tuple[float, ...]] = {}
    for i, (table, names) in enumerate(
        zip(profiles.tables(), (("last", "day"), ("first", "last"), ("last", "start")), strict=True)
    ):
        for row in table[table["key"] != 0]:
            clocks[i, int(row["key"])] = tuple(float(row[name]) for name in names)
    return clocks


def _bits(events: list[Event], feature: str, profiles: Profiles | None = None) -> list[float]:
    """Return the bits of one feature for each event."""
    matrix, _, _ = by_kernel(observe(events), profiles or Profiles())
    return [float(x) for x in matrix[:, INDEX[feature]]]


def _month_from(network: str, days: int = 40) -> list[Event]:
    return [make_event(d, at=START + d * DAY, links={"repo": "acme/pay", "network": network}) for d in range(days)]


def _visit(at: float, network: str = "AS666") -> Event:
    return make_event(999, at=at, links={"repo": "acme/pay", "network": network})


@given(events=streams(40))
@settings(max_examples=30)
def test_bits_stay_within_caps(events: list[Event]) -> None:
    """One fact costs at most its cap, and a set of facts one and a half."""
    observations = observe(events)
    matrix, detail, _ = by_kernel(observations, Profiles())
    assert (detail[:, 0] >= 0).all()
    assert (detail[:, 0] <= _CAPS[observations.columns]).all()
    assert (matrix <= 1.5 * _CAPS).all()


@given(events=streams(25), days_late=st.integers(1, 400))
@settings(max_examples=30)
def test_late_events_rewind_no_clock(events: list[Event], days_late: int) -> None:
    """No clock of any row goes back, however late an event comes."""
    profiles = Profiles()
    by_kernel(observe(events), profiles)
    before = _clocks(profiles)
    by_kernel(observe([make_event(at=START - days_late * DAY, links={"repo": "acme/pay", "token": "t1"})]), profiles)
    after = _clocks(profiles)
    assert all(new >= old for key, row in before.items() for new, old in zip(after[key], row, strict=True))


@pytest.mark.parametrize(
    ("hours", "is_known"), [(0.01, False), (12.0, False), (23.9, False), (24.1, True), (72.0, True)]
)
def test_value_is_known_after_a_day(hours: float, is_known: bool) -> None:  # noqa: FBT001  # a parameter of the table
    """A new network stays as strange as at first for 24 hours of event time, and no longer."""
    at = START + 40 * DAY + HOUR
    first, again = _bits([*_month_from("AS1"), _visit(at), _visit(at + hours * HOUR)], "network_of_actor")[-2:]
    assert first > 3.0
    assert (again < first - 0.5) == is_known


def test_back_dated_event_makes_nothing_known() -> None:
    """A first visit dated weeks back is not known a minute later: its age counts from when it was learned."""
    at = START + 40 * DAY
    backdated, again = _bits([*_month_from("AS1"), _visit(at - 20 * DAY), _visit(at)], "network_of_actor")[-2:]
    assert backdated > 3.0
    assert again > 3.0


def test_burst_stays_strange_to_its_end() -> None:
    """The two-hundredth event of an hour's burst costs what the first did, or more."""
    at = START + 40 * DAY
    bits = _bits([*_month_from("AS1"), *(_visit(at + 18.0 * i) for i in range(200))], "network_of_actor")[40:]
    assert min(bits) > 3.0


def test_silence_is_measured() -> None:
    """After a year of daily acts, three months of silence are strange."""
    events = [make_event(d, at=START + d * DAY) for d in range(60)]
    assert _bits([*events, make_event(at=START + 150 * DAY)], "silence_of_actor")[-1] > 3.0


def test_burst_is_measured() -> None:
    """Sixty acts in ten minutes are strange for somebody who acts hourly."""
    calm = [make_event(i, at=START + i * HOUR) for i in range(100)]
    burst = [make_event(i, at=START + 100 * HOUR + i * 10.0) for i in range(60)]
    assert _bits([*calm, *burst], "events_of_actor_10m")[-1] > 3.0


def test_numbers_count_on_both_sides() -> None:
    """A duration far below the usual costs bits as one far above does."""
    links = {"repo": "acme/pay", "job": "build"}
    usual = [make_event(i, at=START + i * HOUR, links=links, numbers={"duration_s": 600.0}) for i in range(30)]
    for odd in (6.0, 60_000.0):
        event = make_event(at=START + 31 * HOUR, links=links, numbers={"duration_s": odd})
        assert _bits([*usual, event], "duration_of_job")[-1] > 4.0


@given(seed=st.integers(0, 2**32), size=st.sampled_from([64, 256, 1 << 15]))
@settings(max_examples=15)
def test_growing_changes_nothing(seed: int, size: int) -> None:
    """Tables that had to grow give the bits of tables that were large from the start."""
    observations = observe(random_stream(seed, 40))
    grown = by_kernel(observations, tables(size))
    for got, wanted in zip(grown, by_kernel(observations, Profiles()), strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("steps", [(0.0,), (0.0, 1.0, 60.0), (60.0, HOUR, DAY)])
def test_forgetting_equals_reference(steps: tuple[float, ...]) -> None:
    """Full tables forget the same rows as the reference: nothing of the forgotten is inherited by who comes next."""
    size = 1024
    observations = observe(random_stream(7, 400, steps=steps))
    profiles = tables(size)
    got = by_kernel(observations, profiles, limits=(size,) * 3)
    for mine, wanted in zip(got, reference(limits=(size,) * 3).score_batch(observations), strict=True):
        np.testing.assert_array_equal(mine, wanted)


def test_forgetting_stays_bounded() -> None:
    """Tables at their limit stay at their size, know how full they are, and scores stay within caps."""
    size = 1024
    profiles = tables(size)
    matrix, _, _ = by_kernel(observe(random_stream(8, 500)), profiles, limits=(size,) * 3)
    assert [len(table) for table in profiles.tables()] == [size] * 3
    assert [int((table["key"] != 0).sum()) for table in profiles.tables()] == profiles.used.tolist()
    assert np.isfinite(matrix).all()
    assert (matrix <= 1.5 * _CAPS).all()


@given(ages=st.lists(st.integers(0, 5), min_size=3, max_size=40))
def test_forgetting_drops_a_third_and_the_oldest(ages: list[int]) -> None:
    """A third goes, whatever the ties, and nobody who stays is older than one who went."""
    table = np.zeros(64, BASELINE)
    for i, age in enumerate(ages):
        row = np.zeros(1, BASELINE)
        row["key"], row["last"] = 1000 + 7 * i, age
        table[kernel.find(table["key"], 1000 + 7 * i)] = row[0]
    kept = kernel.forget(table, table["last"])
    stays = table["last"][table["key"] != 0]
    assert kept == len(stays) == len(ages) - len(ages) // 3
    assert sorted(ages)[len(ages) // 3 :] == sorted(stays.astype(int))


def test_one_long_list_makes_nobody_forget() -> None:
    """An event with a list of thousands does not cost other entities their baselines or gauges."""
    size = 1 << 12
    profiles = tables(size)
    profiles.values = np.zeros(1 << 18, VALUE)
    limits = (size, 1 << 18, size)
    by_kernel(observe(_month_from("AS1")), profiles, limits=limits)
    before = {int(key) for key in profiles.baselines["key"]}
    paths: list[str] = [f"src/{i}.py" for i in range(3000)]
    by_kernel(observe([make_event(at=START + 50 * DAY, facts={"commit_path": paths})]), profiles, limits=limits)
    assert before <= {int(key) for key in profiles.baselines["key"]}


def test_tables_are_at_most_filled_as_promised() -> None:
    """After growth no table is fuller than the share at which probing stays short."""
    profiles = tables(64)
    by_kernel(observe(random_stream(9, 100)), profiles)
    assert all(used <= FILL * len(table) for used, table in zip(profiles.used, profiles.tables(), strict=True))


def test_rates_are_measured_upwards_only() -> None:
    """Doing less than usual is no burst: every rate is declared one-sided."""
    assert all(feature.one_sided for feature in FEATURES if feature.measure is Measure.RATE)


@given(keys=st.lists(st.integers(1, 1 << 62), min_size=1, max_size=22, unique=True), gone=st.data())
@settings(max_examples=200)
def test_removing_leaves_the_others_findable(keys: list[int], gone: st.DataObject) -> None:
    """After any removals every other row is found where probing looks for it, and no slot stays taken."""
    table = np.zeros(32, VALUE)
    keys = [key % 64 + 64 * (key % 3) + 1 for key in keys]  # crowded, and around the table's end
    for key in keys:
        row = np.zeros(1, VALUE)
        row["key"], row["count"] = key, key
        table[kernel.find(table["key"], key)] = row[0]
    dropped = gone.draw(st.lists(st.sampled_from(keys), unique=True))
    for key in dropped:
        kernel.remove(table, kernel.find(table["key"], key))
    left = set(keys) - set(dropped)
    assert {int(key) for key in table["key"]} - {0} == left
    assert all(int(table[kernel.find(table["key"], key)]["count"]) == key for key in left)
    assert (table[table["key"] == 0] == np.zeros(1, VALUE)[0]).all()
