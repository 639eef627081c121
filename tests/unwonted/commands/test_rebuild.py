"""`unwonted rebuild` finds what is not what the stream makes of it, and mends it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from tests.service.stand_ins import START, make_event
from unwonted.cli import app


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data folder whose stream holds three hundred events."""
    with EmbeddedLog(tmp_path / "stream.sqlite") as log:
        log.append(observed(make_event(f"e{n}", at=START + 600 * n, actor=f"dev{n % 5}") for n in range(300)))
    return tmp_path


def rebuild(data: Path, *options: str) -> tuple[int, dict[str, object]]:
    """Run the command; return its exit code and what it told."""
    result = CliRunner().invoke(app, ["rebuild", "--data", str(data), "--json", *options])
    return result.exit_code, json.loads(result.stdout)


def test_sound_store_is_left_alone(data: Path) -> None:
    """A store that is what the stream makes of it is told so."""
    assert rebuild(data, "--check") == (0, {"different": [], "replaced": False})


def test_tampered_store_is_found_and_mended(data: Path) -> None:
    """What was deleted behind the service's back comes back; a check alone changes nothing."""
    rebuild(data)
    with closing(sqlite3.connect(data / "store.sqlite")) as database, database:
        database.execute("DELETE FROM scored_events WHERE seq % 2 = 0")
    assert rebuild(data, "--check") == (1, {"different": ["events"], "replaced": False})
    assert rebuild(data) == (0, {"different": ["events"], "replaced": True})
    assert rebuild(data, "--check") == (0, {"different": [], "replaced": False})
