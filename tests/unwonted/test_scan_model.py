"""`unwonted scan --model`: a signed version scores, and any other is refused before anything is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.versions import Versions
from tests.models.versions import NAME, make_manifest, small_ensembles
from tests.unwonted.samples import write_audit
from unwonted.cli import app


@pytest.fixture
def audit(tmp_path: Path) -> Path:
    """Return a small audit export."""
    return write_audit(tmp_path / "audit.ndjson")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a version that the user's own service made."""
    monkeypatch.setenv("UNWONTED_DATA", str(tmp_path / "data"))
    Versions(tmp_path / "data" / "models", tmp_path / "data" / "keys").write(make_manifest(), small_ensembles())
    return tmp_path / "data" / "models" / NAME


def scan(*words: str | Path) -> Result:
    """Return what a scan comes to."""
    return CliRunner().invoke(app, ["scan", *map(str, words), "--quiet", "--format", "json"])


def test_report_names_the_version(audit: Path, model: Path) -> None:
    """What scored is told in the report; its key is the one in the data folder."""
    result = scan(audit, "--model", model)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["model"]["version"] == NAME


def test_scan_without_a_model_fits_its_own(audit: Path) -> None:
    """Without a version the report says so."""
    assert json.loads(scan(audit).stdout)["model"]["version"] == "own"


def test_key_of_another_house_can_be_named(audit: Path, model: Path, tmp_path: Path) -> None:
    """A version from elsewhere is used with its maker's public key, and refused without."""
    elsewhere = Versions(tmp_path / "their" / "models", tmp_path / "their" / "keys")
    elsewhere.write(make_manifest(), small_ensembles())
    theirs = elsewhere.folder / NAME
    assert model.exists()
    refused = scan(audit, "--model", theirs)
    assert (refused.exit_code, "was signed with the key" in refused.stderr) == (2, True)
    assert scan(audit, "--model", theirs, "--model-key", elsewhere.keys / "models.pub").exit_code == 0


def test_unsigned_version_is_refused(audit: Path, model: Path) -> None:
    """A version without a signature is refused with 2 and one line."""
    (model / "manifest.sig").unlink()
    result = scan(audit, "--model", model)
    assert result.exit_code == 2
    assert "is refused: A model version has no signature" in result.stderr


def test_key_that_lies_beside_the_version_is_not_trusted(
    audit: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hands over a version can hand over a key too: only a key that the user holds counts."""
    monkeypatch.setenv("UNWONTED_DATA", str(tmp_path / "another"))
    result = scan(audit, "--model", model)
    assert result.exit_code == 2
    assert "needs the public key of who made the version" in result.stderr


def test_key_without_a_model_is_told(audit: Path) -> None:
    """A key alone says nothing."""
    assert "--model is not given" in scan(audit, "--model-key", audit).stderr
