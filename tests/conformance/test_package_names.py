"""Names of packages, malicious ones and those that real projects pin: which are found to be like popular ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.purls import name_in, purl_of
from service.dependencies.diff import key_of
from service.dependencies.look_alikes import popular_names

pytestmark = pytest.mark.conformance

_KINDS = {"crates": "cargo", "go": "golang"}


def _found(path: Path, ecosystem: str = "", kind: str = "") -> Iterator[bool]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("kind", kind) != kind or (ecosystem and row["ecosystem"] != ecosystem):
            continue
        of = _KINDS.get(row["ecosystem"], row["ecosystem"])
        likeness = popular_names(of).find(name_in(key_of(purl_of(of, row["name"]))))
        yield bool(likeness and likeness.is_misspelling)


def _share(found: Iterator[bool]) -> float:
    told = list(found)
    assert len(told) > 500
    return sum(told) / len(told)


def test_honest_names_are_left_alone(corpora: Path) -> None:
    """Of the names that real projects pin hardly one in two hundred is taken for a misspelling of another."""
    assert _share(_found(corpora / "package_names/benign.jsonl")) < 0.006


def test_typosquats_are_found(corpora: Path) -> None:
    """Of PyPI's malicious names, most of which imitate nothing, more than one in ten is."""
    assert _share(_found(corpora / "package_names/malicious.jsonl", "pypi", "malicious")) > 0.11
