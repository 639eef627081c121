"""`unwonted token`: what it prints, and that nothing can be read of a token afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.store import tokens
from service.store.database import Database
from unwonted.cli import app


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder that is not there yet."""
    return tmp_path / "data"


def invoke(data: Path, *words: str) -> Result:
    """Return what a token command comes to."""
    return CliRunner().invoke(app, ["token", *words, "--data", str(data)])


def test_created_token_opens(data: Path) -> None:
    """On stdout is the token alone, and it has the scopes asked for."""
    secret = invoke(data, "create", "ci", "--scope", "ingest", "--organisation", "acme").stdout.strip()
    database = Database.open(data / "store.sqlite")
    with database.reading() as connection:
        found = tokens.check(connection, secret)
    database.close()
    assert found
    assert (found.name, found.organisation, set(found.scopes)) == ("ci", "acme", {tokens.Scope.INGEST})


def test_list_shows_no_secret(data: Path) -> None:
    """A list has everything but what opens."""
    secret = json.loads(invoke(data, "create", "ci", "--json").stdout)["token"]
    listed = invoke(data, "list", "--json").stdout
    assert json.loads(listed)["items"][0]["name"] == "ci"
    assert secret not in listed + invoke(data, "list").stdout


def test_revoked_token_is_listed_as_such(data: Path) -> None:
    """After its end a token is still known, and when it ended."""
    identity = json.loads(invoke(data, "create", "ci", "--json").stdout)["id"]
    assert invoke(data, "revoke", identity).exit_code == 0
    assert "revoked" in invoke(data, "list").stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("create", "ci", "--scope", "write"), "there is no such scope; choose of read, triage, ingest, admin"),
        (("create", " "), "NAME is empty"),
        (("create", "ci", "--scope", ","), "--scope names nothing"),
        (("revoke", "none"), "there is no token none"),
    ],
)
def test_wrong_words(data: Path, words: tuple[str, ...], told: str) -> None:
    """What cannot be done is a usage error that says why."""
    result = invoke(data, *words)
    assert result.exit_code == 2
    assert told in result.stderr


def test_empty_list_says_what_holds(data: Path) -> None:
    """Without any token it is told who may ask."""
    assert "loopback only" in invoke(data, "list").stdout
