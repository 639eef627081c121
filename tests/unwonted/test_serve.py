"""The whole service as a process: a history, an attack's first move, an incident; its end, and its memory."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import re
import signal
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.unwonted.calm import REPOSITORIES, calm_history, make_push
from tests.unwonted.running import Running, running
from unwonted.cli import app

pytestmark = pytest.mark.service

SECRET = "a secret that GitHub knows"
ENVIRONMENT = {"UNWONTED_HOOKS_GITHUB_SECRET": f"{SECRET}, the one before"}
WORKFLOW = ".github/workflows/artifact-sync.yml"
STRANGER = "mallory-quine"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a recording of six calm weeks up to now."""
    path = tmp_path_factory.mktemp("history") / "history.ndjson"
    path.write_text("".join(json.dumps(delivery) + "\n" for delivery in calm_history(42, datetime.now(UTC))))
    return path


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, history: Path) -> Iterator[Running]:
    """Yield a service that has learned the history."""
    folder = tmp_path_factory.mktemp("service")
    with running(folder / "log", "serve", "--port", "0", "--data", str(folder / "data"), env=ENVIRONMENT) as service:
        told = CliRunner().invoke(app, ["replay", str(history), "--url", service.url, "--json"])
        assert told.exit_code == 0, told.stderr
        service.eventually(lambda: is_caught_up(service))
        yield service


def is_caught_up(service: Running) -> bool:
    """Return whether everything received has had its effects."""
    return 'unwonted_worker_lag{partition="0"} 0.0\n' in service.get("/metrics")


def strange_push() -> dict[str, Any]:
    """Return the push of somebody nobody has met, who adds a workflow."""
    return make_push(STRANGER, REPOSITORIES[0], datetime.now(UTC), added=[WORKFLOW])


def signed(payload: dict[str, Any], delivery: str, secret: str = SECRET) -> tuple[bytes, dict[str, str]]:
    """Return body and headers of a webhook as GitHub sends it."""
    body = json.dumps(payload).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "push",
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }
    return body, headers


def send(service: Running, payload: dict[str, Any], delivery: str, secret: str = SECRET) -> tuple[int, Any]:
    """Send a signed webhook; return status and answer."""
    answer = service.request("/hooks/github", *signed(payload, delivery, secret))
    return answer.status, answer.body


@pytest.fixture(scope="module")
def pushed(service: Running) -> dict[str, Any]:
    """Return the incident that the push became, after it was delivered twice."""
    payload, delivery = strange_push(), str(uuid.uuid4())
    first, again = send(service, payload, delivery), send(service, payload, delivery)
    assert (first[0], again) == (202, first)

    def ask() -> dict[str, Any] | None:
        found = service.get(f"/api/v1/incidents?actor=user:{STRANGER}")["items"]
        return found[0] if found else None

    incident = service.eventually(ask)
    found: dict[str, Any] = service.get(f"/api/v1/incidents/{incident['id']}")
    return found


def test_push_is_the_first_incident(pushed: dict[str, Any]) -> None:
    """A workflow added by somebody new stands on top of the feed."""
    assert pushed["rank"] == 1


def test_reasons_name_workflow_and_actor(pushed: dict[str, Any]) -> None:
    """Whoever reads it learns what was added, and by whom."""
    told = json.dumps([pushed["title"], pushed["summary"], pushed["reasons"]])
    assert STRANGER in told
    assert WORKFLOW in told


def test_same_delivery_is_one_event(service: Running, pushed: dict[str, Any]) -> None:
    """What was delivered twice happened once."""
    service.eventually(lambda: is_caught_up(service))
    assert [event["actor"] for event in pushed["events"]].count(f"user:{STRANGER}") == pushed["event_count"]
    assert len(service.get(f"/api/v1/events?actor=user:{STRANGER}")["items"]) == pushed["event_count"]


