"""From events to observations: what is read of an event, and that nothing hostile gets through."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.event import Actor, ActorType, Entity, Event, Kind
from models.extraction import FUTURE_S, LATEST_S, MAX_SET, MAX_TEXT, Extraction, event_time, hour_of_week, subject_of
from models.features import FEATURES, INDEX
from models.profile import Profiles
from models.vocabulary import Vocabulary
from tests.models.streams import DAY, START, by_kernel, make_event, observe

_HOSTILE_TEXTS = st.one_of(
    st.text(st.characters(), max_size=20),  # lone surrogates too
    st.sampled_from(["", "\x00", "{value}", "{0!r:>99}", "%s", "\ud800", "/", "a/b/c", "\u202e", "x" * 100_000]),
)
_HOSTILE_NUMBERS = st.one_of(
    st.floats(), st.sampled_from([math.nan, math.inf, -math.inf, 1e300, -1e300, -1.0, -0.0, 5e-324])
)
_NAMES = st.sampled_from(sorted({feature.value for feature in FEATURES if feature.value} | {"message", "odd"}))


@st.composite
def hostile_events(draw: st.DrawFn) -> Event:
    """Return a strategy of events that hold anything their types allow."""
    return Event(
        id=draw(_HOSTILE_TEXTS),
        ref="1",
        source=draw(_HOSTILE_TEXTS),
        kind=draw(st.sampled_from(Kind)),
        action=draw(_HOSTILE_TEXTS),
        actor=Actor(draw(st.sampled_from(ActorType)), draw(_HOSTILE_TEXTS)),
        entity=Entity(draw(_HOSTILE_TEXTS), draw(_HOSTILE_TEXTS)),
        observed_at=draw(_HOSTILE_NUMBERS),
        received_at=draw(_HOSTILE_NUMBERS),
        utc_offset=draw(st.integers(-(10**9), 10**9)),
        links=draw(st.dictionaries(_NAMES, _HOSTILE_TEXTS, max_size=4)),
        facts=draw(
            st.dictionaries(_NAMES, st.one_of(_HOSTILE_TEXTS, st.lists(_HOSTILE_TEXTS, max_size=4)), max_size=4)
        ),
        numbers=draw(st.dictionaries(_NAMES, _HOSTILE_NUMBERS, max_size=4)),
    )


@given(events=st.lists(hostile_events(), min_size=1, max_size=6))
@settings(max_examples=60)
def test_hostile_events_give_finite_bits(events: list[Event]) -> None:
    """Whatever an event holds, its times, feature rows and details are finite numbers."""
    observations = observe(events * 3)
    matrix, detail, _ = by_kernel(observations, Profiles())
    assert np.isfinite(observations.times).all()
    assert np.isfinite(matrix).all()
    assert np.isfinite(detail).all()


@given(observed=_HOSTILE_NUMBERS, received=_HOSTILE_NUMBERS)
def test_event_time_is_a_date(observed: float, received: float) -> None:
    """The time an event counts at is a number a calendar can hold, whatever its clocks say."""
    assert 0.0 <= event_time(make_event(at=observed, received_at=received)) <= LATEST_S


def test_future_date_is_cut() -> None:
    """An event dated next year counts ten minutes after it was received."""
    assert event_time(make_event(at=START + 365 * DAY, received_at=START)) == START + FUTURE_S


def test_late_event_keeps_its_time() -> None:
    """A late event counts at its own time."""
    assert event_time(make_event(at=START - DAY, received_at=START)) == START - DAY


def test_long_names_are_cut() -> None:
    """A megabyte of a name takes no more of the vocabulary than its beginning."""
    vocabulary = Vocabulary()
    long = "x" * 1_000_000
    event = make_event(actor=long, action=long, entity=f"{long}/{long}", links={"repo": long}, facts={"message": long})
    Extraction(vocabulary).observe([event])
    assert max(len(name) for name in vocabulary._names.values()) <= MAX_TEXT


def test_long_lists_are_cut() -> None:
    """Of a set only the first thousands are measured."""
    event = make_event(facts={"commit_path": [f"{i}" for i in range(MAX_SET + 500)]})
    assert (observe([event]).columns == INDEX["path_of_repo"]).sum() == MAX_SET


def test_numbers_that_are_none_are_left_out() -> None:
    """NaN and infinity are not measured; their neighbours are."""
    event = make_event(numbers={"additions": math.nan, "commits": math.inf, "changed_files": 3.0})
    columns = set(observe([event]).columns.tolist())
    assert INDEX["changed_files_of_actor"] in columns
    assert not columns & {INDEX["additions_of_actor"], INDEX["commits_of_actor"]}


def test_unknown_facts_are_measured() -> None:
    """A fact no feature names is measured with its name, as every other fact."""
    event = make_event(facts={"mood": "odd", "colours": ["red", "green"]})
    assert (observe([event]).columns == INDEX["fact_of_action"]).sum() == 3


def test_missing_links_have_no_owner() -> None:
    """An event without a token is measured against nobody's token."""
    matrix, _, _ = by_kernel(observe([make_event(links={})] * 50), Profiles())
    assert (matrix[:, INDEX["hour_of_token"]] == 0).all()


