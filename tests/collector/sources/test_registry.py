"""Every source has a page of documentation, a sample in its vendor's format, and a way to prove who sent it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from collector.contents import source_of
from collector.delivery import Delivery, read_delivery
from collector.receiver.proof import OTHERS, PROOFS
from collector.receiver.routes import SOURCES_OF
from collector.sources import SOURCES, Context, source_named
from tests.architecture.repository import ROOT, read

SAMPLES = Path(__file__).parent / "samples"
TABLE = read("docs/sources/README.md")
WAYS = {"signature", "shared secret", "password", "ingest token", "nothing: a file"}
"""What the last column of that table may say."""


def page_of(name: str) -> str:
    """Return what a source's page and sample are called."""
    return re.sub(r"[._]", "-", name)


def samples_of(name: str) -> list[Delivery]:
    """Return the sample deliveries of a source."""
    path = SAMPLES / f"{page_of(name)}.ndjson"
    assert path.is_file(), (
        f"write deliveries of {name} by hand, as its vendor sends them, into {path.relative_to(ROOT)}"
    )
    return [read_delivery(line) for line in path.read_bytes().splitlines()]


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_source_has_a_page_that_the_index_lists(name: str) -> None:
    """There is a page that begins with the source's name, and a row of the index that links to it."""
    page = ROOT / "docs" / "sources" / f"{page_of(name)}.md"
    assert page.is_file(), f"write docs/sources/{page.name}"
    assert page.read_text(encoding="utf-8").startswith(f"# {name}\n")
    assert f"| [`{name}`]({page.name}) |" in TABLE


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_source_says_how_its_sender_is_proven(name: str) -> None:
    """The index says so in words that are known, and what it says is what the receiver asks for."""
    (row,) = [line for line in TABLE.splitlines() if line.startswith(f"| [`{name}`]")]
    ways = {way.strip() for way in row.split("|")[4].split(",")}
    assert ways <= WAYS, f"the last column of {name} in docs/sources/README.md: one or several of {sorted(WAYS)}"
    senders = [sender for sender, source in SOURCES_OF.items() if source == name] or [name]
    proofs = [PROOFS.get(sender, OTHERS) for sender in senders]
    assert ("ingest token" in ways) == any(not proof.is_only for proof in proofs)
    assert ("password" in ways) == any(proof.is_password for proof in proofs)
    own = [header for proof in proofs if proof is not OTHERS and not proof.is_password for header in proof.headers]
    assert ("signature" in ways) == any("signature" in header for header in own)
    assert ("shared secret" in ways) == any(header.endswith("token") for header in own)


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_sample_is_read(name: str) -> None:
    """Each sample is that source's and holds events."""
    samples = samples_of(name)
    assert samples
    for sample in samples:
        assert sample.source == name
        assert source_named(name).parse(sample, Context())


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_same_delivery_twice_is_one_event(name: str) -> None:
    """What is delivered again has the ids it had, and different samples have different ones."""
    samples = samples_of(name)
    first = [[event.id for event in source_named(name).parse(sample, Context())] for sample in samples]
    again = [[event.id for event in source_named(name).parse(sample, Context())] for sample in samples_of(name)]
    flat = [one for ids in first for one in ids]
    assert (again, len(set(flat))) == (first, len(flat))


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_sample_is_not_taken_for_anothers(name: str) -> None:
    """By its content a sample is its own source's, or nobody's: what comes without a name reaches the right reader."""
    assert {source_of(sample.body) for sample in samples_of(name)} <= {"", name}


def test_no_sample_is_without_a_source() -> None:
    """A sample's file is named after a source."""
    assert {path.stem for path in SAMPLES.iterdir()} <= {page_of(name) for name in SOURCES}
