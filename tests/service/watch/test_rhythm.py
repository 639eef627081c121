"""A silence is held against what the source's own history makes likely, hour of the week by hour of the week."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.watch.rhythm import LEAST_S, Rhythm, Silence
from service.watch.slots import HOUR_S, SLOT_S
from tests.service.watch.weeks import DAY, MONDAY, by_hour, every, office_hours, up

WEEKS = 5
END = MONDAY + WEEKS * 7 * DAY


def silence(active: Mapping[int, int], last: float, now: float, ran: Mapping[int, int] | None = None) -> Silence:
    """Return what is said of a silence from one time to another, of a source whose history ends with the first."""
    ran = up(MONDAY, now) if ran is None else ran
    before = {hour: bits for hour, bits in active.items() if hour * HOUR_S <= last}
    return Rhythm.learn(before, ran, last).silence(last, now, ran)


TEAM = by_hour(office_hours(WEEKS))


def test_a_quiet_morning_of_a_working_day_is_told_within_hours() -> None:
    """A team that sends something every few minutes has said nothing since nine."""
    nine = END + 9 * HOUR_S  # a Monday
    quiet = silence(TEAM | by_hour(iter([nine])), nine, nine + 3 * HOUR_S)
    assert quiet.is_unusual
    assert 300.0 <= quiet.usual_s < 900.0
    assert quiet.chance < 1e-5


def test_a_night_and_a_weekend_are_usual() -> None:
    """As long a silence is none where the source itself is quiet at such times."""
    friday = END - 2 * DAY - 6 * HOUR_S  # Friday, 18:00
    assert not silence(TEAM, friday, friday + 14 * HOUR_S).is_unusual
    assert not silence(TEAM, friday, friday + 2.5 * DAY).is_unusual


def test_what_goes_on_through_the_weekend_is_told_on_monday() -> None:
    """The weekend counts for little, Monday morning for much."""
    friday = END - 2 * DAY - 6 * HOUR_S
    assert silence(TEAM, friday, END + 12 * HOUR_S).is_unusual


def test_one_holiday_a_month_does_not_hide_the_next_silence() -> None:
    """The longest silence in four weeks is forgiven, so that it does not become the measure."""
    calm = by_hour(office_hours(WEEKS, holidays=frozenset({16})))
    nine = END + 9 * HOUR_S
    assert silence(calm | by_hour(iter([nine])), nine, nine + 4 * HOUR_S).is_unusual


def test_time_in_which_we_did_not_run_is_nobodys_silence() -> None:
    """After our own holidays a source is not called silent for what we could not hear."""
    noon = END - 3 * DAY + 12 * HOUR_S  # a Friday
    back = noon + 14 * DAY
    ran = up(MONDAY, noon - 1.0) | up(back, back + DAY)
    assert not silence(TEAM, noon, back + HOUR_S / 3, ran).is_unusual
    late = silence(TEAM, noon, back + 8 * HOUR_S, ran)
    assert late.lasted_s < DAY


@pytest.mark.parametrize("period", [SLOT_S, HOUR_S, 6 * HOUR_S])
def test_a_regular_source_is_told_after_a_few_times_it_did_not_come(period: float) -> None:
    """One that comes by the clock is missed sooner, in its own measure, than one that comes at random."""
    active = by_hour(every(period, END))
    last = END - period
    assert not silence(active, last, last + 1.5 * period).is_unusual
    assert silence(active, last, last + max(10 * period, LEAST_S + SLOT_S)).is_unusual


def test_a_nightly_delivery_is_told_when_it_was_missed_for_some_nights() -> None:
    """It needs weeks of history, and does not wait for the chance to become small."""
    active = by_hour(every(DAY, END, MONDAY + 2 * HOUR_S))
    last = END - DAY + 2 * HOUR_S
    assert not silence(active, last, last + 1.9 * DAY).is_unusual
    assert silence(active, last, last + 6 * DAY).is_unusual


def test_nothing_is_told_without_a_history() -> None:
    """Two days, however busy, say nothing of a third."""
    active = by_hour(every(SLOT_S, MONDAY + 2 * DAY))
    assert not silence(active, MONDAY + 2 * DAY, MONDAY + 3.5 * DAY).is_unusual


def test_a_first_weekend_is_not_held_against_weekdays() -> None:
    """Hours of a day that was never observed count for nothing."""
    friday = MONDAY + 5 * DAY - SLOT_S  # its last five minutes
    active = by_hour(every(SLOT_S, friday + SLOT_S))
    assert not silence(active, friday, friday + 2 * DAY).is_unusual
    assert silence(active, friday, friday + 3 * DAY).is_unusual


@given(st.lists(st.integers(0, 28 * 288 - 1), min_size=1, max_size=300), st.floats(0.0, 3e6), st.integers(0, 2**12 - 1))
def test_a_silence_grows_and_is_a_probability(slots: list[int], lasted: float, bits: int) -> None:
    """Whatever came and whenever we ran, waiting longer never makes a silence likelier."""
    active = by_hour(MONDAY + slot * SLOT_S for slot in sorted(slots))
    last = MONDAY + max(slots) * SLOT_S
    ran = dict.fromkeys(up(MONDAY, last + lasted), bits)
    rhythm = Rhythm.learn(active, ran, last)
    now, later = (rhythm.silence(last, last + length, ran) for length in (lasted, 1.5 * lasted + 600.0))
    assert 0.0 <= later.chance <= now.chance * (1.0 + 1e-9)  # sums of floats differ in their last bits
    assert now.chance <= 1.0
    assert not math.isnan(later.times_longest)
