"""Guides: what they tell to paste can be pasted, and the documentation shows the same."""

from __future__ import annotations

import re
import subprocess
import sysconfig
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.repository import ROOT
from unwonted.cli.source import Sender
from unwonted.errors import UsageError
from unwonted.guides import GUIDES, Guide, page_of, steps_of
from unwonted.settings import Settings, secret_names, variable

URL, SECRET = "https://ci.acme.example:8443", "5" * 64
PAGES = {name: steps_of(guide, URL, SECRET) for name, guide in GUIDES.items()}
_BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)


def blocks(*languages: str) -> list[Any]:
    """Return the blocks to paste of all pages, each named after its guide."""
    return [
        pytest.param(re.sub(rf"(?m)^{indent}", "", text), id=f"{name}-{number}")
        for name, page in PAGES.items()
        for number, (indent, language, text) in enumerate(_BLOCK.findall(page))
        if language in languages
    ]


def workflows() -> Iterator[Any]:
    """Yield the workflows of GitHub Actions among the blocks."""
    for block in blocks("yaml"):
        (text,) = block.values
        if isinstance(yaml.safe_load(text), dict) and "permissions" in yaml.safe_load(text):
            yield pytest.param(text, id=block.id)


@pytest.mark.parametrize("name", GUIDES)
def test_documentation_shows_the_same(name: str) -> None:
    """The page of the documentation is the guide's: `python -m unwonted.guides docs/sources/setup` writes it."""
    assert (ROOT / "docs/sources/setup" / f"{name}.md").read_text(encoding="utf-8") == page_of(GUIDES[name])


def test_command_line_knows_every_guide() -> None:
    """What the command line offers is what there are guides for, and the documentation has a page of nothing else."""
    assert {sender.value for sender in Sender} == set(GUIDES)
    assert {path.stem for path in (ROOT / "docs/sources/setup").iterdir()} == set(GUIDES)


@pytest.mark.parametrize("guide", GUIDES.values(), ids=GUIDES)
def test_index_tells_what_each_tells(guide: Guide) -> None:
    """The index of sources names every guide, what it tells of and how it arrives."""
    index = (ROOT / "docs/sources/README.md").read_text(encoding="utf-8")
    assert f"| [{guide.title}](setup/{guide.name}.md) | {', '.join(guide.tells)} | {guide.way} |" in index


@pytest.mark.parametrize("guide", [guide for guide in GUIDES.values() if guide.reference], ids=lambda one: one.name)
def test_what_is_read_of_it_is_told(guide: Guide) -> None:
    """The page that a guide refers to is there."""
    assert (ROOT / "docs/sources" / f"{guide.reference}.md").is_file()


@pytest.mark.parametrize("name", GUIDES)
def test_nothing_is_left_to_fill_in_of_ours(name: str) -> None:
    """No placeholder of ours is left, and no page tells the address or the secret of the documentation."""
    assert not re.search(r"@[A-Z]+@|unwonted\.example\.org|THE-SECRET", PAGES[name])


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml_parses(text: str) -> None:
    """What is YAML can be read as YAML, and says something."""
    assert list(yaml.safe_load_all(text)) != [None]


@pytest.mark.parametrize("text", blocks("toml"))
def test_toml_parses(text: str) -> None:
    """What is TOML can be read as TOML."""
    assert tomllib.loads(text)


@pytest.mark.parametrize("text", blocks("sh"))
def test_shell_parses(text: str) -> None:
    """What is typed into a shell is what a shell understands."""
    checked = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("text", blocks("groovy"))
def test_groovy_is_balanced(text: str) -> None:
    """Every bracket and quote that is opened is closed."""
    assert all(text.count(opened) == text.count(closed) for opened, closed in ("[]", "{}", "()"))
    assert text.count("'") % 2 == 0


@pytest.mark.parametrize("text", blocks("sh"))
def test_variables_are_settings(text: str) -> None:
    """What the service is told by a variable is a setting of it."""
    known = {*map(variable, Settings.model_fields), *(f"{variable(name)}_FILE" for name in secret_names())}
    assert set(re.findall(r"export (UNWONTED_\w+)=", text)) <= known | {"UNWONTED_TOKEN"}


@pytest.mark.parametrize("text", list(workflows()))
def test_workflows_are_hardened(text: str) -> None:
    """A workflow has only the rights a job asks for, ends in time, pins what it uses, runs no text of others."""
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert set(job["permissions"].values()) == {"read"}
        assert job["timeout-minutes"] <= 10
        for step in job["steps"]:
            assert "${{" not in step.get("run", "")
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step.get("uses", f"a/b@{'0' * 40}"))


def test_workflows_are_sound(tmp_path: Path) -> None:
    """A checker of workflows finds nothing in those that are to be pasted."""
    pasted = [tmp_path / f"{block.id}.yml" for block in workflows()]
    for path, block in zip(pasted, workflows(), strict=True):
        path.write_text(block.values[0], encoding="utf-8")
    checker = Path(sysconfig.get_path("scripts"), "zizmor")
    checked = subprocess.run(
        [checker, "--offline", "--no-progress", "--quiet", *pasted], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_there_are_workflows() -> None:
    """The test above looks at some."""
    assert len(list(workflows())) >= 2


@pytest.mark.parametrize("url", ["unwonted.example.org", "ftp://x.example", "https://x.example:99999", "https:///x"])
def test_address_that_is_none(url: str) -> None:
    """An address that no sender could reach is refused, with one that would do."""
    with pytest.raises(UsageError, match=r"https://unwonted\.example\.org"):
        steps_of(GUIDES["github"], url)
