"""OSV records are read as far as they name packages that lockfiles name too."""

from __future__ import annotations

from typing import Any

import pytest

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import Event
from collector.snapshot import Advisory, Affected, Border
from collector.sources import SOURCES, Context
from tests.collector.samples import AT


def record(*affected: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a record."""
    return {"id": "GHSA-1", "modified": "2026-03-01T09:00:00Z", "affected": list(affected), **fields}


def about(name: str = "left-pad", ecosystem: str = "npm", **fields: Any) -> dict[str, Any]:
    """Return what a record says of one package."""
    return {"package": {"ecosystem": ecosystem, "name": name}, **fields}


def read(body: dict[str, Any], received_at: float = AT) -> list[Event]:
    """Return the events of a record."""
    return SOURCES["osv"].parse(Delivery(source="osv", received_at=received_at, body=body), Context())


def advisory(body: dict[str, Any]) -> Advisory:
    """Return what the one event of a record carries."""
    (event,) = read(body)
    assert isinstance(event.snapshot, Advisory)
    return event.snapshot


def test_versions_and_ranges() -> None:
    """Both are kept as they stand; ranges of commits are not read."""
    events = [{"introduced": "1.0"}, {"fixed": "1.4"}, {"introduced": "2.0"}, {"last_affected": "2.1"}]
    ranges = [{"type": "GIT", "events": [{"introduced": "0"}]}, {"type": "ECOSYSTEM", "events": events}]
    found = advisory(record(about(versions=["1.0", "1.1"], ranges=ranges)))
    borders = (
        (Border.INTRODUCED, "1.0"),
        (Border.FIXED, "1.4"),
        (Border.INTRODUCED, "2.0"),
        (Border.LAST_AFFECTED, "2.1"),
    )
    assert found.affected == (Affected("pkg:npm/left-pad", ("1.0", "1.1"), (borders,)),)


@pytest.mark.parametrize(
    ("ecosystem", "name", "purl"),
    [
        ("npm", "@babel/core", "pkg:npm/%40babel/core"),
        ("PyPI", "Example_Package", "pkg:pypi/example-package"),
        ("Maven", "org.example:lib", "pkg:maven/org.example/lib"),
        ("Go", "github.com/acme/pay", "pkg:golang/github.com/acme/pay"),
        ("GitHub Actions", "Acme/Act", "pkg:githubactions/acme/act"),
        ("Maven:https://repo.example", "org.example:lib", "pkg:maven/org.example/lib"),
    ],
)
def test_names_are_written_as_lockfiles_write_them(ecosystem: str, name: str, purl: str) -> None:
    """The same package has the same URL in both."""
    assert advisory(record(about(name, ecosystem))).affected[0].purl == purl


@pytest.mark.parametrize(
    "fields",
    [{"id": "MAL-2026-1"}, {"aliases": ["MAL-2026-1"]}, {"database_specific": {"cwe_ids": ["CWE-506"]}}],
)
def test_malicious(fields: dict[str, Any]) -> None:
    """By its id, by another name of it, or by its weakness being that code was embedded."""
    assert advisory(record(about(), **fields)).is_malicious
    assert not advisory(record(about())).is_malicious


def test_withdrawn() -> None:
    """A withdrawn record is an event too: it takes back what was said."""
    assert advisory(record(about(), withdrawn="2026-03-02T00:00:00Z")).is_withdrawn


@pytest.mark.parametrize(
    "affected",
    [
        about("linux", "Debian:12"),
        about(ranges=[{"type": "GIT", "repo": "https://git.example/x", "events": [{"introduced": "0"}]}]),
        {"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]},
    ],
)
def test_what_nothing_here_names_is_no_event(affected: dict[str, Any]) -> None:
    """Distributions, and ranges of commits alone, are passed over, and never read as every version."""
    assert read(record(affected)) == []


def test_a_record_counts_once_a_modification() -> None:
    """The same record again has the same id; modified it has another."""
    one, again = read(record(about())), read(record(about()))
    other = read(record(about(), modified="2026-03-02T09:00:00Z"))
    assert one[0].id == again[0].id != other[0].id


def test_without_a_delivery_it_is_of_the_day_it_was_published() -> None:
    """A record from a file counts from when others could know."""
    (event,) = read(record(about(), published="2026-03-01T10:00:00Z"), 0.0)
    assert event.observed_at == AT


@pytest.mark.parametrize("body", [{}, {"affected": []}, {"id": "X", "affected": "left-pad"}])
def test_no_record(body: dict[str, Any]) -> None:
    """What is none says so."""
    with pytest.raises(DeliveryError, match="no OSV record"):
        read(body)
