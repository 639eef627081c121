"""Untrusted text becomes harmless, and numbers readable."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.words import every, listed, plain, rfc3339, strangest_ref, title_of
from tests.service.stand_ins import make_incident


@given(st.text(alphabet=st.characters()))
def test_plain_text_is_one_visible_line(text: str) -> None:
    """Nothing that steers a terminal, breaks a line or hides is left."""
    assert not [c for c in plain(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}]


@given(st.text(alphabet=st.characters(), max_size=50))
def test_plain_is_done_once(text: str) -> None:
    """Making plain text plain changes nothing."""
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    "hostile",
    [
        "\x1b[31mred\x1b[0m",
        "\x1b]0;title\x07red",
        "\x1b]8;;http://x\x1b\\red\x1b]8;;\x1b\\",
        "\x9b2Jred",
        "\x1b[2J\x1bcred",
    ],
)
def test_escape_sequences_vanish(hostile: str) -> None:
    """Colours, titles, links and clearing leave only their text."""
    assert plain(hostile) == "red"


def test_limit_cuts() -> None:
    """Text longer than the limit ends in an ellipsis, within it."""
    assert plain("x" * 20, 10) == "x" * 9 + "…"


@pytest.mark.parametrize(("seconds", "text"), [(1e18, "9999-12-31T23:59:59Z"), (-1e18, "0001-01-01T00:00:00Z")])
def test_time_beyond_the_calendar(seconds: float, text: str) -> None:
    """A time no calendar shows is its first or last moment, not an error."""
    assert rfc3339(seconds) == text


@given(st.floats(1.0, 1e12), st.floats(1.0, 1e12))
def test_every_names_a_length(one: float, two: float) -> None:
    """Every return period has words, and none is called not known."""
    assert all(every(seconds) and "not known" not in every(seconds) for seconds in (one, two))


def test_unknown_return_period() -> None:
    """Zero means that it is not known yet."""
    assert every(0.0) == "how often is not known yet"


def test_listed_without_rest() -> None:
    """A short row is told whole."""
    assert listed(["a", "b"]) == "a, b"


def test_title_falls_back_to_the_strangest_event() -> None:
    """An incident without a title is named by what was strangest in it."""
    assert title_of(make_incident(title="")) == "user:mona odd repo:acme/pay"


def test_strangest_reference() -> None:
    """Of equally strange events the first is named."""
    assert strangest_ref(make_incident("i", events=5)) == "ref-i-0"
