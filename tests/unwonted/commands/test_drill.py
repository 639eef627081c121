"""`unwonted drill`: what there is, what was found after a history or in a service, and what to do when it cannot be."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from collector.simulator import ATTACKS
from tests.unwonted.calm import calm_history
from tests.unwonted.running import Running
from tests.unwonted.test_serve import history, service
from unwonted.cli import app

__all__ = ["history", "service"]  # fixtures

PUSHED = "secret-stealing-workflow"
AUDITED = "token-mass-clone"


def invoke(*words: str | Path) -> Result:
    """Return what a command line comes to."""
    return CliRunner().invoke(app, ["drill", *map(str, words)])


@pytest.fixture
def newborn(tmp_path: Path) -> Path:
    """Return a recording of two days, in which everything is new."""
    path = tmp_path / "recording.ndjson"
    end = datetime(2026, 3, 6, tzinfo=UTC)
    path.write_text("".join(json.dumps(delivery) + "\n" for delivery in calm_history(2, end)))
    return path


def test_list_names_every_drill() -> None:
    """Whoever asks learns what can be played."""
    told = invoke("--list").stdout
    assert [name for name in ATTACKS if name not in told] == []


def test_list_is_json_where_asked() -> None:
    """A program learns the same."""
    assert [drill["name"] for drill in json.loads(invoke("--list", "--json").stdout)] == list(ATTACKS)


def test_unknown_drill_is_refused() -> None:
    """A name that is none is told with those there are."""
    result = invoke("nonsense")
    assert result.exit_code == 2
    assert AUDITED in result.stderr


@pytest.mark.parametrize(
    ("words", "named"), [(("--keep", "--scan", "."), "--keep"), (("--networks", "x"), "--networks")]
)
def test_options_that_do_not_go_together(words: tuple[str, ...], named: str) -> None:
    """What belongs to a service is refused for a scan, and the other way round."""
    result = invoke(*words)
    assert result.exit_code == 2
    assert named in result.stderr


def test_nobody_answers() -> None:
    """Without a service the error says how to have one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    result = invoke(AUDITED, "--url", f"http://127.0.0.1:{port}")
    assert result.exit_code == 1
    assert "unwonted serve" in result.stderr


def test_nothing_to_read(tmp_path: Path) -> None:
    """A history without one event is bad input."""
    empty = tmp_path / "recording.ndjson"
    empty.write_text("")
    assert invoke("--scan", empty).exit_code == 2


def test_drill_after_a_scan(newborn: Path) -> None:
    """A history too short to tell usual from strange misses a drill, and says which feeds it lacks for another."""
    result = invoke(PUSHED, AUDITED, "--scan", newborn, "--json")
    told = {drill["name"]: drill for drill in json.loads(result.stdout)["drills"]}
    assert result.exit_code == 0
    assert told[PUSHED]["ending"] == "missed"
    assert told[AUDITED]["missing_feeds"] == ["github.audit"]


def test_fail_on_missed(newborn: Path) -> None:
    """A pipeline can be stopped by a drill that was not found."""
    assert invoke(PUSHED, "--scan", newborn, "--fail-on-missed").exit_code == 3


@pytest.mark.service
def test_drill_in_a_service(service: Running) -> None:
    """After six calm weeks a stolen secret would have been seen; the organisation's own incidents stay as they were."""
    before = service.get("/api/v1/incidents")["items"]
    result = invoke(PUSHED, AUDITED, "--url", service.url, "--seed", "1", "--json")
    told: list[dict[str, Any]] = json.loads(result.stdout)["drills"]
    assert [drill["name"] for drill in told] == [PUSHED, AUDITED]
    assert told[0]["ending"] == "found"
    assert told[0]["lead_s"] > 0
    assert service.get("/api/v1/incidents")["items"] == before


@pytest.mark.service
def test_kept_drill_can_be_read(service: Running) -> None:
    """A drill that was kept has its incident under the scratch organisation, and the page links to it."""
    result = invoke(PUSHED, "--url", service.url, "--seed", "2", "--keep", "--json")
    drill = json.loads(result.stdout)["drills"][0]
    found = service.get(f"/api/v1/incidents/{drill['incident']}?organisation={drill['scratch']}")
    assert found["organisation"] == drill["scratch"]
    assert drill["incident"] in service.get("/drills")
