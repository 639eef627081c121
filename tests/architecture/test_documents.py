"""What the documents tell a reader to type exists."""

from __future__ import annotations

import re
import tomllib

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from collector.simulator.__main__ import parser
from tests.architecture.repository import ROOT, read
from unwonted.cli import app

DOCUMENTS = ("README.md", "CONTRIBUTING.md")
TYPED = [
    line
    for name in DOCUMENTS
    for block in re.findall(r"```sh\n(.*?)```", read(name), re.DOTALL)
    for line in block.splitlines()
]
COMMANDS = sorted(
    {words[1] for words in map(str.split, TYPED) if words and words[0] == "unwonted" and not words[1].startswith("-")}
)
OPTIONS = sorted(
    {
        (words.split()[1], option)
        for words in TYPED
        if words.startswith("unwonted ")
        for option in re.findall(r" (--[a-z-]+)", words)
    }
)
TARGETS = sorted({line.split()[1] for line in TYPED if line.startswith("make ")})


def test_documents_show_commands() -> None:
    """The patterns above found what they look for."""
    assert "scan" in COMMANDS
    assert {"run", "test", "check"} <= set(TARGETS)


@pytest.mark.parametrize("command", COMMANDS)
def test_command_has_help(command: str) -> None:
    """Every command that a document shows answers --help."""
    assert CliRunner().invoke(app, [command, "--help"]).exit_code == 0


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_option_exists(command: str, option: str) -> None:
    """Every option that a document shows is one of its command."""
    assert option in CliRunner().invoke(app, [command, "--help"]).output


def test_simulator_understands() -> None:
    """The simulator accepts what a document tells to type."""
    typed = [line.split()[3:] for line in TYPED if line.startswith("python -m collector.simulator ")]
    assert all(parser().parse_args(words).attack for words in typed)
    assert typed


@pytest.mark.parametrize("target", TARGETS)
def test_target_exists(target: str) -> None:
    """Every `make` target that a document shows is in the Makefile."""
    assert re.search(rf"^{target}:", read("Makefile"), re.MULTILINE)


def test_every_command_is_documented() -> None:
    """No command is left for the reader to discover."""
    there = getattr(get_command(app), "commands", {"scan": None})
    assert not [name for name in there if f"unwonted {name}" not in read("README.md")]


def test_changelog_knows_the_version() -> None:
    """The version of the distribution has a heading in the changelog."""
    version = tomllib.loads(read("pyproject.toml"))["project"]["version"]
    assert f"## [{version}]" in read("CHANGELOG.md")


def test_links_lead_somewhere() -> None:
    """Links between documents lead to files that exist."""
    links = [
        link
        for name in (*DOCUMENTS, "ARCHITECTURE.md", "SECURITY.md")
        for link in re.findall(r"\]\(([^)#:]+)\)", read(name))
    ]
    assert not [link for link in links if not (ROOT / link).exists()]