def test_verdict_goes_round(service: Running, pushed: dict[str, Any]) -> None:
    """A verdict resolves the incident, and travels through the stream to the worker."""
    path = f"/api/v1/incidents/{pushed['id']}"
    headers = {"Content-Type": "application/json", "If-Match": service.request(path).headers["ETag"]}
    body = json.dumps({"verdict": "true_positive", "comment": "not one of ours"}).encode()
    assert service.request(f"{path}/verdict", body, headers).status == 200
    assert service.get(path)["status"] == "resolved"
    service.eventually(lambda: "unwonted_outbox 0.0\n" in service.get("/metrics") and is_caught_up(service))


@pytest.mark.parametrize("secret", ["the one before", SECRET])
def test_two_secrets_live(service: Running, secret: str) -> None:
    """While a secret is replaced, both are good."""
    assert send(service, {"zen": "Approachable is better than simple."}, str(uuid.uuid4()), secret)[0] == 202


def test_wrong_signature_is_refused(service: Running) -> None:
    """Who does not know the secret changes nothing."""
    status, problem = send(service, strange_push(), str(uuid.uuid4()), "guessed")
    assert (status, problem["status"]) == (401, 401)


@pytest.mark.parametrize("path", ["/", "/sources", "/models", "/drills"])
def test_page_is_there(service: Running, path: str) -> None:
    """The page answers beside the API."""
    assert "<html" in service.get(path)


def test_ready_says_so_part_by_part(service: Running) -> None:
    """Whoever watches learns how each part is."""
    checks = service.get("/readyz")["checks"]
    assert {"worker", "relay", "stream", "store"} <= set(checks)
    assert set(checks.values()) == {"ok"}


def test_openapi_is_served(service: Running) -> None:
    """The API describes itself, in the version it claims."""
    assert service.get("/api/v1/openapi.json")["openapi"].startswith("3.1")


def test_stranger_at_the_door(service: Running) -> None:
    """A request that came by another name than loopback is refused: a page elsewhere must not read the feed."""
    answer = service.request("/api/v1/incidents", headers={"Host": "unwonted.example.org"})
    assert answer.status == 401


def test_end_and_memory(tmp_path: Path, history: Path) -> None:
    """SIGTERM ends it cleanly, whatever it is at; started again it knows and goes on."""
    words = ("serve", "--port", "0", "--data", str(tmp_path / "data"))
    with running(tmp_path / "log", *words) as service:
        replay = CliRunner().invoke(app, ["replay", str(history), "--url", service.url, "--json"])
        assert replay.exit_code == 0
        assert service.stop() == 0, service.log
    with running(tmp_path / "log", *words) as service:
        service.eventually(lambda: is_caught_up(service))
        assert service.request("/hooks/github", *signed(strange_push(), "1")).status == 202
        assert (
            service.eventually(lambda: service.get(f"/api/v1/incidents?actor=user:{STRANGER}")["items"])[0]["rank"] == 1
        )
        assert service.stop(signal.SIGINT) == 0, service.log


def test_failing_worker_is_seen_and_recovers(tmp_path: Path) -> None:
    """A worker that cannot go on says so where it is looked for, once in the log, and goes on when it can."""
    with running(tmp_path / "log", "serve", "--port", "0", "--data", str(tmp_path / "data")) as service:
        with closing(sqlite3.connect(tmp_path / "data" / "stream.sqlite", timeout=30)) as log, log:
            log.execute("INSERT INTO entries (position, partition, body) VALUES (1, 0, 'rubbish')")
        service.eventually(lambda: "the worker failed" in str(service.request("/readyz").body["checks"]["worker"]))
        assert service.request("/readyz").status == 503
        with closing(sqlite3.connect(tmp_path / "data" / "stream.sqlite", timeout=30)) as log, log:
            log.execute("DELETE FROM entries")
        service.eventually(lambda: service.request("/readyz").status == 200)
        assert service.log.count("the worker failed") == 1
        assert service.stop() == 0, service.log


