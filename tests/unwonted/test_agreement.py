"""Scan and serve agree: one recording, scanned or replayed into a service, gives the same incidents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from collector.simulator import simulate
from tests.unwonted.running import Running, running
from tests.unwonted.test_serve import is_caught_up
from unwonted.cli import app

pytestmark = pytest.mark.service

TOLD = ("id", "title", "summary", "first_at", "last_at", "event_count", "actors", "entities")


def told(incident: dict[str, Any]) -> dict[str, Any]:
    """Return what both tell of an incident, numbers as both round them."""
    reasons = [(reason["feature"], reason["text"], round(reason["weight"], 2)) for reason in incident["reasons"]]
    return {name: incident[name] for name in TOLD} | {"risk": round(incident["risk"], 1), "reasons": reasons}


def by_scan(recording: Path) -> list[dict[str, Any]]:
    """Return the incidents of a scan."""
    result = CliRunner().invoke(app, ["scan", str(recording), "--format", "json", "--quiet", "--top", "2000"])
    assert result.exit_code == 0, result.stderr
    return [told(incident) for incident in json.loads(result.stdout)["incidents"]]


def by_service(service: Running, recording: Path) -> list[dict[str, Any]]:
    """Return the incidents of a service that the recording was replayed into."""
    result = CliRunner().invoke(app, ["replay", str(recording), "--url", service.url, "--batch", "37"])
    assert result.exit_code == 0, result.stderr
    service.eventually(lambda: is_caught_up(service))
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next_cursor": ""}
    while page["next_cursor"] is not None:
        page = service.get(f"/api/v1/incidents?limit=50&cursor={page['next_cursor']}".removesuffix("&cursor="))
        found += [told(incident) for incident in page["items"]]
    return found


def test_scan_and_serve_agree(tmp_path: Path) -> None:
    """The same incidents in the same order, as risky, for the same reasons, in whatever batches they came."""
    recording = tmp_path / "recording.ndjson"
    recording.write_text("".join(json.dumps(delivery) + "\n" for delivery in simulate(days=4)), encoding="utf-8")
    with running(tmp_path / "log", "serve", "--port", "0", "--data", str(tmp_path / "data")) as service:
        served = by_service(service, recording)
    scanned = by_scan(recording)
    assert len(scanned) > 20
    assert served == scanned
