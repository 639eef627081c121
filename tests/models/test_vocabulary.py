"""Names become stable numbers, and the memory of names is bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import vocabulary
from models.vocabulary import Vocabulary, stable_id

_TEXTS = st.text(st.characters())


@given(text=_TEXTS)
def test_numbers_are_positive_and_63_bit(text: str) -> None:
    """Any text, lone surrogates included, has a number the kernel can hold and never takes for "nobody"."""
    assert 0 < stable_id(text) < 1 << 63


@given(texts=st.lists(_TEXTS))
def test_names_come_back(texts: list[str]) -> None:
    """A remembered name is found by its number."""
    names = Vocabulary()
    assert [names.name(names.intern(text)) for text in texts] == texts


def test_number_is_the_same_in_every_process() -> None:
    """The number of a name is part of stored profiles: it must never change."""
    assert stable_id("user:mona") == 1425375773146857061


def test_memory_is_bounded_and_numbers_survive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit the oldest names go, together with both directions; numbers stay what they were."""
    monkeypatch.setattr(vocabulary, "MAX_NAMES", 100)
    names = Vocabulary()
    first = names.intern("first")
    for i in range(1000):
        names.begin()
        names.intern(f"name {i}")
        assert len(names) == len(names._names) <= 100
    assert names.name(first) == ""
    assert names.intern("first") == first
    assert names.name(first) == "first"


def test_names_of_later_events_are_not_known_yet() -> None:
    """Within a batch an event is told by the names that had come up to it."""
    names = Vocabulary()
    names.begin()
    names.turn_to(3)
    number = names.intern("late")
    assert [names.name(number, position) for position in (2, 3, 4)] == ["", "late", "late"]
    names.begin()
    assert names.name(number, 0) == "late"
