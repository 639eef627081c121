"""Training in a running service: asked for over HTTP, made, promoted at a position, and rolled back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.models.versions import make_manifest, small_ensembles
from tests.training.stored import opened, ordinary, put
from tests.unwonted.running import Running, running
from unwonted.serving.parts import versions_of
from unwonted.settings import Settings

pytestmark = pytest.mark.service

REFUSED = "2026-01-01T0900-00ff"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Yield a service whose store holds enough to train on, and one version that failed its gate."""
    data = tmp_path_factory.mktemp("service")
    with opened(data) as database:
        put(database, ordinary(700))
    versions_of(Settings(data=data)).write(make_manifest(REFUSED, passed=False), small_ensembles())
    with running(data / "log", "serve", "--port", "0", "--data", str(data)) as service:
        yield service


@pytest.fixture(scope="module")
def trained(service: Running) -> str:
    """Return the version that was made because it was asked for."""
    asked = service.request("/api/v1/training-runs", b"")
    assert asked.status == 202, asked
    run = service.eventually(lambda: ended(service, asked.body["id"]))
    assert run["state"] == "done", run
    return str(run["version"])


def ended(service: Running, identity: str) -> dict[str, Any] | None:
    """Return a training run once it is over."""
    runs = service.get("/api/v1/training-runs")["items"]
    return next((run for run in runs if run["id"] == identity and run["state"] in {"done", "failed"}), None)


def serving(service: Running) -> str:
    """Return the version that serves; empty for the own fits."""
    return next((one["version"] for one in service.get("/api/v1/models")["items"] if one["is_serving"]), "")


def test_version_is_made_and_does_not_serve_yet(service: Running, trained: str) -> None:
    """What was asked for is listed; what serves is still what served before."""
    assert trained in {one["version"] for one in service.get("/api/v1/models")["items"]}


def test_promotion_and_rollback_go_round(service: Running, trained: str) -> None:
    """A promoted version serves as soon as the worker has come to it, and a rollback ends that."""
    body = json.dumps({"version": trained}).encode()
    assert service.request("/api/v1/models/promote", body, JSON).status == 202
    assert service.eventually(lambda: serving(service) or None) == trained
    assert service.request("/api/v1/models/rollback", b"").status == 202
    service.eventually(lambda: serving(service) != trained)


def test_failed_gate_is_a_conflict(service: Running) -> None:
    """A version that failed its gate is refused over HTTP too, with the reasons."""
    answer = service.request("/api/v1/models/promote", json.dumps({"version": REFUSED}).encode(), JSON)
    assert answer.status == 409
    assert "failed its gate" in answer.body["detail"]
