"""A recording that is replayed gives the events it gave when it was made."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import msgspec

from collector.delivery import Delivery, read_delivery
from collector.recorder import Recorder
from collector.sources import Context, source_named
from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import PUSH, SECRET, github
from tests.collector.samples import AT, push


def line(guid: str, **fields: Any) -> bytes:
    """Return the line of a push."""
    headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": guid}
    given = {"source": "github.webhook", "received_at": "2026-02-01T10:00:00Z", "headers": headers, "body": push()}
    return msgspec.json.encode({**given, **fields})


def test_lines_are_read_by_their_sources(make: Make) -> None:
    """Each line is its source's, keeps its time, and its ids stand in the order of the lines."""
    stand = make()
    lines = [line("a"), line("b", source="joblog", body="connect to evil.example", headers={}), line("c")]
    answer = stand.client().post("/hooks/recording", content=b"\n".join(lines) + b"\n")
    assert answer.status_code == 202
    assert answer.json()["unreadable"] == 0
    assert answer.json()["events"] == [event.id for event in stand.events]
    assert [event.source for event in stand.events] == ["github.webhook", "joblog", "github.webhook"]
    assert {event.received_at for event in stand.events} == {1_769_940_000.0}


def test_replay_gives_what_a_scan_reads(make: Make) -> None:
    """The events are those a scan of the same line would score."""
    stand = make()
    stand.client().post("/hooks/recording", content=line("a"))
    delivery = read_delivery(line("a"))
    assert stand.events == source_named(delivery.source).parse(delivery, Context())


def test_unreadable_lines_are_counted(make: Make) -> None:
    """What is no delivery, or holds no event, is a dead letter; the others count."""
    stand = make()
    body = b"\n".join([line("a"), b"{", line("b", body=[]), line("c", received_at="yesterday"), line("d")])
    answer = stand.client().post("/hooks/recording", content=body).json()
    assert (len(answer["events"]), answer["unreadable"], len(stand.unreadable)) == (2, 3, 3)


def test_empty_recording_is_nothing(make: Make) -> None:
    """A recording without a line is accepted and stores nothing."""
    answer = make().client().post("/hooks/recording", content=b"\n\n")
    assert (answer.status_code, answer.json()) == (202, {"events": [], "unreadable": 0})


def test_recording_needs_a_token_from_elsewhere(make: Make) -> None:
    """A replay enters by an ingest token; a sender's secret does not open that door."""
    client = make(secrets={"github": (SECRET,)}).client("203.0.113.9")
    assert client.post("/hooks/recording", content=line("a")).status_code == 403
    headers = {"Authorization": "Bearer live"}
    assert client.post("/hooks/recording", content=line("a"), headers=headers).status_code == 202


def test_recorded_and_replayed_is_the_same(make: Make, tmp_path: Path) -> None:
    """What was recorded at the door gives, replayed, the events that were stored."""
    path = tmp_path / "recording.ndjson.gz"
    with Recorder(path) as recorder:
        first = make(secrets={"github": (SECRET,)}, record=recorder.write)
        first.client().post("/hooks/github", content=PUSH, headers=github(PUSH))
    stored = first.events
    first.client().post("/hooks/recording", content=gzip.decompress(path.read_bytes()))
    assert stored[0].id.endswith("guid-1")
    assert first.events == stored * 2


def test_refused_is_not_recorded(make: Make) -> None:
    """Only what was stored is recorded."""
    kept: list[Delivery] = []
    stand = make(secrets={"github": (SECRET,)}, record=kept.append)
    stand.client().post("/hooks/github", content=PUSH, headers=github(PUSH, b"wrong"))
    assert kept == []


def test_full_recording_costs_no_delivery(make: Make) -> None:
    """Where a recording cannot be written the delivery is stored, and the lack is counted."""

    def full(_: Delivery) -> None:
        raise OSError(28, "No space left on device")

    stand = make(record=full)
    answer = stand.client().post("/hooks/github", content=PUSH, headers=github(PUSH, None))
    assert (answer.status_code, len(stand.events), stand.metrics.unrecorded) == (202, 1, 1)


def test_time_of_a_delivery_is_its_own(make: Make) -> None:
    """What comes in now is received now."""
    kept: list[Delivery] = []
    make(record=kept.append).client().post("/hooks/github", content=PUSH, headers=github(PUSH, None))
    assert (kept[0].received_at, kept[0].source) == (AT, "github.webhook")
