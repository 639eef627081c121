"""Cursors come back as they went, and what is none is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.feed import BadCursorError, cursors

PLACES = st.tuples(
    st.sampled_from(["risk", "newest"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=50),
)


@given(place=PLACES)
def test_place_comes_back(place: tuple[str, float, float, str]) -> None:
    """Every place survives being written, to the last bit of its numbers."""
    assert cursors.read(cursors.write(place), tuple[str, float, float, str]) == place


@given(text=st.text(max_size=80))
def test_nonsense_is_refused(text: str) -> None:
    """What no list gave is one clear error, whatever it is."""
    with pytest.raises(BadCursorError):
        cursors.read(text, tuple[str, float, float, str])


def test_cursor_of_another_list_is_refused() -> None:
    """A cursor of events does not page incidents."""
    with pytest.raises(BadCursorError):
        cursors.read(cursors.write(12), tuple[str, float, float, str])


def test_endless_cursor_is_refused() -> None:
    """Nobody is made to parse a megabyte."""
    with pytest.raises(BadCursorError):
        cursors.read("A" * 1_000_000, int)


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**30])
def test_number_that_no_store_compares_with_is_refused(number: int) -> None:
    """It was given by no list, and would be an error of the database."""
    with pytest.raises(BadCursorError):
        cursors.read(cursors.write(number), int)
