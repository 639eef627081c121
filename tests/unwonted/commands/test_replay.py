"""`unwonted replay`: reading a recording, cutting it into requests, and its pace."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from collector.delivery import read_delivery
from collector.sources import SOURCES, Context
from tests.unwonted.samples import write_audit
from tests.unwonted.stand_ins import serving
from unwonted.cli import app
from unwonted.commands.replay import Pace, batches, read
from unwonted.errors import UsageError


def make_line(at: float) -> bytes:
    """Return a delivery received so many seconds after the start of an hour."""
    return json.dumps({"source": "event", "received_at": 1_772_359_200 + at, "body": {}}).encode()


def make_recording(path: Path, count: int = 5) -> Path:
    """Write a recording of a delivery a second."""
    path.write_bytes(b"".join(make_line(at) + b"\n" for at in range(count)))
    return path


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.time += seconds


@pytest.mark.parametrize("name", ["r.ndjson", "r.ndjson.gz"])
def test_reads_plain_and_packed(tmp_path: Path, name: str) -> None:
    """A recording may be packed; blank lines are no deliveries, and the first ones can be left out."""
    data = b"1\n\n2\r\n  \n3"
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert list(read(tmp_path / name, skip=1)) == [b"2", b"3"]


def test_broken_pack_is_told(tmp_path: Path) -> None:
    """A packed recording that breaks off says where."""
    path = tmp_path / "r.gz"
    path.write_bytes(gzip.compress(b"1\n2\n" * 1_000)[:-12])
    with pytest.raises(UsageError, match="breaks off after"):
        list(read(path))


@given(lines=st.lists(st.binary(max_size=5), max_size=30), size=st.integers(1, 7), held=st.sets(st.integers(0, 29)))
def test_batches_lose_nothing(lines: list[bytes], size: int, held: set[int]) -> None:
    """However lines are cut into requests, all are sent once, in order, and no request is too long."""
    waits = iter(n in held for n in range(len(lines)))
    groups = list(batches(iter(lines), size, lambda _: next(waits)))
    assert [line for group in groups for line in group] == lines
    assert all(0 < len(group) <= size for group in groups)


def test_large_deliveries_go_in_requests_of_their_own() -> None:
    """A request does not grow beyond what the service takes."""
    groups = list(batches(iter([b"x" * 3_000_000] * 3), 100, lambda _: False))
    assert list(map(len, groups)) == [1, 1, 1]


def test_pace_follows_the_recording() -> None:
    """At ten times the speed, ten recorded seconds take one."""
    clock = Clock()
    pace = Pace(10.0, clock.now, clock.sleep)
    waited = [pace(make_line(at)) for at in (0.0, 10.0, 10.1, 30.0)]
    assert waited == [False, True, False, True]
    assert clock.time == pytest.approx(3.0)


def test_pace_does_not_wait_for_the_night() -> None:
    """Long gaps are cut."""
    clock = Clock()
    pace = Pace(1.0, clock.now, clock.sleep)
    for at in (0.0, 40_000.0):
        pace(make_line(at))
    assert clock.time == pytest.approx(60.0)


def test_command_tells_what_became_of_it(tmp_path: Path) -> None:
    """The command sends in requests of the size asked for, and counts."""
    with serving((202, {"events": ["x", "y"], "unreadable": 0}, {})) as service:
        words = ["replay", str(make_recording(tmp_path / "r")), "--url", service.url, "--batch", "2", "--json"]
        result = CliRunner().invoke(app, words)
    told = json.loads(result.stdout)
    assert (told["sent"], told["events"], told["unreadable"]) == (5, 6, 0)
    assert [len(lines) for _, _, lines in service.requests] == [2, 2, 1]


def test_interrupted_replay_says_how_to_go_on(tmp_path: Path) -> None:
    """What was answered for is told, with the option that goes on from there."""
    with serving((202, {"events": []}, {}), (400, {"detail": "no"}, {})) as service:
        words = ["replay", str(make_recording(tmp_path / "r")), "--url", service.url, "--batch", "2", "--skip", "1"]
        result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert "--skip 3" in result.stderr


def test_another_history_is_sent_as_events(tmp_path: Path) -> None:
    """An export that is no recording is sent event by event, in the order they happened."""
    with serving((202, {"events": ["x"]}, {})) as service:
        words = ["replay", str(write_audit(tmp_path / "audit.ndjson")), "--url", service.url]
        result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.stderr
    sent = [read_delivery(line) for _, _, lines in service.requests for line in lines]
    assert {delivery.source for delivery in sent} == {"event"}
    times = [SOURCES["event"].parse(delivery, Context())[0].observed_at for delivery in sent]
    assert times == sorted(times)
    assert len(times) > 1


def test_unknown_history_is_bad_input(tmp_path: Path) -> None:
    """What no source reads is refused before anything is sent."""
    (tmp_path / "x").write_text("hello")
    assert CliRunner().invoke(app, ["replay", str(tmp_path / "x"), "--url", "http://127.0.0.1:1"]).exit_code == 2
