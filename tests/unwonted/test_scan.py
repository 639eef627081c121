"""A scan reads, sorts, scores and ranks, says the same in any batch size, and leaves nothing behind."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.event import Event
from models.scorer import Scorer
from service.grouping import IncidentBook
from tests.service.stand_ins import DAY, START, ActorBook, CountingScorer, make_event
from tests.unwonted.samples import ListedReading
from unwonted.errors import NothingReadError
from unwonted.report.document import to_json
from unwonted.report.report import Report
from unwonted.scan import Scan


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep temporary files where a test can see them."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def run(*readings: ListedReading, scores: Path | None = None) -> tuple[Report, CountingScorer]:
    """Return what a scan with the plain engine found, and the engine."""
    scorer = CountingScorer()
    return Scan(scorer, ActorBook()).run(readings, scores), scorer


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a scores file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_events_are_scored_by_time() -> None:
    """Sources are merged by event time, whatever their order."""
    late, early = make_event("late", at=START + 9), make_event("early", at=START + 1)
    _, scorer = run(ListedReading([late]), ListedReading([early]))
    assert scorer.seen == ["early", "late"]


def test_recording_keeps_received_order() -> None:
    """What was received later is scored later, even where it happened before."""
    first = make_event("first", at=START + 9, received_at=START + 9)
    second = make_event("second", at=START + 1, received_at=START + 10)
    _, scorer = run(ListedReading([first, second], keeps_order=True))
    assert scorer.seen == ["first", "second"]


def test_repeats_are_counted() -> None:
    """An event that two sources hold is scored once, and the report says so."""
    report, scorer = run(ListedReading([make_event("a")]), ListedReading([make_event("a"), make_event("b")]))
    assert (scorer.seen, report.duplicates) == (["a", "b"], 1)


def test_report_counts_what_was_read() -> None:
    """The summary of a source holds its counts and times."""
    report, _ = run(ListedReading([make_event("a"), make_event("b", at=START + DAY)]))
    summary = report.sources[0]
    assert (summary.events, summary.first_at, summary.last_at, report.span_s) == (2, START, START + DAY, DAY)


def test_incidents_come_ranked() -> None:
    """The report holds the book's incidents, riskiest first."""
    odd = [make_event(str(n), action="odd", actor="otto" if n else "mona") for n in range(3)]
    report, _ = run(ListedReading(odd))
    assert [incident.actors for incident in report.incidents] == [["user:otto"], ["user:mona"]]


def test_nothing_read_is_an_error() -> None:
    """A scan of sources without an event says which they were, and why."""
    reading = ListedReading([], path="empty.json")
    reading.skipped, reading.problems = 2, ["empty.json:1: it is null"]
    with pytest.raises(NothingReadError, match=r"empty\.json; 2 entries .* the first: empty\.json:1: it is null"):
        run(reading)


def test_strangest_are_named() -> None:
    """Where nothing is told, the events of highest score are still known."""
    report, _ = run(ListedReading([make_event(str(n)) for n in range(9)]))
    assert [event.id for event in report.strangest] == ["5", "4", "3"]


def test_temporary_files_are_removed(temporary: Path) -> None:
    """Nothing is left when a scan has ended."""
    run(ListedReading([make_event()]))
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, ValueError])
def test_temporary_files_are_removed_when_stopped(temporary: Path, end: type[BaseException]) -> None:
    """Nothing is left when a scan is stopped or breaks off."""

    class Stopped(ListedReading):
        def events(self) -> Iterator[Event]:
            yield make_event()
            raise end

    with pytest.raises(end):
        run(Stopped([]))
    assert list(temporary.iterdir()) == []


def test_scores_hold_every_event(tmp_path: Path) -> None:
    """One line an event, in the order they were scored, with exactly the promised fields."""
    path = tmp_path / "scores.ndjson"
    run(ListedReading([make_event("b", at=START + 0.5, action="odd"), make_event("a")]), scores=path)
    first, second = lines_of(path)
    assert first == {
        "id": "a",
        "ref": "ref-a",
        "time": "2026-01-01T00:00:00Z",
        "source": "github.audit",
        "action": "git.clone",
        "actor": "user:mona",
        "entity": "repo:acme/pay",
        "score": 4.0,
        "p_value": 0.0625,
        "rank": 1,
        "incident": None,
        "warm_up": False,
    }
    assert (second["time"], second["rank"], second["incident"]) == ("2026-01-01T00:00:00.500000Z", 2, "inc_user:mona")


def test_many_scores(tmp_path: Path) -> None:
    """More lines than one write holds are all there, each on its own."""
    path = tmp_path / "scores.ndjson"
    run(ListedReading([make_event(f"{n:0100}", at=START + n) for n in range(6_000)]), scores=path)
    assert sorted(line["rank"] for line in lines_of(path)) == list(range(1, 6_001))


def test_scores_may_be_gzipped(tmp_path: Path) -> None:
    """A name that ends in .gz makes a gzip file, the same bytes each time."""
    one, two = tmp_path / "one.ndjson.gz", tmp_path / "two.ndjson.gz"
    run(ListedReading([make_event("a")]), scores=one)
    run(ListedReading([make_event("a")]), scores=two)
    assert one.read_bytes() == two.read_bytes()
    assert json.loads(gzip.decompress(one.read_bytes()))["id"] == "a"


def test_batch_size_changes_no_byte(tmp_path: Path) -> None:
    """With the real engine, before and after its first fit: scores and incidents are the same bytes in any batch."""
    rng = random.Random(7)  # seeded on purpose
    events = [
        make_event(
            f"e{n}",
            at=START + n * 900,
            action=rng.choices(("git.clone", "git.push", "repo.access"), (60, 30, 1))[0],
            actor=rng.choices(("mona", "otto", "mallory"), (50, 40, 1))[0],
            entity=f"acme/{rng.choice('abc')}",
        )
        for n in range(700)
    ]
    told = set()
    for size in (1, 100, 5_000):
        path = tmp_path / f"{size}.ndjson"
        report = Scan(Scorer(), IncidentBook(), batch_size=size).run([ListedReading(events)], path)
        told.add((to_json(report, "0", None), path.read_bytes()))
    assert len(told) == 1
    assert report.incidents
