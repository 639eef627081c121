"""Other people's lockfiles: exactly the packages their suites expect, and a clear refusal of what is none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.errors import DeliveryError
from collector.lockfiles import read_lockfile

pytestmark = pytest.mark.conformance

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
}
_UNREAD = {"packagejson", "pomxml"}
"""Manifests: they ask for packages and pin none."""
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
}
_FORGIVEN = {
    "pnpmlock/invalid-path.yaml": "one odd path is no reason to lose the others",
    "bunlock/bad-tuple.json5": "the good entries beside a bad one are kept",
}
_STRICTER = {
    "packagelockjson/not-json.txt": "one of its three tests looks at the file's name alone",
    "pipfilelock/empty-file": "nothing at all is no JSON",
}


def _entries(corpora: Path) -> Iterator[dict[str, Any]]:
    with (corpora / "lockfiles" / "expected.jsonl").open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _read(corpora: Path, entry: dict[str, Any]) -> tuple[set[tuple[str, str]], str]:
    """Return names and versions, and why the file was refused."""
    text = (corpora / entry["file"]).read_text(encoding="utf-8", errors="replace")
    try:
        lock = read_lockfile(_FORMATS.get(entry["format"], entry["file"]), text)
    except DeliveryError as error:
        return set(), str(error)
    assert len(lock.snapshot("here").pinned) == len(lock.packages)
    return {(package.name, package.version) for package in lock.packages}, ""


def _short(entry: dict[str, Any]) -> str:
    return "/".join(entry["file"].split("/")[2:])


def test_lockfiles_give_the_expected_packages(corpora: Path) -> None:
    """Each lockfile gives exactly the names and versions its suite expects, but for differences we chose."""
    wrong, checked = {}, Counter[str]()
    for entry in _entries(corpora):
        if entry["format"] in _UNREAD:
            continue
        checked[entry["format"]] += 1
        found, _ = _read(corpora, entry)
        expected = {tuple(package) for package in entry["packages"] or []}
        if found != expected:
            wrong[_short(entry)] = found ^ expected
    assert checked.keys() == _FORMATS.keys()
    assert wrong.keys() == _DIFFERENT.keys(), wrong
    print(dict(checked))  # noqa: T201 - make conformance shows it with -s


def test_what_is_broken_is_refused(corpora: Path) -> None:
    """What a suite calls broken is refused with its format and a reason, and nothing else is."""
    for entry in _entries(corpora):
        if entry["format"] in _UNREAD:
            continue
        _, refusal = _read(corpora, entry)
        if entry["error"]:
            assert refusal.startswith("no ") or _short(entry) in _FORGIVEN, entry["file"]
        else:
            assert not refusal or _short(entry) in _STRICTER, (entry["file"], refusal)


def test_what_is_no_lockfile_is_called_unknown(corpora: Path) -> None:
    """Manifests are refused as files that are no lockfile we know."""
    refusals = [_read(corpora, entry)[1] for entry in _entries(corpora) if entry["format"] in _UNREAD]
    assert len(refusals) > 10
    assert all("is no lockfile that is known" in refusal for refusal in refusals)
