"""A service as processes watches its sources: a silence is an incident, a refusal is kept and can be read again."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.store import sources
from service.store.database import Database
from service.store.sources import Hour, State
from service.watch.slots import PER_HOUR, bit_of, hour_of
from tests.services.kafka import Broker, breakable
from tests.services.postgres import Server, crashable, postgres
from tests.unwonted.calm import REPOSITORIES, make_push
from tests.unwonted.running import Answer, Running, running

__all__ = ["breakable", "crashable", "postgres"]

pytestmark = pytest.mark.service

SECRET = "a secret that GitHub knows"
ENVIRONMENT = {"UNWONTED_HOOKS_GITHUB_SECRET": SECRET}
HOOK = ("default", "github.webhook")
ALWAYS = (1 << PER_HOUR) - 1


def make_silent(database: Database, now: float) -> float:
    """Store that GitHub delivered every few minutes for four weeks, and nothing for the last nine hours."""
    last = (now - 9 * 3_600.0) // 3_600.0 * 3_600.0 - 1.0
    hours = range(hour_of(last) - 28 * 24, hour_of(last) + 1)
    with database.transaction() as connection:
        sources.add_hours(connection, {(HOOK, hour): Hour(slots=ALWAYS, events=60) for hour in hours})
        state = State(door="receiver", first_at=hours[0] * 3_600.0, last_at=last, accepted_at=last)
        sources.put_states(connection, {HOOK: state})
        sources.add_uptime(connection, {("receiver", hour): ALWAYS for hour in range(hours[0], hour_of(now))})
        this = sum(bit_of(hour_of(now) * 3_600.0 + minute * 60.0) for minute in range(0, int(now % 3_600 // 60), 5))
        sources.add_uptime(connection, {("receiver", hour_of(now)): this})
    return last


def push(service: Running, delivery: str, secret: str) -> Answer:
    """Send a push signed with a secret."""
    payload = make_push("mona", REPOSITORIES[0], datetime.now(UTC))
    body = json.dumps(payload).encode()
    proof = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    told = {"X-GitHub-Event": "push", "X-GitHub-Delivery": delivery, "X-Hub-Signature-256": proof}
    return service.request("/hooks/github", body, {"Content-Type": "application/json", **told})


def silence(api: Running) -> dict[str, Any] | None:
    """Return the incident of a silence, if it is there."""
    for one in api.get("/api/v1/incidents")["items"]:
        detail: dict[str, Any] = api.get(f"/api/v1/incidents/{one['id']}")
        if any(event["action"] == "source.silent" for event in detail["events"]):
            return detail
    return None


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Yield a service whose GitHub has been silent for nine hours."""
    folder = tmp_path_factory.mktemp("service")
    data = folder / "data"
    data.mkdir()
    with closing(Database.embedded(data / "store.sqlite")) as database:
        make_silent(database, time.time())
    with running(folder / "log", "serve", "--port", "0", "--data", str(data), env=ENVIRONMENT) as service:
        yield service


def test_a_silence_is_an_incident(service: Running) -> None:
    """With what is usual, and where it can be seen: on the page of the sources, and in what Prometheus reads."""
    found = service.eventually(lambda: silence(service))
    assert found["entities"] == ["source:github.webhook"]
    text = found["reasons"][0]["text"]
    assert text.startswith("github.webhook has been silent for ")
    assert "usual at this hour: something every 5 minutes" in text
    (told,) = [one for one in service.get("/api/v1/sources")["items"] if one["name"] == "github.webhook"]
    assert told["state"] == "silent"
    assert text.split(",")[0] in service.get("/sources").replace("&#39;", "'")
    labels = 'organisation="default",source="github.webhook",rule="silent"'
    assert f"unwonted_source_wrong{{{labels}}} 1.0" in service.get("/metrics")


def test_a_refusal_is_kept_and_can_be_read_again(service: Running) -> None:
    """Under its own id: the same delivery, signed rightly a moment later, is the same event."""
    assert push(service, "redelivered", "another secret").status == 401

    def refused() -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = service.get("/api/v1/deliveries?outcome=refused")["items"]
        return items

    (kept,) = service.eventually(refused)
    assert (kept["reason"], kept["can_be_replayed"]) == ("signature", True)
    replayed = service.request(f"/api/v1/deliveries/{kept['id']}/replay", b"", method="POST")
    assert (replayed.status, replayed.body["entries"]) == (202, 1)
    service.eventually(lambda: events(service, "github.webhook"))
    assert push(service, "redelivered", SECRET).status == 202
    service.eventually(lambda: service.get("/api/v1/deliveries?outcome=accepted")["items"])
    assert len(events(service, "github.webhook")) == 1
    again = service.request(f"/api/v1/deliveries/{kept['id']}/replay", b"", method="POST")
    assert (again.body["entries"], again.body["known"]) == (0, 1)


def events(service: Running, source: str) -> list[dict[str, Any]]:
    """Return the events of a source that were scored."""
    items: list[dict[str, Any]] = service.get(f"/api/v1/events?source={source}")["items"]
    return items


def test_what_delivers_counts_for_coverage(service: Running) -> None:
    """Webhooks that came a moment ago are a live feed."""
    assert push(service, "another", SECRET).status == 202
    service.eventually(
        lambda: [one for one in service.get("/api/v1/coverage")["feeds"] if one["id"] == "webhooks" and one["is_live"]]
    )
    assert "10 of 55 known incidents" in service.get("/coverage")


@pytest.mark.kafka
@pytest.mark.postgres
def test_a_silence_crosses_kafka_and_postgresql(tmp_path: Path, breakable: Broker, postgres: Server) -> None:
    """The receiver counts, the scheduler judges, a worker finds, the API tells: four processes."""
    url = postgres.new_database()
    with closing(Database.embedded(url)) as database:
        make_silent(database, time.time())
    address = url.render_as_string(hide_password=False)
    told = ("--data", str(tmp_path / "data"), "--stream", f"kafka://{breakable.servers}/", "--database", address)
    with ExitStack() as stack:
        started = {
            role: stack.enter_context(
                running(tmp_path / role, "serve", "--role", role, "--port", "0", *told, env=ENVIRONMENT)
            )
            for role in ("receiver", "worker", "scheduler", "api")
        }
        api = started["api"]
        found = api.eventually(lambda: silence(api))
        assert found["entities"] == ["source:github.webhook"]
        assert push(started["receiver"], "d-1", "another secret").status == 401
        (kept,) = api.eventually(lambda: api.get("/api/v1/deliveries")["items"])
        assert api.request(f"/api/v1/deliveries/{kept['id']}/replay", b"", method="POST").body["entries"] == 1
        api.eventually(lambda: events(api, "github.webhook"))
