"""`unwonted doctor`: what it finds in good and in bad set-ups, and that it changes nothing."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from service.memory import Memories
from service.store import sources
from service.store.database import Database
from service.store.sources import State as SourceState
from service.store.sources import Told
from service.worker import Worker
from tests.service.stand_ins import make_event
from unwonted.cli import app
from unwonted.doctor import Check, State, examine
from unwonted.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings of an empty data folder and a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return Settings(data=tmp_path / "data", port=free.getsockname()[1])


@pytest.fixture
def stream(settings: Settings) -> Iterator[EmbeddedLog]:
    """Yield a stream with one event in it, beside a store that is up to date."""
    settings.data.mkdir()
    Database.embedded(settings.store_path).close()
    with EmbeddedLog(settings.stream_path) as stream:
        stream.append(observed([make_event("1")]))
        yield stream


def found(settings: Settings, name: str) -> list[Check]:
    """Return what the checks of a name came to."""
    return [check for check in examine(settings) if check.name == name]


def states(settings: Settings, name: str) -> list[State]:
    """Return how something is."""
    return [check.state for check in found(settings, name)]


def invoke(*words: str) -> Result:
    """Return what the command comes to."""
    return CliRunner().invoke(app, ["doctor", *words])


def test_fresh_machine_is_well(settings: Settings) -> None:
    """Before the first start nothing is bad, and nothing was made by looking."""
    assert {check.state for check in examine(settings)} == {State.OK}
    assert not settings.data.exists()


def test_worker_that_stands_still_is_bad(
    settings: Settings, stream: EmbeddedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody works off is told, with what to start."""
    assert stream.end(0) == 1
    monkeypatch.setattr("unwonted.doctor.state._WATCHED_S", 0.2)
    check = found(settings, "worker")[0]
    assert check.state is State.BAD
    assert "Start unwonted serve" in check.advice


def test_worker_that_is_done_is_well(settings: Settings, stream: EmbeddedLog) -> None:
    """A stream that was worked off is well."""
    database = Database.open(settings.store_path)
    Worker(stream, database, Memories()).run()
    database.close()
    assert states(settings, "worker") == [State.OK]


def test_outdated_store_is_bad(settings: Settings) -> None:
    """Tables of another version are told, with the command that mends them."""
    settings.data.mkdir()
    settings.store_path.touch()
    check = found(settings, "store")[0]
    assert (check.state, check.advice) == (State.BAD, "unwonted migrate")


def test_damaged_stream_is_bad(settings: Settings) -> None:
    """A file that is no log is told, and the other checks go on."""
    settings.data.mkdir()
    settings.stream_path.write_bytes(b"no log at all" * 1_000)
    assert states(settings, "stream") == [State.BAD]
    assert states(settings, "clock") == [State.OK]


def test_foreign_service_on_the_port_is_bad(settings: Settings) -> None:
    """A port that something else has is told."""
    with socket.create_server(("127.0.0.1", settings.port)):
        assert states(settings.model_copy(update={"host": "127.0.0.1"}), "port") == [State.BAD]


def test_open_to_others_without_a_token_is_bad(settings: Settings) -> None:
    """What would be refused at the start is told before."""
    assert states(settings.model_copy(update={"host": "0.0.0.0"}), "access") == [State.BAD]  # noqa: S104  # not bound


def test_broken_networks_file_is_bad(settings: Settings, tmp_path: Path) -> None:
    """A file of prefixes that cannot be read is told."""
    (tmp_path / "networks.csv").write_text("no,such,columns\n1,2,3\n")
    assert states(settings.model_copy(update={"networks": tmp_path / "networks.csv"}), "networks") == [State.BAD]


def test_misspelt_variable_is_a_warning(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable nobody reads is told."""
    monkeypatch.setenv("UNWONTED_STREM", "x")
    assert states(settings, "environment") == [State.WARN]


@pytest.mark.usefixtures("stream")
def test_bad_makes_it_fail(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is 1 when something is bad, and the JSON says what."""
    monkeypatch.setattr("unwonted.doctor.state._WATCHED_S", 0.2)
    monkeypatch.setenv("UNWONTED_PORT", str(settings.port))
    result = invoke("--data", str(settings.data), "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["state"]) == (1, "bad")
    assert [check["name"] for check in told["checks"] if check["state"] == "bad"] == ["worker"]


def test_lines_say_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line has its state, and where something is to be done, the next says what."""
    monkeypatch.setenv("UNWONTED_PORT", "0")
    monkeypatch.setenv("UNWONTED_STREM", "x")
    result = invoke("--data", str(tmp_path / "data"))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1].strip().startswith("-> Correct or remove it")


@pytest.mark.usefixtures("stream")
def test_a_silent_source_is_a_warning_and_coverage_is_told(settings: Settings) -> None:
    """What the watch says lasts until the source delivers again; what can be seen is told in a sentence."""
    key = ("default", "github.webhook")
    database = Database.open(settings.store_path)
    with database.transaction() as connection:
        sources.put_states(connection, {key: SourceState(last_at=time.time())})
        sources.tell(connection, [(key, Told("silent", 1.0, 2.0, 0.0, "silent for 9 hours"))])
        sources.tell(connection, [(key, Told("clock", 1.0, 2.0, 3.0, "tells its usual times again"))])
    database.close()
    (silent,) = found(settings, "sources")
    assert (silent.state, silent.text) == (State.WARN, "silent for 9 hours")
    (coverage,) = found(settings, "coverage")
    assert coverage.state is State.OK
    assert coverage.text.startswith("your feeds can show 10 of 55 known incidents")


def test_without_a_store_nothing_was_received(settings: Settings) -> None:
    """It names where to begin."""
    (check,) = found(settings, "sources")
    assert "unwonted source list" in check.text
