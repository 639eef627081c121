"""Snapshots: a scorer that was stopped and restored goes on as if nothing had happened."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.event import Event, Kind
from models import history, vocabulary
from models import scorer as scorer_module
from models.detector import Arrays
from models.finding import Scored
from models.profile import INITIAL, LIMITS
from models.scorer import Scorer
from tests.models.streams import HOUR, random_stream, streams


def _bytes(scored: Sequence[Scored]) -> bytes:
    return msgspec.json.encode(scored)


def _stored(arrays: Arrays) -> Arrays:
    """Return what comes back from a disk: the same bytes in other, read-only memory."""
    return {name: np.frombuffer(array.tobytes(), array.dtype).reshape(array.shape) for name, array in arrays.items()}


def _assert_goes_on(events: list[Event], at: int) -> Scorer:
    whole = Scorer()
    whole.score(events[:at])
    restored = Scorer.from_arrays(_stored(whole.arrays()))
    assert restored.digest() == whole.digest()
    assert _bytes(restored.score(events[at:])) == _bytes(whole.score(events[at:]))
    assert restored.digest() == whole.digest()
    return restored


@given(events=streams(80), share=st.floats(0, 1))
@settings(max_examples=15)
def test_restored_scorer_goes_on(events: list[Event], share: float) -> None:
    """Scores, reasons and everything learned are the same after a stop at any point of any stream."""
    _assert_goes_on(events, int(share * len(events)))


@pytest.mark.parametrize("at", [40, 511, 512, 600])
def test_restored_scorer_goes_on_across_fits(at: int) -> None:
    """Fitted ensembles, and how far the next fit is, survive a stop."""
    events = random_stream(31, history.FIRST_FIT + 150, kinds=(Kind.ACCESS,), steps=(60.0, HOUR, 0.0))
    _assert_goes_on(events, at)


def test_restored_scorer_goes_on_when_tables_are_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a full table forgets does not depend on where its rows lay before a stop."""
    for name in LIMITS:
        monkeypatch.setitem(LIMITS, name, INITIAL)
    events = random_stream(32, 400)
    assert _assert_goes_on(events, 170).arrays()["profiles.values"].size <= INITIAL


def test_restored_scorer_goes_on_when_names_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reasons name the same after a stop, also where the vocabulary overflows."""
    monkeypatch.setattr(vocabulary, "MAX_NAMES", 60)
    monkeypatch.setattr(scorer_module, "FINDING_BITS", 0.5)
    _assert_goes_on(random_stream(33, 200), 77)


def test_old_rows_of_a_full_history_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history that dropped its oldest rows goes on dropping the right ones."""
    monkeypatch.setattr(history, "ROWS", 100)
    _assert_goes_on(random_stream(34, 260, kinds=(Kind.RUN,)), 130)


def test_small_organisation_is_small() -> None:
    """Only what is occupied is stored."""
    scorer = Scorer()
    scorer.score(random_stream(35, 20))
    assert sum(array.nbytes for array in scorer.arrays().values()) < 1_000_000


def test_arrays_are_a_copy() -> None:
    """A snapshot does not change while the scorer goes on, nor two scorers restored from one another."""
    scorer = Scorer()
    scorer.score(random_stream(36, 50))
    arrays = scorer.arrays()
    digest = scorer.digest()
    first, second = Scorer.from_arrays(arrays), Scorer.from_arrays(arrays)
    for one in (scorer, first):
        one.score(random_stream(37, 50))
    assert first.digest() != second.digest() == digest == Scorer.from_arrays(arrays).digest()


def test_names_of_any_characters_survive() -> None:
    """Lone surrogates, emoji and empty names come back as they were."""
    names = ["a", "", "\ud83d", "\ude00", "😀", "ä\0b"]
    one = vocabulary.Vocabulary()
    for name in names:
        one.intern(name)
    restored = vocabulary.Vocabulary.from_arrays(one.arrays())
    assert [restored.name(vocabulary.stable_id(name)) for name in names] == names
