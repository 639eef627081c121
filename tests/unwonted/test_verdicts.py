"""What a verdict teaches a running service: after benign the same again is no incident, after true_positive it is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.unwonted.calm import REPOSITORIES, calm_history, make_push
from tests.unwonted.running import Running, running
from tests.unwonted.test_serve import ENVIRONMENT, WORKFLOW, is_caught_up, send
from unwonted.cli import app

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Yield a service that has learned six calm weeks."""
    folder = tmp_path_factory.mktemp("service")
    history = folder / "history.ndjson"
    history.write_text("".join(json.dumps(delivery) + "\n" for delivery in calm_history(42, datetime.now(UTC))))
    with running(folder / "log", "serve", "--port", "0", "--data", str(folder / "data"), env=ENVIRONMENT) as service:
        assert CliRunner().invoke(app, ["replay", str(history), "--url", service.url]).exit_code == 0
        service.eventually(lambda: is_caught_up(service))
        yield service


def push(service: Running, actor: str, repository: int) -> list[dict[str, Any]]:
    """Push a new workflow; return the actor's incidents once it has had its effects."""
    payload = make_push(actor, REPOSITORIES[repository], datetime.now(UTC), added=[WORKFLOW])
    assert send(service, payload, str(uuid.uuid4()))[0] == 202
    service.eventually(lambda: is_caught_up(service))
    found: list[dict[str, Any]] = service.get(f"/api/v1/incidents?actor=user:{actor}")["items"]
    return found


def judge(service: Running, incident: str, verdict: str) -> None:
    """Give a verdict, and wait until the worker knows it."""
    path = f"/api/v1/incidents/{incident}"
    headers = {"Content-Type": "application/json", "If-Match": service.request(path).headers["ETag"]}
    assert service.request(f"{path}/verdict", json.dumps({"verdict": verdict}).encode(), headers).status == 200
    service.eventually(lambda: "unwonted_outbox 0.0\n" in service.get("/metrics") and is_caught_up(service))


@pytest.mark.parametrize(("verdict", "told"), [("benign", 1), ("true_positive", 2), ("false_positive", 1)])
def test_same_change_after_a_verdict(service: Running, verdict: str, told: int) -> None:
    """The same actor pushes the same kind of change again after somebody judged the first."""
    actor, repository = f"stranger-{verdict.replace('_', '-')}", len(verdict) % len(REPOSITORIES)
    (first,) = push(service, actor, repository)
    judge(service, first["id"], verdict)
    assert len(push(service, actor, repository)) == told
