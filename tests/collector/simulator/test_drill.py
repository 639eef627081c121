"""Staged drills: repeatable, ending now, one attack and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.delivery import delivery_of
from collector.event import Event
from collector.simulator import ATTACKS, Cast, StagedDrill, stage
from collector.sources import Context, source_named

NOW = 1_795_600_000.0
HOURS = 3600.0


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(ATTACKS)))
def test_same_arguments_stage_the_same_drill(seed: int, name: str) -> None:
    """A drill is a function of its arguments, to the last field."""
    assert stage(name, seed=seed, now=NOW) == stage(name, seed=seed, now=NOW)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), name=st.sampled_from(sorted(ATTACKS)), now=st.floats(1_600_000_000, 2_000_000_000))
def test_a_drill_ends_now(seed: int, name: str, now: float) -> None:
    """The last delivery is received within the second before now, nothing happens after, and all within hours."""
    staged = stage(name, seed=seed, now=now)
    assert now - 2 < staged.last_at <= now
    assert all(now - 6 * HOURS < event.observed_at <= now for event in events_of(staged))
    assert staged.first_at <= staged.last_at


@pytest.mark.parametrize("name", ATTACKS)
def test_impact_lies_within_the_drill(name: str) -> None:
    """The damage is done between what is told first, give or take the way of the telling, and last."""
    staged = stage(name, seed=3, now=NOW)
    assert staged.first_at - 60 < staged.impact_at < staged.last_at


@pytest.mark.parametrize("name", ATTACKS)
def test_every_delivery_can_be_read(name: str) -> None:
    """Each delivery holds one event, and no event comes twice."""
    staged = stage(name, seed=3, now=NOW)
    events = events_of(staged)
    assert len({event.id for event in events}) == len(staged.deliveries)


@pytest.mark.parametrize("name", ATTACKS)
def test_deliveries_are_in_order(name: str) -> None:
    """Deliveries are staged in the order they are received."""
    received = [delivery["received_at"] for delivery in stage(name, seed=3, now=NOW).deliveries]
    assert received == sorted(received)


def test_deliveries_do_not_tell() -> None:
    """Nothing in a delivery says that it is a drill."""
    told = json.dumps([stage(name, seed=3, now=NOW).deliveries for name in ATTACKS])
    assert not [word for word in ("drill", "attack:", "simulated", *ATTACKS) if word in told]


def test_staging_leaves_the_cast_as_it_was() -> None:
    """The same cast may play again: a drill leaves no marks on it."""
    cast = Cast.simulated(3)
    first = stage("visibility-flip", seed=3, now=NOW, cast=cast)
    assert stage("visibility-flip", seed=3, now=NOW, cast=cast) == first


def events_of(staged: StagedDrill) -> list[Event]:
    """Return the events of a drill as a receiver would read them."""
    return [
        event
        for delivery in staged.deliveries
        for event in source_named(delivery["source"]).parse(delivery_of(delivery), Context())
    ]
