"""Other people's SBOMs: valid ones are read, invalid ones are refused with the place and the reason."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.errors import DeliveryError
from collector.sboms import read_sbom

pytestmark = pytest.mark.conformance


def _entries(corpora: Path) -> Iterator[dict[str, Any]]:
    with (corpora / "sboms" / "index.jsonl").open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _refusal(path: Path) -> str:
    try:
        read_sbom(path.read_text(encoding="utf-8", errors="replace"))
    except DeliveryError as error:
        return str(error)
    return ""


def test_sboms_are_accepted_and_refused_as_their_suite_says(corpora: Path) -> None:
    """Every document of CycloneDX's own suite, JSON and XML, is accepted where it is valid and refused where not."""
    counted = Counter[str]()
    for entry in _entries(corpora):
        path = corpora / entry["file"]
        if entry["valid"] is None or path.suffix not in {".json", ".xml"}:
            continue
        refusal = _refusal(path)
        assert bool(refusal) != entry["valid"], (entry["file"], refusal)
        assert not refusal or refusal.startswith("no "), refusal
        counted[f"{path.suffix} {'valid' if entry['valid'] else 'invalid'}"] += 1
    assert sum(counted.values()) > 380
    print(dict(counted))  # noqa: T201 - make conformance shows it with -s


def test_what_is_no_text_of_an_sbom_is_called_unknown(corpora: Path) -> None:
    """Protocol buffers, RDF and text of any other kind are refused as formats that are not known."""
    for entry in _entries(corpora):
        path = corpora / entry["file"]
        if path.suffix in {".textproto", ".rdf", ".ext", ".cdxjson"} or path.name == "invalid_sbom.spdx":
            assert "known" in _refusal(path) or "no CycloneDX" in _refusal(path), entry["file"]


def test_real_sboms_are_read(corpora: Path) -> None:
    """Every published example of a real product is read, and those of applications list components."""
    folder = corpora / "sboms" / "CycloneDX+bom-examples"
    sizes = [len(read_sbom(path.read_text(encoding="utf-8")).components) for path in sorted(folder.iterdir())]
    assert len(sizes) == 11
    assert sum(size > 0 for size in sizes) >= 6
