"""The routes of the receiver, an entrance each."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from collector.delivery import Delivery
from collector.receiver import cloud, hec
from collector.receiver.appender import Appending
from collector.receiver.door import Authorise
from collector.receiver.entrance import Arrived, Entrance
from collector.receiver.journal import Journal
from collector.receiver.metrics import ReceiverMetrics
from collector.receiver.problem import Refused
from collector.receiver.reading import Reader, Reading, headers_of
from collector.receiver.receiver import Receiver, Record, Surroundings
from collector.receiver.settings import ReceiverSettings

RECORDING = "recording"
_ENCODE = msgspec.json.Encoder().encode
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
SOURCES_OF = {
    **{name: f"{name}.webhook" for name in ("github", "gitlab", "bitbucket", "circleci", "gitea")},
    **dict.fromkeys(("forgejo", "gogs"), "gitea.webhook"),
}
"""What the source of a sender is called where it is not called as the sender is."""
_PINGS = {
    "github": ("x-github-event", "ping"),
    "bitbucket": ("x-event-key", "diagnostics:ping"),
    "buildkite": ("x-buildkite-event", "ping"),
}
"""What a sender asks whether somebody is there with: the header and its value. It is no event."""
_ALIASES = {"azure-devops": "azure_devops"}


def router(  # noqa: PLR0913  # one argument for each it asks and tells
    settings: ReceiverSettings,
    log: Appending,
    *,
    clock: Callable[[], float] = time.time,
    authorise: Authorise | None = None,
    record: Record | None = None,
    metrics: ReceiverMetrics | None = None,
    journal: Journal | None = None,
) -> APIRouter:
    """Return the routes that take deliveries into the log; the journal is told what became of each request."""
    around = Surroundings(clock, authorise, record, metrics or ReceiverMetrics(), journal)
    receiver = Receiver(settings, log, around)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(receiver.appender.close)

    routes = APIRouter(lifespan=lifespan)
    # plain routes: nothing of a body is for FastAPI to validate, and every microsecond here is paid a delivery
    for path, entrance in _POSTED.items():
        routes.add_route(path, partial(receiver.answer, entrance), methods=["POST"])
    routes.add_route("/hooks/jenkins/{token}", partial(receiver.answer, CALLS), methods=["GET"])
    for path in ("/v1/events", *(f"/hooks/{sender}" for sender in sorted(cloud.SENDERS))):
        for ending in ("", "/{token}"):
            routes.add_route(f"{path}{ending}", cloud.handshake, methods=["OPTIONS"])
    _add_hec(routes, receiver)
    return routes


def _add_hec(routes: APIRouter, receiver: Receiver) -> None:
    async def health(_: Request) -> Response:
        return hec.reply(17) if receiver.is_well else hec.reply(18, 503)

    for path in ("/services/collector", "/services/collector/event", "/services/collector/raw"):
        entrance = hec.LINES if path.endswith("raw") else hec.EVENTS
        for version in ("", "/1.0"):
            routes.add_route(f"{path}{version}", partial(receiver.answer, entrance), methods=["POST"])
            routes.add_route(f"{path}{version}", hec.welcome, methods=["OPTIONS"])
    for version in ("", "/1.0"):
        routes.add_route(f"/services/collector/health{version}", health, methods=["GET"])
    routes.add_route("/services/collector/ack", hec.acknowledge, methods=["POST"])


def sender_of(request: Request) -> str:
    """Return the sender on the URL by its shorter name."""
    name: str = request.path_params["sender"]
    if not _NAME.fullmatch(name):
        raise Refused(404, "unknown", "No such hook", "A source's name is lower-case letters, digits and `_.-`.")
    short = name.removesuffix(".webhook")
    return short if short in SOURCES_OF else _ALIASES.get(name, name)


def _read(reader: Reader, arrived: Arrived) -> Reading:
    sender, headers = arrived.sender, arrived.headers
    if sender == RECORDING:
        return reader.recording(arrived.body)
    if sender in cloud.SENDERS:
        return cloud.read(reader, arrived)
    header, ping = _PINGS.get(sender, ("", ""))
    if header and headers.get(header) == ping:
        return Reading()
    return reader.body(SOURCES_OF.get(sender, sender), headers_of(headers), arrived.body)


def _accepted(reading: Reading, sender: str) -> Response:
    answer: dict[str, object] = {"events": reading.ids}
    if reading.unreadable or sender == RECORDING:
        answer["unreadable"] = reading.unreadable
    if reading.reason:
        answer["reason"] = reading.reason
    return Response(_ENCODE(answer), 202, media_type="application/json")


HOOKS = Entrance(sender_of, _read, _accepted)
"""Webhooks: what is sent is what the sender's name says."""


def _read_query(reader: Reader, arrived: Arrived) -> Reading:
    reading = Reading()
    body = {name: value for name, value in arrived.query.items() if name != "organisation"}
    reader.delivery(reading, Delivery(source=arrived.sender, received_at=reader.received_at, body=body))
    return reading


CALLS = Entrance(lambda _: "jenkins", _read_query, _accepted)
"""Addresses that are called, as the Extreme Notification plugin does: all that is told stands in the query."""
CLOUD_EVENTS = Entrance(lambda _: cloud.ANY, cloud.read, _accepted)
"""CloudEvents of anybody."""
_POSTED = {
    "/hooks/{sender}": HOOKS,
    "/hooks/{sender}/{token}": HOOKS,
    "/v1/events": CLOUD_EVENTS,
    "/v1/events/{token}": CLOUD_EVENTS,
}
