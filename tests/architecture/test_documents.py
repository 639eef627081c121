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

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docs/models.md", "docs/serve.md", "docs/settings.md")
TYPED = [
    line
    for name in DOCUMENTS
    for block in re.findall(r"```sh\n(.*?)```", read(name), re.DOTALL)
    for line in block.splitlines()
]


def command_in(line: str) -> tuple[str, ...]:
    """Return the words that name a command, such as `token create`; none where the line is no command of ours."""
    words = line.split()
    found: list[str] = []
    known = getattr(get_command(app), "commands", {})
    if words[:1] == ["unwonted"]:
        for word in words[1:]:
            if word not in known:
                break
            found.append(word)
            known = getattr(known[word], "commands", {})
    return tuple(found)


SHOWN = [(command, line) for line in TYPED if (command := command_in(line))]
COMMANDS = sorted({command for command, _ in SHOWN})
OPTIONS = sorted({(command, option) for command, line in SHOWN for option in re.findall(r" (--[a-z-]+)", line)})
TARGETS = sorted({line.split()[1] for line in TYPED if line.startswith("make ")})


def test_documents_show_commands() -> None:
    """The patterns above found what they look for."""
    assert {("scan",), ("serve",), ("token", "create")} <= set(COMMANDS)
    assert {"run", "test", "check"} <= set(TARGETS)


@pytest.mark.parametrize("line", [line for line in TYPED if line.startswith("unwonted ")])
def test_command_exists(line: str) -> None:
    """What a document tells to type is a command."""
    assert command_in(line) or line.split()[1].startswith("-")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_command_has_help(command: tuple[str, ...]) -> None:
    """Every command that a document shows answers --help."""
    assert CliRunner().invoke(app, [*command, "--help"]).exit_code == 0


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_option_exists(command: tuple[str, ...], option: str) -> None:
    """Every option that a document shows is one of its command."""
    assert option in CliRunner().invoke(app, [*command, "--help"]).output


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
        for name in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "SECURITY.md")
        for link in re.findall(r"\]\(([^)#:]+)\)", read(name))
    ]
    assert not [link for link in links if not (ROOT / link).exists()]
