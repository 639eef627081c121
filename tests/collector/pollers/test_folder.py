"""A folder that others put files into: every entry once, whatever is added, cut short or replaced meanwhile."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest

from collector.pollers import folder as poller
from collector.pollers.client import Client
from collector.pollers.folder import SETTLED_S, Folder
from collector.pollers.poller import Poller
from collector.pollers.reading import Fetcher
from tests.collector.pollers.github import entry, ids
from tests.collector.pollers.stand import Stand
from tests.collector.pollers.vendor import Vendor
from tests.collector.samples import AT


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the folder."""
    made = tmp_path / "bucket"
    made.mkdir()
    return made


@pytest.fixture
def stand(vendor: Vendor, root: Path) -> Stand:
    """Return its poller."""

    def make(_: Client, fetcher: Fetcher) -> Poller:
        return Folder(root, fetcher)

    made = Stand(make, vendor)
    made.hand.at = AT
    return made


def lines(*numbers: int) -> bytes:
    """Return entries of an audit log, a line each."""
    return b"".join(json.dumps(entry(number)).encode() + b"\n" for number in numbers)


def put(path: Path, data: bytes, *, seconds: int = 0) -> None:
    """Write a file, changed so many seconds after another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(0, (1_700_000_000 + seconds) * 10**9))


def again(stand: Stand, seconds: float = 60.0) -> None:
    """Have the poller look again."""
    stand.hand.at += seconds
    ended = stand.run()
    assert not ended.error, ended.error


def test_files_are_read_once_in_the_order_of_their_paths(root: Path, stand: Stand) -> None:
    """Packed or not, by date or not: everything arrives in order, and a second look finds nothing new."""
    put(root / "2026/03/02/b.json.gz", gzip.compress(lines(5, 6)))
    put(root / "2026/03/01/z.json", lines(3, 4))
    put(root / "0.json", json.dumps([entry(1), entry(2)]).encode())
    again(stand)
    assert stand.ids == ids(range(1, 7))
    assert stand.ledger.turns[-1].next_at == stand.hand.at + 60
    again(stand)
    stand.restart()
    again(stand)
    assert stand.ids == ids(range(1, 7))


def test_other_kinds_are_read_too(root: Path, stand: Stand) -> None:
    """CloudTrail's files, a cluster's log and recordings go through the sources that read them anywhere."""
    trail = {
        "eventID": "e-1",
        "eventName": "AssumeRole",
        "eventSource": "sts.example",
        "eventTime": "2026-03-01T10:00:00Z",
    }
    put(root / "trail.json.gz", gzip.compress(json.dumps({"Records": [trail]}).encode()))
    put(root / "audit.log", b'{"kind":"Event","auditID":"a-1","verb":"get","stageTimestamp":"2026-03-01T10:00:00Z"}\n')
    recorded = {"source": "github.audit", "received_at": "2026-03-01T10:00:00Z", "headers": {}, "body": entry(7)}
    put(root / "recorded.ndjson", json.dumps(recorded).encode() + b"\n")
    again(stand)
    assert {event.source for event in stand.stream.events} == {"cloudtrail", "kubernetes.audit", "github.audit"}


def test_growing_file_is_read_on(root: Path, stand: Stand) -> None:
    """A log that others append to is read from where it ended; a line that is half written waits."""
    whole = lines(1, 2, 3)
    put(root / "audit.log", whole[:-10])
    again(stand)
    assert stand.ids == ids([1, 2])
    put(root / "audit.log", whole, seconds=1)
    again(stand)
    put(root / "audit.log", whole + lines(4), seconds=2)
    stand.restart()
    again(stand)
    assert stand.ids == ids([1, 2, 3, 4])
    assert stand.stream.letters == []


def test_last_line_needs_no_end(root: Path, stand: Stand) -> None:
    """A last entry without a line break is read, once."""
    put(root / "a.json", lines(1, 2).rstrip(b"\n"))
    again(stand)
    put(root / "a.json", lines(1, 2, 3), seconds=1)
    again(stand)
    assert stand.ids == ids([1, 2, 3])


def test_packed_file_that_breaks_off_is_read_on(root: Path, stand: Stand) -> None:
    """What can be unpacked arrives; the rest when the upload is complete, and nothing twice."""
    whole = gzip.compress(lines(*range(5_000)))
    put(root / "a.json.gz", whole[: len(whole) * 3 // 4])
    again(stand)
    first = len(stand.ids)
    assert 0 < first < 5_000
    again(stand)
    assert len(stand.ids) == first
    put(root / "a.json.gz", whole, seconds=1)
    stand.restart()
    again(stand)
    assert stand.ids == ids(range(5_000))


def test_list_that_breaks_off_is_read_on(root: Path, stand: Stand) -> None:
    """A JSON list that is being written counts as far as it goes."""
    whole = json.dumps([entry(number) for number in range(50)]).encode()
    put(root / "a.json", whole[:5_000])
    again(stand)
    put(root / "a.json", whole, seconds=1)
    again(stand)
    assert stand.ids == ids(range(50))


def test_file_that_stays_broken_is_told_once(root: Path, stand: Stand) -> None:
    """After hours without a change it is a dead letter; when it is mended after all, the rest arrives."""
    whole = gzip.compress(lines(*range(500)))
    put(root / "a.json.gz", whole[:-100])
    again(stand)
    assert stand.stream.letters == []
    again(stand, SETTLED_S + 1)
    again(stand)
    again(stand, SETTLED_S + 1)
    (letter,) = stand.stream.letters
    assert "breaks off" in letter.reason
    assert "a.json.gz" in letter.body
    put(root / "a.json.gz", whole, seconds=1)
    again(stand)
    assert stand.ids == ids(range(500))


def test_replaced_file_is_read_anew(root: Path, stand: Stand) -> None:
    """Another file under the same name, longer or shorter, is read from its beginning."""
    put(root / "audit.log", lines(1, 2, 3))
    again(stand)
    put(root / "audit.log", lines(4), seconds=1)
    again(stand)
    put(root / "audit.log", lines(5, 6, 7), seconds=2)
    again(stand)
    assert stand.ids == ids([1, 2, 3, 4, 5, 6, 7])


def test_gone_files_are_forgotten(root: Path, stand: Stand) -> None:
    """What somebody removed takes no room, and stops nothing."""
    put(root / "a.json", lines(1))
    put(root / "b.json", lines(2))
    again(stand)
    (root / "a.json").unlink()
    again(stand)
    assert list(stand.ledger.cursors) == [".//b.json"]


def test_gone_folders_are_forgotten(root: Path, stand: Stand) -> None:
    """Days that were removed take no room once the process begins anew."""
    put(root / "2026/03/01/a.json", lines(1))
    put(root / "2026/03/02/b.json", lines(2))
    again(stand)
    shutil.rmtree(root / "2026/03/01")
    stand.restart()
    again(stand)
    assert list(stand.ledger.cursors) == ["2026/03/02//b.json"]
    assert stand.ids == ids([1, 2])


def test_folder_that_nobody_may_read_stops_no_other(
    root: Path, stand: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told in the log, and the others are read; where it is the whole folder, that is an error."""
    put(root / "a/a.json", lines(1))
    put(root / "b/b.json", lines(2))
    scanned = os.scandir

    def refuse(folder: Path) -> object:
        if folder in refused:
            raise PermissionError(13, "Permission denied")
        return scanned(folder)

    refused = [root / "a"]
    monkeypatch.setattr("collector.pollers.folder.os.scandir", refuse)
    again(stand)
    assert stand.ids == ids([2])
    assert sum("bucket/a cannot be read" in record.getMessage() for record in caplog.records) == 1
    refused[:] = [root]
    assert "let this user read it" in stand.run().error


