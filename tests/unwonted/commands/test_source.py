"""`unwonted source add`: what it tells to paste is what the service reads."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from collector.delivery import Delivery
from collector.receiver.settings import setting_of
from collector.sources import SOURCES, Context
from unwonted.cli import app
from unwonted.settings import Settings, variable


def printed(*words: str) -> str:
    """Return what the command prints."""
    result = CliRunner().invoke(app, ["source", "add", *words])
    assert result.exit_code == 0
    return result.stdout


@pytest.mark.parametrize("sender", ["github", "gitlab"])
def test_names_the_setting_and_the_address(sender: str) -> None:
    """The variable is one the receiver reads, and the address is the one it answers at."""
    text = printed(sender, "--print", "--url", "https://unwonted.example.org/")
    assert f"export {setting_of(sender)}=" in text
    assert f"https://unwonted.example.org/hooks/{sender}\n" in text


@pytest.mark.parametrize("sender", ["github", "gitlab"])
def test_secret_is_fresh(sender: str) -> None:
    """Nobody gets a secret that another has, and one print has one secret."""
    found = [set(re.findall(r"\b[0-9a-f]{64}\b", printed(sender))) for _ in range(2)]
    assert [len(secrets) for secrets in found] == [1, 1]
    assert found[0] != found[1]


@pytest.mark.parametrize("sender", ["github", "gitlab", "gitlab.audit", "event"])
def test_every_senders_secret_is_a_setting(sender: str) -> None:
    """What the receiver tells to set can be set."""
    assert setting_of(sender) in map(variable, Settings.model_fields)


def test_event_is_one() -> None:
    """The body that is shown can be read as an event."""
    body = re.search(r"-d '(\{.*\})'", printed("event"), re.DOTALL)
    assert body
    event = json.loads(body[1].replace("'$(date +%s)'", "1772359200"))
    parsed = SOURCES["event"].parse(Delivery(source="event", body=event), Context())
    assert parsed[0].actor.name == "mona"


def test_loopback_address_is_told() -> None:
    """An address that no sender reaches is said to be one."""
    assert "reached from this machine only" in printed("github")
    assert "reached from this machine only" not in printed("github", "--url", "https://unwonted.example.org")
