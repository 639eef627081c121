"""Secrets in text are masked before anything is kept."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.masking import _COMPILED, _PATTERNS, _SET, mask_bytes, mask_text, mask_value
from tests.collector.secrets import SECRETS


@pytest.mark.parametrize("kind", SECRETS)
def test_known_kinds(kind: str) -> None:
    """A secret of a known kind is masked wherever it stands: alone, in a sentence, behind a written line end."""
    printed, secret = SECRETS[kind]
    for text in (printed, f"using {printed} now", f"a\\n{printed}", f'{{"text": "{printed}"}}', f"é {printed} é"):
        assert secret not in mask_text(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("curl https://bob:hunter22@repo.example/", "curl https://***@repo.example/"),
        ("Authorization: Bearer abcdefghijklmnop1234", "Authorization: Bearer ***"),
        ("password=correct-horse", "password=***"),
        ('"api_key": "0123456789abcdef"', '"api_key": "***"'),
        ("TOKEN: ***", "TOKEN: ***"),
        ("token=${GITHUB_TOKEN}", "token=${GITHUB_TOKEN}"),
        ("token: ${{ secrets.TOKEN }}", "token: ${{ secrets.TOKEN }}"),
        ("the token expired", "the token expired"),
        ("id-token: write", "id-token: write"),
        ("PASS src/secret_test.js", "PASS src/secret_test.js"),
        ("PWD=/home/runner/work", "PWD=/home/runner/work"),
        ("uses: aws-actions/login@" + "0a" * 20, "uses: aws-actions/login@" + "0a" * 20),
        ("password='correct horse battery staple'", "password='***'"),
        ('{\\"password\\": \\"hunter22\\", 1}', '{\\"password\\": \\"***", 1}'),
        ("mysql -u root --password hunter22 pay", "mysql -u root --password *** pay"),
        ("curl -u mona:hunter22 https://repo.example", "curl -u mona:*** https://repo.example"),
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


@given(st.data(), st.integers(0, len(_PATTERNS) - 1))
def test_the_quick_look_passes_over_nothing(data: st.DataObject, number: int) -> None:
    """Whatever a pattern finds, the set of all of them finds too, in any surroundings."""
    example = data.draw(st.from_regex(_PATTERNS[number].encode()))
    text = data.draw(st.binary(max_size=50)) + example + data.draw(st.binary(max_size=50))
    found = set(_SET.Match(text) or ())
    assert found == {n for n, pattern in enumerate(_COMPILED) if pattern.search(text)}


@given(st.binary(max_size=300))
def test_any_bytes_are_masked(data: bytes) -> None:
    """Bytes that are no text are masked like others."""
    assert mask_bytes(mask_bytes(data)) == mask_bytes(data)


@given(st.text(st.characters(categories=["L", "Cs"]), max_size=60))
def test_what_stands_around_a_secret_stays(text: str) -> None:
    """Text around a secret is left as it is, letters of any language and halves of characters too."""
    assert mask_text(f"{text} ghp_{'Ab1' * 12} {text}") == f"{text} *** {text}"


@pytest.mark.parametrize(
    "unit",
    [
        "a" * 10,
        "://",
        "://a:",
        "token=",
        "eyJ",
        "-----BEGIN PRIVATE KEY-----",
        "ghp_",
        "https://a:b",
        "aws ",
        "Aa0" * 9,
        "cookie: a=",
        "--token a",
        "sig=",
    ],
)
def test_time_is_linear(unit: str) -> None:
    """Text made to hurt costs in proportion to its length."""
    small, large = _cost(unit * 2_000), _cost(unit * 20_000)
    assert large < 60 * small + 0.05


def _cost(text: str) -> float:
    started = time.process_time()
    mask_text(text)
    return time.process_time() - started
