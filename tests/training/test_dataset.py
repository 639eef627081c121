"""The dataset: what a training run may learn from, and what it is judged by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from collector.event import Kind
from collector.stream.entry import Verdict
from service.store.database import Database
from tests.training.stored import MINUTE, START, judge, opened, ordinary, put, strange
from training.dataset import DAY_S, FEWEST, Dataset, read
from training.errors import NothingToTrainError

NOW = START + 1e9


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """Return a store with a thousand ordinary rows."""
    with opened(tmp_path) as database:
        put(database, ordinary(1000))
        yield database


def dataset(store: Database, *, window_s: float = 90 * DAY_S, position: int | None = None) -> Dataset:
    """Return the dataset of the whole store."""
    with store.reading() as connection:
        return read(connection, "default", NOW, window_s=window_s, position=position)


def ids(found: Dataset) -> set[str]:
    """Return the ids of all events that teach or judge."""
    return {name for part in (found.fit, found.held_out) for rows in part.values() for name in rows.ids}


def test_newest_fifth_is_held_out(store: Database) -> None:
    """What judges a version is newer than all it was fitted on."""
    found = dataset(store)
    assert len(found.held_out[Kind.ACCESS]) == 200
    assert found.fit[Kind.ACCESS].times.max() < found.held_out[Kind.ACCESS].times.min()


def test_rows_come_back_as_they_were_stored(store: Database) -> None:
    """The held-out rows are the stored ones, to the precision they are stored in."""
    np.testing.assert_array_equal(
        dataset(store).held_out[Kind.ACCESS].matrix, ordinary(1000)[800:].astype(np.float32).astype(np.float64)
    )


@pytest.mark.parametrize("verdict", [Verdict.TRUE_POSITIVE, Verdict.TEST, Verdict.DUPLICATE])
def test_attacks_are_left_out(store: Database, verdict: Verdict) -> None:
    """What was judged an attack or a test neither teaches nor judges."""
    attack = put(store, strange(5), first=1000)
    judge(store, attack, verdict)
    found = dataset(store)
    assert not ids(found) & set(attack)
    assert (found.removed[Kind.ACCESS].attacks, found.labels) == (5, {verdict: 1})


@pytest.mark.parametrize("verdict", [Verdict.BENIGN, Verdict.FALSE_POSITIVE, Verdict.INSUFFICIENT_DATA])
def test_what_was_harmless_is_kept(store: Database, verdict: Verdict) -> None:
    """What was judged harmless is as ordinary as the rest."""
    harmless = put(store, ordinary(5, seed=7), first=1000)
    judge(store, harmless, verdict)
    assert set(harmless) <= ids(dataset(store))


def test_confirmed_attack_judges(store: Database) -> None:
    """A confirmed attack is kept apart, so that versions can be compared by it; a test is not."""
    judge(store, put(store, strange(5), first=1000), Verdict.TRUE_POSITIVE)
    judge(store, put(store, strange(5), first=2000), Verdict.TEST, incident="inc_2")
    [attack] = dataset(store).attacks
    assert (attack.incident, len(attack.rows[Kind.ACCESS])) == ("inc_1", 5)


def test_verdict_of_another_organisation_says_nothing(store: Database) -> None:
    """Verdicts count in the organisation they were given in."""
    judge(store, ["access-3"], Verdict.TRUE_POSITIVE, organisation="other")
    assert "access-3" in ids(dataset(store))


def test_warm_up_is_left_out(store: Database) -> None:
    """Rows from before the first fit say what a beginning looks like, not what is usual."""
    assert not ids(dataset(store)) & set(put(store, ordinary(50, seed=3), first=2000, is_warm_up=True))


def test_other_organisation_is_left_out(store: Database) -> None:
    """Nobody learns from another organisation's events."""
    put(store, ordinary(50, seed=3), first=2000, organisation="other")
    assert dataset(store).events == {Kind.ACCESS: 1000}


def test_position_is_where_it_ends(store: Database) -> None:
    """Nothing after the recorded position is taken, so that the same dataset can be read again later."""
    before = dataset(store)
    put(store, ordinary(50, seed=3), first=1000)
    assert (before.position, before.partition) == (1000, 0)
    assert dataset(store, position=before.position).digest == before.digest


def test_window_is_event_time(store: Database) -> None:
    """Only the last days count, by the events' own clock."""
    found = dataset(store, window_s=800 * MINUTE)
    assert found.events == {Kind.ACCESS: 801}
    assert found.first_at == START + 199 * MINUTE


def test_other_rows_are_another_dataset(store: Database) -> None:
    """The hash tells one dataset from another."""
    before = dataset(store).digest
    put(store, ordinary(1, seed=3), first=1000)
    assert dataset(store).digest != before


def test_kind_with_few_rows_is_left_to_its_own_fits(store: Database) -> None:
    """A kind with too few rows gets no ensemble."""
    put(store, ordinary(FEWEST - 1, seed=3), first=1000, kind=Kind.RUN)
    assert set(dataset(store).fit) == {Kind.ACCESS}


def test_too_few_rows_are_told(tmp_path: Path) -> None:
    """Where no kind has enough rows, the message says how many there are and how many are needed."""
    with opened(tmp_path) as database:
        put(database, ordinary(10))
        with pytest.raises(NothingToTrainError, match="10 of access; 640"):
            dataset(database)


def test_no_events_at_all_are_told(tmp_path: Path) -> None:
    """An organisation that has no events is told by its name."""
    with opened(tmp_path) as database, pytest.raises(NothingToTrainError, match="default has no events"):
        dataset(database)
