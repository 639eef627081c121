"""CloudEvents come in structured, binary and in batches, and their senders may ask first."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.collector.receiver.conftest import Make
from tests.collector.sources.test_cdevents import enveloped, told

ENCODE = msgspec.json.encode
DEPLOYED = {"specversion": "1.0", "id": "17", "source": "/cd.example", "type": "example.deployed", "data": {"n": 1}}
BINARY = {"ce-specversion": "1.0", "ce-id": "17", "ce-source": "/cd.example", "ce-type": "example.deployed"}


@pytest.mark.parametrize("path", ["/v1/events", "/hooks/cloudevents"])
def test_each_form_is_one_event(make: Make, path: str) -> None:
    """Structured, binary and batch give the same event, whatever its content type."""
    stand = make()
    client = stand.client()
    for content, headers in (
        (ENCODE(DEPLOYED), {"Content-Type": "application/cloudevents+json; charset=utf-8"}),
        (ENCODE(DEPLOYED), {}),
        (b'{"n": 1}', {**BINARY, "Content-Type": "application/json"}),
        (ENCODE([DEPLOYED]), {"Content-Type": "application/cloudevents-batch+json"}),
    ):
        assert client.post(path, content=content, headers=headers).status_code == 202
    assert len({event.id for event in stand.events}) == 1
    assert [event.action for event in stand.events] == ["example.deployed"] * 4


@pytest.mark.parametrize("body", [b"Hello, World!", b"<a/>", b"", b"\xff", b"[1]", b"7"])
def test_binary_may_carry_anything(make: Make, body: bytes) -> None:
    """In binary form the body is data: text, XML, nothing at all."""
    stand = make()
    answer = stand.client().post("/v1/events", content=body, headers={**BINARY, "Content-Type": "text/plain"})
    assert (answer.status_code, [event.action for event in stand.events]) == (202, ["example.deployed"])


def test_broken_event_of_a_batch_costs_only_itself(make: Make) -> None:
    """Each event of a batch is read for itself, by the reader that knows it."""
    stand = make()
    batch: list[Any] = [DEPLOYED, {**DEPLOYED, "id": ""}, 7, enveloped(told("build.started"))]
    answer = stand.client().post(
        "/v1/events", content=ENCODE(batch), headers={"Content-Type": "application/cloudevents-batch+json"}
    )
    assert (answer.status_code, answer.json()["unreadable"]) == (202, 2)
    assert [(event.source, event.action) for event in stand.events] == [
        ("cloudevents", "example.deployed"),
        ("cdevents", "build.started"),
    ]


def test_long_batch_is_refused(make: Make) -> None:
    """A batch of more events than are taken at once is 413."""
    stand = make()
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    assert stand.client().post("/v1/events", content=ENCODE([1] * 10_001), headers=headers).status_code == 413
    assert stand.entries == []


def test_plugin_of_jenkins_is_read_although_it_sends_no_json(make: Make) -> None:
    """Jenkins' CDEvents plugin sends what Java writes of the event as text: its CDEvent is inside, as bytes."""
    stand = make()
    data = ", ".join(
        map(
            str,
            ENCODE(told("pipelinerun.started", {"pipelineName": "pay"}, type="dev.cdevents.pipelinerun.started.0.1.0")),
        )
    )
    body = f"CloudEvent{{id='1', source=job/7/, type='x', data=BytesCloudEventData{{value=[{data}]}}, extensions={{}}}}"
    answer = stand.client().post("/hooks/cdevents", content=body.encode(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, stand.events[0].action) == (202, "pipelinerun.started")


@pytest.mark.parametrize("path", ["/v1/events", "/hooks/cdevents", "/hooks/cloudevents/a-token"])
def test_handshake(make: Make, path: str) -> None:
    """A sender that asks whether it may send is told yes."""
    asked = {"WebHook-Request-Origin": "eventgrid.example", "WebHook-Request-Rate": "100"}
    answer = make().client("203.0.113.9").options(path, headers=asked)
    told = {name: answer.headers.get(name) for name in ("WebHook-Allowed-Origin", "WebHook-Allowed-Rate")}
    assert (answer.status_code, told) == (
        200,
        {"WebHook-Allowed-Origin": "eventgrid.example", "WebHook-Allowed-Rate": "*"},
    )
    assert (
        "WebHook-Allowed-Origin" not in make().client().options(path, headers={"WebHook-Request-Origin": "a b"}).headers
    )


def test_other_hooks_do_not_shake_hands(make: Make) -> None:
    """Only CloudEvents have a handshake."""
    assert make().client().options("/hooks/github").status_code == 405
