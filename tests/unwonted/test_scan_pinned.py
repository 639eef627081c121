"""A scan of a repository finds what its lockfile and its workflow were made to say, among months of honest updates."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.collector.sources.git.repository import Repository
from unwonted.cli import app

DAY = 86_400
PACKAGES = 30
_WORKFLOW = "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: {}\n"
PINNED = "acme/setup@" + "a" * 40


def _lock(versions: list[int], evil: dict[str, Any] | None = None) -> str:
    packages: dict[str, dict[str, Any]] = {}
    for number, patch in enumerate(versions):
        name, version = f"pkg{number}", f"1.{patch}.0"
        packages[f"node_modules/{name}"] = {
            "version": version,
            "resolved": f"https://npm.example/{name}-{version}.tgz",
            "integrity": f"sha512-{hashlib.sha512(f'{name}{version}'.encode()).hexdigest()}",
        }
    packages["node_modules/pkg7"] |= evil or {}
    return json.dumps({"lockfileVersion": 3, "packages": packages}, indent=1)


@pytest.fixture
def repository(tmp_path: Path) -> tuple[Repository, list[int]]:
    """Return three months of a repository in which people fix things and bump a package now and then."""
    repository, versions = Repository.new(tmp_path / "pay"), [0] * PACKAGES
    repository.commit(
        "Begin", {"package-lock.json": _lock(versions), ".github/workflows/ci.yml": _WORKFLOW.format(PINNED)}
    )
    for day in range(90):
        repository.ticks += DAY
        if day % 3:
            repository.commit(f"Fix rounding {day}", {"src/a.py": f"x = {day}\n"})
        else:
            versions[day % PACKAGES] += 1
            repository.commit(f"Bump pkg{day % PACKAGES}", {"package-lock.json": _lock(versions)})
    repository.ticks += DAY
    return repository, versions


def _first(path: Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["scan", str(path), "--format", "json", "--top", "1"])
    assert result.exit_code == 0, result.output
    first = json.loads(result.stdout)["incidents"][0]
    assert isinstance(first, dict)
    return first


def test_other_content_under_the_same_version(repository: tuple[Repository, list[int]]) -> None:
    """A package whose checksum and host were exchanged under its version comes first, and is named."""
    history, versions = repository
    evil = {
        "resolved": "https://files.evil.example/pkg7.tgz",
        "integrity": "sha512-" + "66" * 64,
        "hasInstallScript": True,
    }
    sha = history.commit("Bump pkg7", {"package-lock.json": _lock(versions, evil)})
    first = _first(history.path)
    assert sha in {event["ref"] for event in first["events"]}
    told = " ".join(reason["text"] for reason in first["reasons"])
    assert "pkg7" in told
    assert "files.evil.example" in told


def test_an_action_that_came(repository: tuple[Repository, list[int]]) -> None:
    """An action nobody used before, pinned by a branch, comes first."""
    history, _ = repository
    sha = history.commit("Tidy", {".github/workflows/ci.yml": _WORKFLOW.format("mallory/setup@main")})
    assert sha in {event["ref"] for event in _first(history.path)["events"]}
