"""`unwonted collect osv`: records reach a service in batches, and a scan reads them offline."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.unwonted.stand_ins import Scripted, serving
from unwonted.cli import app

ACCEPTED: Scripted = (202, {"events": []}, {})
DAY = 86_400


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UNWONTED_URL", "UNWONTED_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def invoke(*words: str | Path) -> Result:
    """Return what a command comes to."""
    return CliRunner().invoke(app, [str(word) for word in words])


def osv(n: int, ecosystem: str = "npm", name: str = "left-pad") -> dict[str, Any]:
    """Return a record."""
    return {
        "id": f"MAL-2026-{n}",
        "published": "2026-03-06T00:00:00Z",
        "modified": "2026-03-06T00:00:00Z",
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, "versions": ["6.6.6"]}],
    }


def test_records_are_sent_in_batches(tmp_path: Path) -> None:
    """Lines of JSON to the hook of the source; what nothing here names stays behind."""
    dump = tmp_path / "dump.ndjson"
    dump.write_text("\n".join(json.dumps(osv(n, "npm" if n % 2 else "Alpine:v3")) for n in range(1_202)) + "\n{\n")
    with serving(ACCEPTED) as service:
        result = invoke("collect", "osv", dump, "--url", service.url, "--token", "unw_x", "--json")
    told = json.loads(result.stdout)
    assert (told["sent"], told["passed_over"], told["unreadable"]) == (601, 601, 1)
    assert [len(lines) for _, _, lines in service.requests] == [500, 101]
    assert {path for path, _, _ in service.requests} == {"/hooks/osv"}
    assert service.requests[0][1]["Authorization"] == "Bearer unw_x"


def test_what_is_no_dump(tmp_path: Path) -> None:
    """Bad input says what to name instead."""
    other = tmp_path / "x.json"
    other.write_text('{"a": 1}')
    with serving(ACCEPTED) as service:
        assert invoke("collect", "osv", other, "--url", service.url).exit_code == 1
        assert invoke("collect", "osv", tmp_path / "nowhere", "--url", service.url).exit_code == 2
    assert not service.requests


def test_a_scan_tells_what_was_installed_before_it_was_declared(tmp_path: Path) -> None:
    """The incident says when and where, and how long before."""
    deliveries = []
    for day in range(20):
        pins = {f"node_modules/p{n}": {"version": f"1.{day}.{n}"} for n in range(5)}
        if day >= 2:
            pins["node_modules/left-pad"] = {"version": "6.6.6"}
        deliveries.append(
            {
                "source": "lockfile",
                "received_at": 1772323200 + day * DAY,
                "headers": {"Unwonted-Repo": "acme/pay", "Unwonted-Path": "package-lock.json"},
                "body": json.dumps({"lockfileVersion": 3, "packages": {"": {}, **pins}}),
            }
        )
    recording, dump = tmp_path / "recording.ndjson.gz", tmp_path / "osv.json"
    recording.write_bytes(gzip.compress("\n".join(map(json.dumps, deliveries)).encode()))
    dump.write_text(json.dumps([osv(1), osv(2, name="never-installed")]))
    result = invoke("scan", recording, "--osv", dump, "--format", "json", "--quiet")
    (first, *_) = json.loads(result.stdout)["incidents"]
    assert first["reasons"][0]["feature"] == "package_declared_malicious"
    assert (
        "acme/pay installed left-pad 6.6.6 on 2026-03-03, 3 days before it was declared malicious (MAL-2026-1)"
        in (first["summary"])
    )
    assert "never-installed" not in result.stdout


def test_a_worm_in_several_repositories_is_one_incident(tmp_path: Path) -> None:
    """The same version with a new install script, in four repositories within the hour, is told together."""
    deliveries = []
    for day in range(12):
        for n in range(4):
            pins: dict[str, dict[str, Any]] = {f"node_modules/p{k}": {"version": f"1.{day}.{k}"} for k in range(12)}
            if day == 11:
                pins["node_modules/p3"] = {"version": "1.99.0", "hasInstallScript": True}
            deliveries.append(
                {
                    "source": "lockfile",
                    "received_at": 1772323200 + day * DAY + n * 600,
                    "headers": {"Unwonted-Repo": f"acme/r{n}", "Unwonted-Path": "package-lock.json"},
                    "body": json.dumps({"lockfileVersion": 3, "packages": {"": {}, **pins}}),
                }
            )
    recording = tmp_path / "recording.ndjson"
    recording.write_text("\n".join(map(json.dumps, deliveries)))
    result = invoke("scan", recording, "--format", "json", "--quiet")
    (incident,) = [
        incident
        for incident in json.loads(result.stdout)["incidents"]
        if "runs a script when installed" in incident["summary"]
    ]
    assert {event["entity"] for event in incident["events"] if event["role"] == "finding"} == {
        f"lockfile:acme/r{n}/package-lock.json" for n in range(4)
    }