@given(offset=st.integers(-14 * 60, 14 * 60), at=st.floats(0, 4e9))
def test_hour_is_one_of_sixteen(offset: int, at: float) -> None:
    """A local hour is a block of three hours, of weekdays or of weekends."""
    hour = hour_of_week(msgspec.structs.replace(make_event(), utc_offset=offset), at)
    first, last = hour.split(" ")[0].split("-")
    assert int(last) - int(first) == 3
    assert hour.endswith(("weekdays", "weekends"))


def test_hour_is_the_actors_own() -> None:
    """Five in the evening UTC on a Friday is Saturday for an actor ten hours ahead."""
    friday = START + DAY + 17 * 3600.0
    assert hour_of_week(make_event(), friday) == "15-18 on weekdays"
    assert hour_of_week(msgspec.structs.replace(make_event(), utc_offset=600), friday) == "03-06 on weekends"


@pytest.mark.parametrize("message", ["Bump lodash 4.17.20 (deadbeef12)", "bump lodash 4.17.21 (0123abc)"])
def test_subject_is_a_template(message: str) -> None:
    """Texts that differ in numbers and hashes are one subject."""
    assert subject_of(make_event(facts={"message": message})) == "bump lodash #.#.# (#)"


def test_quiet_values_cost_nothing() -> None:
    """The first signature of someone who never signed is learned, but is no surprise; a missing one is."""
    usual = [make_event(at=START + i * DAY, kind=Kind.COMMIT, facts={"signature": "unsigned"}) for i in range(20)]
    signed = make_event(at=START + 20 * DAY, kind=Kind.COMMIT, facts={"signature": "signed"})
    matrix, _, _ = by_kernel(observe([*usual, signed]), Profiles())
    assert matrix[-1, INDEX["signature_of_actor"]] == 0.0
    swapped = [msgspec.structs.replace(event, facts={"signature": "signed"}) for event in usual]
    bare = msgspec.structs.replace(signed, facts={"signature": "unsigned"})
    matrix, _, _ = by_kernel(observe([*swapped, bare]), Profiles())
    assert matrix[-1, INDEX["signature_of_actor"]] > 2.0


def test_what_is_usually_absent_is_rare() -> None:
    """A fact that few commits have is a surprise by being there at all, even where its value is known."""
    event = make_event(at=START, kind=Kind.COMMIT, facts={"said": ["a dependency"]})
    without = [make_event(at=START + i * DAY, kind=Kind.COMMIT, facts={}) for i in range(1, 40)]
    again = msgspec.structs.replace(event, observed_at=START + 40 * DAY, received_at=START + 40 * DAY)
    matrix, _, _ = by_kernel(observe([event, *without, again]), Profiles())
    assert matrix[-1, INDEX["said_of_actor"]] > 3.0
    assert matrix[-2, INDEX["said_of_actor"]] == 0.0


@pytest.mark.parametrize(("kind", "is_measured"), [(Kind.DEPENDENCY, False), (Kind.ADMIN, True)])
def test_what_a_place_pins_is_no_act(kind: Kind, is_measured: bool) -> None:  # noqa: FBT001
    """When and how often it came is measured on the push that it follows from; an act of another kind stays one."""
    event = make_event(kind=kind, facts={"change": ["version up"]})
    columns = set(Extraction(Vocabulary()).observe([event]).columns.tolist())
    assert (INDEX["hour_of_actor"] in columns) is is_measured
    assert INDEX["actor_of_repo"] in columns
