"""`unwonted source`: what it tells to paste is what the service reads."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from collector.receiver.settings import setting_of
from unwonted.cli import app
from unwonted.guides import GUIDES


def printed(*words: str) -> str:
    """Return what the command prints."""
    result = CliRunner().invoke(app, ["source", *words])
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("sender", ["github", "gitlab", "bitbucket", "circleci", "buildkite"])
def test_names_the_setting_and_the_address(sender: str) -> None:
    """The variable is one the receiver reads, and the address is the one it answers at."""
    text = printed("add", sender, "--print", "--url", "https://unwonted.example.org/")
    assert f"export {setting_of(sender)}=" in text
    assert f"`https://unwonted.example.org/hooks/{sender}`" in text


@pytest.mark.parametrize("sender", ["github", "gitlab", "jenkins"])
def test_secret_is_fresh(sender: str) -> None:
    """Nobody gets a secret that another has, and one print has one secret."""
    found = [set(re.findall(r"\b[0-9a-f]{64}\b", printed("add", sender))) for _ in range(2)]
    assert [len(secrets) for secrets in found] == [1, 1]
    assert found[0] != found[1]


def test_loopback_address_is_told() -> None:
    """An address that no sender reaches is said to be one."""
    assert "reached from this machine only" in printed("add", "github")
    assert "reached from this machine only" not in printed("add", "github", "--url", "https://unwonted.example.org")


def test_lists_every_guide() -> None:
    """Every system is listed with what it tells of, for people and for programs."""
    assert [line.split()[0] for line in printed("list").splitlines()[: len(GUIDES)]] == list(GUIDES)
    assert [item["name"] for item in json.loads(printed("list", "--json"))["items"]] == list(GUIDES)


def test_what_sends_nothing_cannot_be_tried() -> None:
    """A repository sends nothing: asking for a trial of it is told what to do instead."""
    result = CliRunner().invoke(app, ["source", "test", "git"])
    assert result.exit_code == 2
    assert "unwonted source add git" in result.stderr
