"""The routes under /hooks: prove, read, store, and only then answer."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from collector.delivery import Delivery
from collector.errors import StreamError, UnstorableError
from collector.receiver.appender import Appender, Appending
from collector.receiver.door import Authorise, Pass, enter
from collector.receiver.intake import Intake
from collector.receiver.metrics import ReceiverMetrics
from collector.receiver.problem import Refused, busy
from collector.receiver.proof import Signed
from collector.receiver.reading import Reader, Reading, headers_of
from collector.receiver.settings import ReceiverSettings
from collector.sources import Context

Record = Callable[[Delivery], None]
"""Called with each delivery that was stored, before its request is answered."""

RECORDING = "recording"
_LOG = logging.getLogger(__name__)
_ENCODE = msgspec.json.Encoder().encode
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_HOOKS = frozenset({"github", "gitlab", "bitbucket", "circleci"})
"""Senders whose source is called NAME.webhook."""
_MAX_SENDERS = 1_000
"""Senders whose last delivery is remembered: any name may be sent under."""
_LARGE = 256 * 1024
"""Bytes from which checking and reading a body is left to a thread, so that others need not wait."""


def router(
    settings: ReceiverSettings,
    log: Appending,
    *,
    clock: Callable[[], float] = time.time,
    authorise: Authorise | None = None,
    record: Record | None = None,
    metrics: ReceiverMetrics | None = None,
) -> APIRouter:
    """Return the routes that take deliveries into the log."""
    receiver = _Receiver(settings, log, clock, authorise, record, metrics or ReceiverMetrics())

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        yield
        await run_in_threadpool(receiver.appender.close)

    routes = APIRouter(lifespan=lifespan)
    # a plain route: nothing of a body is for FastAPI to validate, and every microsecond here is paid a delivery
    routes.add_route("/hooks/{sender}", receiver.answer, methods=["POST"])
    return routes


class _Receiver:
    """Answers requests; what they share lives on one event loop."""

    def __init__(
        self,
        settings: ReceiverSettings,
        log: Appending,
        clock: Callable[[], float],
        authorise: Authorise | None,
        record: Record | None,
        metrics: ReceiverMetrics,
    ) -> None:
        self.appender = Appender(log, max_waiting=settings.max_waiting)
        self._settings = settings
        self._clock = clock
        self._authorise = authorise
        self._record = record
        self._metrics = metrics
        self._intake = Intake(settings)
        self._is_failing = False

    async def answer(self, request: Request) -> Response:
        """Return 202 with the ids of the events once they are durable, or what was wrong."""
        self._metrics.received += 1
        try:
            return await self._accept(request)
        except Refused as refused:
            self._metrics.refused[refused.reason] += 1
            return refused.response()
        except StreamError as error:
            self._metrics.refused["stream"] += 1
            if not self._is_failing:  # told once, however many deliveries it meets
                _LOG.error("append_failed: %s", error)
            self._is_failing = True
            return busy("stream", "The stream cannot store it now; the service's own log says why.", 5).response()

    async def _accept(self, request: Request) -> Response:
        sender = _sender_of(request.path_params["sender"])
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]}
        may = await enter(request, headers, sender, self._settings, self._authorise)
        if headers.get("content-encoding", "identity") != "identity":
            raise Refused(415, "packed", "Not unpacked here", "Send the body as it is, without Content-Encoding.")
        held: list[bytes] = []
        try:
            body = await self._intake.read(request.receive, headers.get("content-length", ""), held)
            reader = Reader(Context(may.organisation, self._settings.networks), self._clock(), bool(self._record))
            work = (may, reader, sender, headers, body)
            reading = await run_in_threadpool(_read, *work) if len(body) > _LARGE else _read(*work)
            await self._store(reading, reader, sender, body)
        finally:
            self._intake.release(held)
        self._count(reading, sender, reader.received_at, len(body))
        return Response(_ENCODE(_answer(reading, sender)), 202, media_type="application/json")

    async def _store(self, reading: Reading, reader: Reader, sender: str, body: bytes) -> None:
        try:
            await self.appender.append(reading.entries)
        except UnstorableError as error:
            reading.entries = [reader.parked(sender, body, str(error))]
            reading.ids, reading.unreadable, reading.reason = [], 1, str(error)
            await self.appender.append(reading.entries)
        self._is_failing = False
        for delivery in reading.deliveries:
            self._keep(delivery)

    def _keep(self, delivery: Delivery) -> None:
        try:
            if self._record:
                self._record(delivery)
        except OSError as error:  # a recording is beside the point: the delivery is stored
            self._metrics.unrecorded += 1
            if self._metrics.unrecorded == 1:
                _LOG.error("recording_failed: %s. The recording lacks deliveries from here on", error)

    def _count(self, reading: Reading, sender: str, now: float, size: int) -> None:
        metrics = self._metrics
        metrics.accepted += 1
        metrics.events += len(reading.ids)
        metrics.unreadable += reading.unreadable
        metrics.bytes += size
        if sender in metrics.accepted_at or len(metrics.accepted_at) < _MAX_SENDERS:
            metrics.accepted_at[sender] = now


def _sender_of(name: str) -> str:
    """Return the sender on the URL by its shorter name."""
    if not _NAME.fullmatch(name):
        raise Refused(404, "unknown", "No such hook", "A source's name is lower-case letters, digits and `_.-`.")
    short = name.removesuffix(".webhook")
    return short if short in _HOOKS else name


def _read(may: Pass, reader: Reader, sender: str, headers: Mapping[str, str], body: bytes) -> Reading:
    """Return what a body holds, once it is proven who sent it."""
    may.check(Signed(headers, body, reader.received_at), sender)
    if sender == RECORDING:
        return reader.recording(body)
    if sender == "github" and headers.get("x-github-event") == "ping":
        return Reading()  # GitHub asks whether somebody is there
    source = f"{sender}.webhook" if sender in _HOOKS else sender
    return reader.body(source, headers_of(headers), body)


def _answer(reading: Reading, sender: str) -> dict[str, object]:
    answer: dict[str, object] = {"events": reading.ids}
    if reading.unreadable or sender == RECORDING:
        answer["unreadable"] = reading.unreadable
    if reading.reason:
        answer["reason"] = reading.reason
    return answer