def test_line_that_cannot_be_read_costs_no_other(root: Path, stand: Stand) -> None:
    """It is a dead letter, with the reason."""
    put(root / "audit.log", lines(1) + b"{broken\n" + lines(2))
    again(stand)
    assert stand.ids == ids([1, 2])
    assert len(stand.stream.letters) == 1


def test_unfinished_and_hidden_files_are_left(root: Path, stand: Stand) -> None:
    """What is marked as being written, hidden, linked or empty is left alone."""
    put(root / "a.json.tmp", lines(1))
    put(root / ".b.json", lines(2))
    put(root / "empty.json", b"")
    put(root / "none.json", b"[]")
    (root / "c.json").symlink_to(root / ".b.json")
    again(stand)
    again(stand, SETTLED_S + 1)
    assert stand.stream.entries == []


def test_endless_line_is_cut(root: Path, stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of any length takes bounded memory and is one dead letter."""
    monkeypatch.setattr("collector.pollers.files.MAX_LINE", 4_096)
    put(root / "audit.log", lines(1) + b'{"a": "' + b"x" * 50_000 + b'"}\n' + lines(2))
    again(stand)
    assert stand.ids == ids([1, 2])
    assert [letter.reason for letter in stand.stream.letters] == ["the line is longer than 0 MiB"]


def test_process_that_dies_at_every_step_reads_everything_once(
    root: Path, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Places within files are kept: nothing is read twice, whatever the layout."""
    monkeypatch.setattr(poller, "AT_ONCE", 7)
    put(root / "1/a.json", lines(*range(20)))
    put(root / "2/b.json.gz", gzip.compress(lines(*range(20, 40))))
    put(root / "3/c.json", json.dumps({"Records": [entry(number) for number in range(40, 60)]}).encode())
    for _ in range(200):
        stand.restart()
        for _ in range(8):  # far enough to come to the next part
            stand.step()
    assert list(dict.fromkeys(stand.ids)) == ids(range(60))
    assert len(stand.ids) == 60


def test_missing_folder_is_told(root: Path, stand: Stand) -> None:
    """A folder that was not mounted is an error, and is looked for again."""
    root.rmdir()
    assert "there is no folder" in stand.run().error
    put(root / "a.json", lines(1))
    again(stand)
    assert stand.ids == ids([1])


def test_file_that_nobody_may_read_stops_no_other(
    root: Path, stand: Stand, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once in the log, and read when it may be."""
    put(root / "a.json", lines(1))
    put(root / "b.json", lines(2))
    opened = Path.open

    def refuse(self: Path, *rest: object, **named: object) -> object:
        if self.name == "a.json":
            raise PermissionError(13, "Permission denied")
        return opened(self, *rest, **named)  # type: ignore[call-overload]

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", refuse)
        again(stand)
        again(stand)
    assert stand.ids == ids([2])
    assert sum("a.json cannot be read" in record.getMessage() for record in caplog.records) == 1
    again(stand)
    assert stand.ids == ids([2, 1])
