"""The command that writes a simulated recording."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from collector.simulator.__main__ import main


def test_writes_a_recording(tmp_path: Path) -> None:
    """Each line of the file is one delivery."""
    out = tmp_path / "days.ndjson.gz"
    assert main([str(out), "--days", "1"]) == 0
    lines = gzip.decompress(out.read_bytes()).splitlines()
    assert all({"source", "received_at", "headers", "body"} == set(json.loads(line)) for line in lines)


def test_same_bytes(tmp_path: Path) -> None:
    """The same arguments write the same bytes."""
    for name in ("a.ndjson.gz", "b.ndjson.gz"):
        main([str(tmp_path / name), "--days", "1", "--seed", "5"])
    assert (tmp_path / "a.ndjson.gz").read_bytes() == (tmp_path / "b.ndjson.gz").read_bytes()


def test_writes_truth_apart(tmp_path: Path) -> None:
    """The truth goes into a file of its own, with the attack that was asked for."""
    truth = tmp_path / "truth.json"
    main([str(tmp_path / "days.ndjson"), "--days", "9", "--attack", "visibility-flip", "--truth", str(truth)])
    assert [attack["name"] for attack in json.loads(truth.read_text())["attacks"]] == ["visibility-flip"]


def test_writes_networks(tmp_path: Path) -> None:
    """The networks file begins with its column names."""
    networks = tmp_path / "networks.csv"
    main([str(tmp_path / "days.ndjson"), "--days", "1", "--networks", str(networks)])
    assert networks.read_text().startswith("prefix,asn,kind,country\n")


def test_unknown_attack_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong name ends with exit code 2 and the names that there are."""
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "days.ndjson"), "--attack", "nonsense"])
    assert "token-mass-clone" in capsys.readouterr().err


def test_unwritable_place_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A place that cannot be written ends with exit code 1 and says what to do."""
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file" / "days.ndjson"), "--days", "1"]) == 1
    assert "folder that you may write to" in capsys.readouterr().err
