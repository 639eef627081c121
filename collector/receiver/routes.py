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
_HOOKS = frozenset({"github", "gitlab", "bitbucket", "circleci"})
"""Senders whose source is called NAME.webhook."""


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
    routes.add_route("/hooks/{sender}", partial(receiver.answer, HOOKS), methods=["POST"])
    return routes


def sender_of(request: Request) -> str:
    """Return the sender on the URL by its shorter name."""
    name: str = request.path_params["sender"]
    if not _NAME.fullmatch(name):
        raise Refused(404, "unknown", "No such hook", "A source's name is lower-case letters, digits and `_.-`.")
    short = name.removesuffix(".webhook")
    return short if short in _HOOKS else name


def _read(reader: Reader, arrived: Arrived) -> Reading:
    sender, headers = arrived.sender, arrived.headers
    if sender == RECORDING:
        return reader.recording(arrived.body)
    if sender == "github" and headers.get("x-github-event") == "ping":
        return Reading()  # GitHub asks whether somebody is there
    source = f"{sender}.webhook" if sender in _HOOKS else sender
    return reader.body(source, headers_of(headers), arrived.body)


def _accepted(reading: Reading, sender: str) -> Response:
    answer: dict[str, object] = {"events": reading.ids}
    if reading.unreadable or sender == RECORDING:
        answer["unreadable"] = reading.unreadable
    if reading.reason:
        answer["reason"] = reading.reason
    return Response(_ENCODE(answer), 202, media_type="application/json")


HOOKS = Entrance(sender_of, _read, _accepted)
"""Webhooks: what is sent is what the sender's name says."""
