"""Whoever watches the service is told whether it lives, works, and how much it does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from service.api.health import exposition
from service.api.wiring import Metric, Wiring
from service.store.database import Database
from service.store.tokens import Scope
from tests.service.api.conftest import HERE, Bearer, app_of
from tests.service.feed.seeding import seed


def test_process_lives(client: TestClient, bearer: Bearer) -> None:
    """A probe has no token, and asks by any name."""
    bearer(Scope.READ)
    assert client.get("/livez", headers={"Host": "10.1.2.3:8600"}).json() == {"status": "ok"}


def test_ready_when_every_part_works(client: TestClient, problems: dict[str, str]) -> None:
    """One part that does not work makes the service unready, and is named."""
    assert client.get("/readyz").json() == {"status": "ok", "checks": {"worker": "ok"}}
    problems["worker"] = "the worker is 12 minutes behind"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]) == (503, {"worker": "the worker is 12 minutes behind"})


def test_degraded_without_a_part_that_answers_nobody(wiring: Wiring, problems: dict[str, str]) -> None:
    """A part that whoever asks can do without is told of, and makes nothing unready."""
    problems["worker"] = "the worker failed"
    with TestClient(app_of(replace(wiring, vital=frozenset({"store"}))), base_url=HERE) as client:
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["checks"] == {"worker": "the worker failed"}


def test_metrics(client: TestClient, database: Database) -> None:
    """Incidents are counted, beside what the parts measure."""
    seed(database, 2)
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'unwonted_incidents{organisation="default",status="new"} 2.0\n' in answer.text
    assert 'unwonted_lag{partition="0"} 3.0\n' in answer.text


def test_metrics_need_a_reader(client: TestClient, bearer: Bearer) -> None:
    """What the metrics name is nobody else's business."""
    shown = bearer(Scope.READ)
    assert (client.get("/metrics").status_code, client.get("/metrics", headers=shown).status_code) == (401, 200)


@pytest.mark.parametrize("name", ['quo"te', "back\\slash", "new\nline"])
def test_labels_cannot_break_a_line(name: str) -> None:
    """Whatever a name holds, a sample is one line."""
    told = exposition([Metric("up", "gauge", name, [({"part": name}, 1.0)])])
    assert len(told.splitlines()) == 3
    assert told.endswith('"} 1.0\n')


def test_histogram_is_one_metric_of_many_series() -> None:
    """Its buckets, sum and count stand under one name and type."""
    told = exposition(
        [Metric("wait", "histogram", "How long.", [({"le": "+Inf"}, 2.0), ({}, 3.5)], ["_bucket", "_sum"])]
    )
    assert told.splitlines()[2:] == ['wait_bucket{le="+Inf"} 2.0', "wait_sum 3.5"]