def test_taken_port_is_told(service: Running, tmp_path: Path) -> None:
    """A second service on the port ends with 1 and says what to do."""
    port = service.url.rsplit(":", 1)[1]
    result = CliRunner().invoke(app, ["serve", "--port", port, "--data", str(tmp_path / "data")])
    assert result.exit_code == 1
    assert "--port 0 takes a free one" in result.stderr


def test_without_token_it_stays_at_home(tmp_path: Path) -> None:
    """Bound to other addresses than loopback it does not start before there is a token."""
    result = CliRunner().invoke(app, ["serve", "--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path / "data")])  # noqa: S104
    assert result.exit_code == 2
    assert "unwonted token create" in result.stderr


def test_token_closes_the_door(tmp_path: Path) -> None:
    """Once there is a token, who shows none is refused, and who shows it sees the feed."""
    data = str(tmp_path / "data")
    secret = CliRunner().invoke(app, ["token", "create", "me", "--scope", "read", "--data", data]).stdout.strip()
    with running(tmp_path / "log", "serve", "--port", "0", "--data", data) as service:
        assert service.request("/api/v1/incidents").status == 401
        assert service.request("/api/v1/incidents", headers={"Authorization": f"Bearer {secret}"}).status == 200


def test_running_service_records(tmp_path: Path) -> None:
    """With --record a service also writes what it receives, and what it wrote can be replayed."""
    path = tmp_path / "recording.ndjson.gz"
    words = ("serve", "--port", "0", "--data", str(tmp_path / "data"), "--record", str(path))
    with running(tmp_path / "log", *words) as service:
        assert service.request("/hooks/github", *signed(strange_push(), "1")).status == 202
        assert service.stop() == 0, service.log
    line = json.loads(gzip.decompress(path.read_bytes()))
    assert (line["source"], line["headers"]["X-GitHub-Delivery"]) == ("github.webhook", "1")
    assert "sha256=" not in json.dumps(line)


def test_parts_in_processes_of_their_own(tmp_path: Path) -> None:
    """Receiver, worker and API may be three processes on one data folder."""
    words = ("serve", "--port", "0", "--data", str(tmp_path / "data"), "--role")
    with (
        running(tmp_path / "1", *words, "receiver") as receiver,
        running(tmp_path / "2", *words, "worker") as worker,
        running(tmp_path / "3", *words, "api") as api,
    ):
        event = {"zen": "Keep it logically awesome."}
        body = json.dumps(event).encode()
        headers = {"X-GitHub-Event": "repository", "X-GitHub-Delivery": str(uuid.uuid4())}
        assert receiver.request("/hooks/github", body, headers).status == 202
        api.eventually(lambda: api.get("/api/v1/events")["items"])
        assert worker.get("/readyz")["checks"]["worker"] == "ok"
        assert (worker.request("/").status, receiver.request("/api/v1/events").status) == (404, 404)
        assert [part.stop() for part in (receiver, worker, api)] == [0, 0, 0]


def test_record_writes_masked_deliveries(tmp_path: Path) -> None:
    """`unwonted record` keeps what is sent to it, without what opens anything, and ends with a count."""
    path = tmp_path / "recording.ndjson"
    with running(tmp_path / "log", "record", str(path), "--port", "0") as recorder:
        body = json.dumps({"ref": "refs/heads/main", "token": "s3cret-s3cret"}).encode()
        headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "1", "Authorization-Token": "s3cret-s3cret"}
        assert recorder.request("/hooks/github", body, headers).status == 202
        assert recorder.stop() == 0
        assert re.search(r"1 deliver\w+ (is|are) in", recorder.log)
    line = json.loads(path.read_text(encoding="utf-8"))
    assert (line["source"], line["body"]["ref"]) == ("github.webhook", "refs/heads/main")
    assert "s3cret" not in path.read_text(encoding="utf-8")
