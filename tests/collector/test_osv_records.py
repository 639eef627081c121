"""Records are found wherever dumps of them lie, and what is broken among them is told and passed over."""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from collector.delivery import Delivery
from collector.errors import DeliveryError, SourceError
from collector.osv_records import events, records, slim
from collector.sources import SOURCES, Context


def osv(name: str = "MAL-2026-1", ecosystem: str = "npm") -> dict[str, Any]:
    """Return a record."""
    package = {"ecosystem": ecosystem, "name": "left-pad"}
    return {
        "id": name,
        "published": "2026-03-01T10:00:00Z",
        "modified": "2026-03-01T11:00:00Z",
        "details": "long " * 100,
        "affected": [{"package": package, "versions": ["1.3.1"], "database_specific": {"source": "x"}}],
    }


def found(path: Path) -> tuple[list[str], list[str]]:
    """Return the ids of the records at a path, and the reasons for what was passed over."""
    problems: list[str] = []
    return (
        [value["id"] for _, value in records(path, lambda place, reason: problems.append(f"{place}: {reason}"))],
        problems,
    )


def test_every_shape_of_a_dump(tmp_path: Path) -> None:
    """One record, lines of them, a list, a zip, packed or not, in any folder below."""
    (tmp_path / "npm").mkdir()
    (tmp_path / "npm/a.json").write_text(json.dumps(osv("A"), indent=1))
    (tmp_path / "npm/b.json").write_text(json.dumps([osv("B"), osv("C")]))
    (tmp_path / "d.ndjson.gz").write_bytes(gzip.compress(f"{json.dumps(osv('D'))}\n{json.dumps(osv('E'))}\n".encode()))
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("PyPI/F.json", json.dumps(osv("F")))
        archive.writestr("README.md", "no record")
    assert found(tmp_path) == (["D", "E", "A", "B", "C", "F"], [])


def test_what_is_broken_stops_nothing(tmp_path: Path) -> None:
    """A broken record is told with its place, and the next one is read."""
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("broken.json", "{")
        archive.writestr("A.json", json.dumps(osv("A")))
    (tmp_path / "empty.json").write_text("")
    ids, problems = found(tmp_path)
    assert ids == ["A"]
    assert [problem.split(":")[0] for problem in problems] == ["empty.json", "z.zip/broken.json"]


def test_a_record_of_a_zip_that_unpacks_to_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more of it is unpacked than the longest record has."""
    monkeypatch.setattr("collector.osv_records.MAX_RECORD", 1_000)
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.json", " " * 1_000_000)
    ids, problems = found(tmp_path / "z.zip")
    assert (ids, len(problems)) == ([], 1)


@pytest.mark.parametrize("name", ["nothing", "folder", "broken.zip"])
def test_nothing_to_read(tmp_path: Path, name: str) -> None:
    """A path that can hold no record says what to name."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(SourceError):
        found(tmp_path / name)


def test_a_scan_reads_each_of_the_day_it_was_published(tmp_path: Path) -> None:
    """So that what was installed before is told as history."""
    (tmp_path / "a.json").write_text(json.dumps(osv()))
    (event,) = events(tmp_path / "a.json", "acme", lambda *_: None)
    assert (event.organisation, event.observed_at) == ("acme", 1772359200.0)


def test_what_is_sent_is_what_is_read() -> None:
    """Long texts stay behind; the event is the same to its id."""
    sent = slim(osv())
    assert sent is not None
    assert len(json.dumps(sent)) < 300
    one, other = (
        SOURCES["osv"].parse(Delivery(source="osv", received_at=1.0, body=body), Context()) for body in (osv(), sent)
    )
    assert one == other
    assert slim(osv(ecosystem="Debian:12")) is None
    with pytest.raises(DeliveryError):
        slim([])
