"""Other people's samples: every payload of a provider is read, and lockfiles give exactly what their suites expect."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import Event, Kind
from collector.lockfiles import read_lockfile
from collector.sources import Context, source_named

pytestmark = pytest.mark.conformance

AT = 1_800_000_000.0
_HEADERS = {"github": "X-GitHub-Event", "gitlab": "X-Gitlab-Event"}
_FORMATS = {
    "packagelockjson": "package-lock.json",
    "pnpmlock": "pnpm-lock.yaml",
    "yarnlock": "yarn.lock",
    "bunlock": "bun.lock",
    "uvlock": "uv.lock",
    "pdmlock": "pdm.lock",
    "poetrylock": "poetry.lock",
    "pylock": "pylock.toml",
    "pipfilelock": "Pipfile.lock",
    "requirements": "requirements.txt",
    "cargolock": "Cargo.lock",
    "gemfilelock": "Gemfile.lock",
    "composerlock": "composer.lock",
    "packageslockjson": "packages.lock.json",
    "gradlelockfile": "gradle.lockfile",
    "pubspec": "pubspec.lock",
    "mixlock": "mix.lock",
    "gosum": "go.sum",
    "gomod": "go.mod",
}
_DIFFERENT = {
    "pnpmlock/invalid-path.yaml": "we keep the name of a package whose path tells no version",
    "yarnlock/exclude-root.v2.lock": "packages of the repository itself are not dependencies",
    "uvlock/two-packages.lock": "expected empty: that suite tests the file's name, not its content",
    "uvlock/names-outside-package-block.lock": "expected empty: that suite tests the file's name, not its content",
    "packagelockjson/one-package.v1.json": "expected empty once: that suite tests the file's name, not its content",
    "packagelockjson/both/package-lock.json": "expected empty once: that suite tests which of two files wins",
    "requirements/with_versions.txt": "a lower bound is no version",
    "requirements/example.txt": "a lower bound is no version, and included files are not followed",
    "requirements/env_var.txt": "a requirement by an unknown version is still a requirement",
    "requirements/invalid.txt": "a requirement by URL is still a requirement",
    "pylock/commits.toml": "a package at a commit is still a package",
    "bunlock/bad-tuple.json5": "the good entries beside a bad one are kept",
}


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _events(source: str, body: object, headers: dict[str, str] | None = None) -> list[Event]:
    delivery = Delivery(source=source, received_at=AT, headers=headers or {}, body=body)
    return source_named(source).parse(delivery, Context())


def test_every_webhook_is_one_event(corpora: Path) -> None:
    """Every payload of every provider is one event; those of providers with a reader name who and what."""
    counted: Counter[str] = Counter()
    for entry in _lines(corpora / "webhooks" / "index.jsonl"):
        provider = entry["provider"]
        headers = {_HEADERS[provider]: entry["event"]} if provider == "github" else {}
        body = json.loads((corpora / entry["file"]).read_text(encoding="utf-8"))
        (event,) = _events(f"{provider}.webhook", body, headers)
        assert event.action not in {"", "unknown"}, entry["file"]
        counted[provider] += 1
    assert min(counted["github"], counted["gitlab"]) > 50
    print(dict(counted))  # noqa: T201 - make conformance shows it with -s


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("github.audit", "github_audit/panther.jsonl"),
        ("gitlab.audit", "gitlab_audit/panther.jsonl"),
        ("cloudtrail", "cloudtrail/stratus.jsonl"),
        ("cloudtrail", "cloudtrail/invictus.jsonl"),
        ("kubernetes.audit", "k8s_audit/falco.jsonl"),
    ],
)
def test_every_audit_entry_is_one_event(corpora: Path, source: str, path: str) -> None:
    """Every audit entry is one event, and distinct entries have distinct ids."""
    bodies = [entry["event"] for entry in _lines(corpora / path)]
    events = [event for body in bodies for event in _events(source, body)]
    assert len(events) == len(bodies)
    assert len({event.id for event in events}) >= len({json.dumps(body, sort_keys=True) for body in bodies}) * 0.9
    assert not any(event.kind is Kind.OTHER for event in events if source in {"cloudtrail", "kubernetes.audit"})


def test_lockfiles_give_the_expected_packages(corpora: Path) -> None:
    """Each lockfile gives exactly the names and versions its suite expects, but for differences we chose."""
    wrong, checked = [], 0
    for entry in _lines(corpora / "lockfiles" / "expected.jsonl"):
        if entry["format"] not in _FORMATS:
            continue
        checked += 1
        found = _packages(_FORMATS[entry["format"]], corpora / entry["file"])
        expected = {tuple(package) for package in entry["packages"] or []}
        if found != expected and not any(entry["file"].endswith(name) for name in _DIFFERENT):
            wrong.append((entry["file"], found ^ expected))
    assert checked > 100
    assert not wrong


def _packages(name: str, path: Path) -> set[tuple[str, str]]:
    """Return names and versions; none where the file is no lockfile."""
    try:
        _, packages = read_lockfile(name, path.read_text(encoding="utf-8", errors="replace"))
    except DeliveryError:
        return set()
    return {(package.name, package.version) for package in packages}
