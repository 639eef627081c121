"""The service on PostgreSQL, its roles as processes of their own; the command line on the same store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import URL
from typer.testing import CliRunner, Result

from tests.services.postgres import OwnServer, Server, crashable, postgres
from tests.unwonted.calm import REPOSITORIES, calm_history, make_push
from tests.unwonted.running import Running, running
from unwonted.cli import app

__all__ = ["crashable", "postgres"]

pytestmark = [pytest.mark.service, pytest.mark.postgres]


def told(url: URL) -> str:
    """Return an address as it is written."""
    return url.render_as_string(hide_password=False)


def command(*words: str) -> Result:
    """Return what a command comes to."""
    return CliRunner().invoke(app, [*words])


@pytest.fixture
def store(postgres: Server) -> str:
    """Return the address of a database that was migrated."""
    url = told(postgres.new_database())
    answer = command("migrate", "--database", url)
    assert answer.exit_code == 0, answer.stderr
    return url


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Return a short recording, and one line of it that nobody can read."""
    path = tmp_path / "recording.ndjson"
    lines = [json.dumps(delivery) for delivery in islice(calm_history(7, datetime.now(UTC)), 400)]
    path.write_text("".join(f"{line}\n" for line in [*lines, '{"source": "github.webhook", "body": ']))
    return path


def is_done(service: Running) -> bool:
    """Return whether everything received has had its effects."""
    return 'unwonted_worker_lag{partition="0"} 0.0\n' in service.get("/metrics")


def replayed(service: Running, recording: Path) -> int:
    """Send a recording; return how many events were accepted."""
    answer = command("replay", str(recording), "--url", service.url, "--json")
    assert answer.exit_code == 0, answer.stderr
    events: int = json.loads(answer.stdout)["events"]
    return events


def test_roles_share_a_store(store: str, recording: Path, tmp_path: Path) -> None:
    """What one process receives another works off, and a third answers for; what is unreadable is a dead letter."""
    where = ["--port", "0", "--data", str(tmp_path / "data"), "--database", store]
    with (
        running(tmp_path / "receiver.log", "serve", "--role", "receiver", *where) as receiver,
        running(tmp_path / "worker.log", "serve", "--role", "worker", *where) as worker,
        running(tmp_path / "scheduler.log", "serve", "--role", "scheduler", *where) as scheduler,
        running(tmp_path / "api.log", "serve", "--role", "api", *where) as api,
    ):
        events = replayed(receiver, recording)
        api.eventually(lambda: is_done(api))
        assert api.get("/api/v1/organisations")["items"][0]["events"] == events
        assert f"unwonted_worker_events_total {events}.0\n" in worker.get("/metrics")
        assert 'unwonted_dead_letters{source="recording"} 1.0\n' in api.get("/metrics")
        assert [one.get("/readyz")["status"] for one in (receiver, worker, scheduler, api)] == ["ok"] * 4
        assert [one.stop() for one in (receiver, worker, scheduler, api)] == [0] * 4
    letters = command("dead", "list", "--database", store, "--json").stdout.splitlines()
    assert [json.loads(letter)["source"] for letter in letters] == ["recording"]


def test_doctor_finds_it_well(store: str, tmp_path: Path) -> None:
    """The store is opened and looked at; its password is not shown."""
    answer = command("doctor", "--database", store, "--data", str(tmp_path / "data"), "--json")
    checks = {check["name"]: check for check in json.loads(answer.stdout)["checks"]}
    assert (checks["store"]["state"], "postgresql" in checks["store"]["text"]) == ("ok", True)


def test_service_needs_a_store_that_was_migrated(postgres: Server, tmp_path: Path) -> None:
    """A database without tables is not made by whoever comes first; what makes it is named."""
    url = told(postgres.new_database())
    answer = command("serve", "--port", "0", "--data", str(tmp_path / "data"), "--database", url)
    assert (answer.exit_code, "unwonted migrate" in answer.stderr) == (1, True)


def test_tokens_are_kept_there(store: str) -> None:
    """The command line works on a server as on a file."""
    made = json.loads(command("token", "create", "ci", "--database", store, "--json").stdout)
    listed = json.loads(command("token", "list", "--database", store, "--json").stdout)
    assert [token["id"] for token in listed["items"]] == [made["id"]]


def test_service_outlives_its_database(crashable: OwnServer, recording: Path, tmp_path: Path) -> None:
    """While the server is gone readers are told 503, and what was accepted waits; afterwards all works again."""
    url = told(crashable.new_database())
    assert command("migrate", "--database", url).exit_code == 0
    words = ["serve", "--port", "0", "--data", str(tmp_path / "data"), "--database", url]
    with running(tmp_path / "log", *words) as service:
        events = replayed(service, recording)
        crashable.crash()
        assert service.request("/api/v1/incidents").status == 503
        assert service.request("/readyz").status == 503
        push = make_push("mona", REPOSITORIES[0], datetime.now(UTC))
        line = json.dumps(
            {
                "source": "github.webhook",
                "received_at": "2026-11-25T10:00:00Z",
                "body": push,
                "headers": {"X-GitHub-Event": "push", "X-GitHub-Delivery": "while-away"},
            }
        )
        assert service.request("/hooks/recording", line.encode()).status in {202, 503}
        crashable.start()
        service.eventually(lambda: service.request("/readyz").status == 200)
        service.eventually(lambda: is_done(service))
        assert service.get("/api/v1/organisations")["items"][0]["events"] >= events
        assert service.stop() == 0


@pytest.fixture(autouse=True)
def own_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep commands away from this user's data folder."""
    monkeypatch.setenv("UNWONTED_DATA", str(tmp_path / "data"))
