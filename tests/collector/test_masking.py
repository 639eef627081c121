"""Secrets in text are masked before anything is kept."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.masking import _HINT, _HINT_WORDS, mask_text, mask_value

_LONG = "Ab1" * 20


@pytest.mark.parametrize(
    "secret",
    [
        f"ghp_{_LONG[:36]}",
        f"github_pat_{_LONG}",
        f"glpat-{_LONG[:20]}",
        "AKIA" + "Q7" * 8,
        f"xoxb-1234567890-{_LONG[:24]}",
        f"npm_{_LONG[:36]}",
        f"pypi-AgEIcHlwaS5vcmc{_LONG}",
        f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{_LONG}",
        f"hvs.{_LONG}",
        f"hf_{_LONG[:34]}",
    ],
)
def test_known_tokens(secret: str) -> None:
    """A token of a known make is masked wherever it stands."""
    assert secret not in mask_text(f"using {secret} now")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("curl https://bob:hunter22@repo.example/", "curl https://***@repo.example/"),
        ("Authorization: Bearer abcdefghijklmnop1234", "Authorization: Bearer ***"),
        ("password=correct-horse", "password=***"),
        ('"api_key": "0123456789abcdef"', '"api_key": "***"'),
        ("TOKEN: ***", "TOKEN: ***"),
        ("token=${GITHUB_TOKEN}", "token=${GITHUB_TOKEN}"),
        ("the token expired", "the token expired"),
    ],
)
def test_secrets_by_their_place(text: str, masked: str) -> None:
    """What stands where secrets stand is masked; references to secrets stay readable."""
    assert mask_text(text) == masked


def test_private_keys() -> None:
    """A private key is masked from its first to its last line, also where the last is cut off."""
    begin, end = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
    assert mask_text(f"a {begin}\nMIIE\n{end} b") == "a *** b"
    assert mask_text(f"a {begin}\nMIIE") == "a ***"


def test_values_by_name() -> None:
    """In JSON, a text under a secret's name is masked, a hash of a token is not."""
    body = {"config": {"secret": "s3cr3t-value"}, "hashed_token": "c2FtcGxl", "n": [1, "password=hunter22"]}
    assert mask_value(body) == {"config": {"secret": "***"}, "hashed_token": "c2FtcGxl", "n": [1, "password=***"]}


@given(st.text())
def test_masking_twice_changes_nothing(text: str) -> None:
    """Masked text has nothing left to mask."""
    assert mask_text(mask_text(text)) == mask_text(text)


@given(st.from_regex(_HINT))
def test_quick_look_passes_over_nothing(text: str) -> None:
    """Where the patterns would look for secrets, the words send them there, in any case and by odd letters too."""
    assert any(word in text.lower() for word in _HINT_WORDS)


@pytest.mark.parametrize(
    "unit", ["a" * 10, "://", "://a:", "token=", "eyJ", "-----BEGIN PRIVATE KEY-----", "ghp_", "https://a:b"]
)
def test_time_is_linear(unit: str) -> None:
    """Text made to hurt costs in proportion to its length."""
    small, large = _cost(unit * 2_000), _cost(unit * 20_000)
    assert large < 60 * small + 0.05


def _cost(text: str) -> float:
    started = time.process_time()
    mask_text(text)
    return time.process_time() - started
