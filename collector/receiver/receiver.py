"""The receiver: prove, unpack, read, store, and only then answer, whichever way a delivery came in by."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeVar, TypeVarTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from collector.delivery import Delivery
from collector.errors import StreamError, UnstorableError
from collector.receiver.appender import Appender, Appending
from collector.receiver.arriving import HELD, LOG, ArrivingLog, prepare
from collector.receiver.door import Authorise, Pass, enter
from collector.receiver.entrance import Arrived, Entrance
from collector.receiver.intake import Intake
from collector.receiver.journal import DeliveryNote, Journal, refusal_note, tell
from collector.receiver.metrics import ReceiverMetrics
from collector.receiver.problem import Refused, busy
from collector.receiver.proof import Signed
from collector.receiver.reading import Reader, Reading, headers_of
from collector.receiver.settings import ReceiverSettings
from collector.sources import Context

Record = Callable[[Delivery], None]
"""Called with each delivery that was stored, before its request is answered."""

_Arguments = TypeVarTuple("_Arguments")
_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)
_MAX_SENDERS = 1_000
"""Senders whose last delivery is remembered: any name may be sent under."""
_UNWELL_S = 15.0
"""How long a failure of the stream is told to those who ask how the receiver is."""
_LARGE = 256 * 1024
"""Bytes from which checking and reading a body is left to a thread, so that others need not wait."""


@dataclass(slots=True)
class _Case:
    """What is known of a request so far."""

    received_at: float
    sender: str = ""
    organisation: str = ""
    body: bytes = b""
    """As it was sent; of a log its beginning, unpacked."""
    size: int = 0


class Surroundings(NamedTuple):
    """Whom the receiver asks and tells."""

    clock: Callable[[], float]
    authorise: Authorise | None
    record: Record | None
    metrics: ReceiverMetrics
    journal: Journal | None


class Receiver:
    """Answers requests; what they share lives on one event loop."""

    def __init__(self, settings: ReceiverSettings, log: Appending, around: Surroundings) -> None:
        self.appender = Appender(log, max_waiting=settings.max_waiting)
        self._settings = settings
        self._around = around
        self._intake = Intake(settings)
        self._is_failing = False
        self._failed_at = 0.0
        self._is_prepared = False
        """Whether logs can be read at once."""

    @property
    def is_well(self) -> bool:
        """Tell whether what comes now would be stored, as far as is known.

        A failure counts for a while only: who is told no sends nothing, by which the stream could show that it is well.
        """
        has_failed = self._is_failing and self._around.clock() - self._failed_at < _UNWELL_S
        return not has_failed and self.appender.waiting < self._settings.max_waiting

    async def answer(self, entrance: Entrance, request: Request) -> Response:
        """Return that it is durable, or what was wrong, in the manner of the entrance."""
        self._around.metrics.received += 1
        case = _Case(self._around.clock())
        try:
            return await self._accept(entrance, request, case)
        except Refused as error:
            refused = error
        except StreamError as error:
            if not self._is_failing:  # told once, however many deliveries it meets
                _LOG.error("append_failed: %s", error)
            self._is_failing, self._failed_at = True, case.received_at
            refused = busy("stream", "The stream cannot store it now; the service's own log says why.", 5)
        self._around.metrics.refused[refused.reason] += 1
        if self._around.journal:
            tell(self._around.journal, _refusal(refused, case, request))
        return entrance.refused(refused)

    async def _accept(self, entrance: Entrance, request: Request, case: _Case) -> Response:
        sender = case.sender = entrance.sender_of(request)
        headers = _headers(request)
        case.organisation = self._settings.organisation if self._settings.secrets_of(sender) else ""
        may = await enter(request, headers, sender, self._settings, self._around.authorise)
        case.organisation = may.organisation
        reader = Reader(Context(may.organisation, self._settings.networks), case.received_at, bool(self._around.record))
        if sender == LOG and not self._around.record:
            reading = await self._take_log(request, may, reader, headers, case)
        else:
            reading = await self._take(entrance, request, may, reader, headers, case)
        self._count(reading, case)
        if self._around.journal:
            tell(self._around.journal, _note(case, reading, headers))
        return entrance.accepted(reading, sender)

    async def _take(
        self,
        entrance: Entrance,
        request: Request,
        may: Pass,
        reader: Reader,
        headers: Mapping[str, str],
        case: _Case,
    ) -> Reading:
        """Return what a body came to, once it is stored."""
        held: list[bytes] = []
        try:
            case.body = await self._intake.read(request.receive, headers.get("content-length", ""), held)
            case.size = len(case.body)
            if may.proof:  # nothing is unpacked before it is proven
                await _apart(len(case.body), may.check, Signed(headers, case.body, case.received_at), case.sender)
            body = await self._intake.unpack(headers.get("content-encoding", ""), held)
            arrived = Arrived(case.sender, headers, body, request.query_params if request.scope["query_string"] else {})
            reading = await _apart(len(body), entrance.read, reader, arrived)
            await self._store(reading, reader, case.sender, body)
            return reading
        finally:
            self._intake.release(held)

    async def _take_log(
        self, request: Request, may: Pass, reader: Reader, headers: Mapping[str, str], case: _Case
    ) -> Reading:
        """Return what a log came to, read while it arrived, once it is stored."""
        if not self._is_prepared:  # which may take as long as compiling does
            await run_in_threadpool(prepare)
            self._is_prepared = True
        log, held = ArrivingLog(reader, headers, may, self._settings), 0
        try:
            async for part in self._intake.parts(
                request.receive, headers.get("content-length", ""), self._settings.max_log
            ):
                if case.size and not held:
                    self._intake.hold(HELD)
                    held = HELD
                case.size += len(part)
                await _apart(case.size, log.feed, part)
            reading = await _apart(case.size, log.finish)
            case.body = log.head
            await self._store(reading, reader, LOG, log.head)
            return reading
        finally:
            self._intake.let_go(held)

    async def _store(self, reading: Reading, reader: Reader, sender: str, body: bytes) -> None:
        try:
            await self.appender.append(reading.entries)
        except UnstorableError as error:
            if len(reading.entries) > 1:
                await self._store_each(reading, reader)
            else:
                reading.refuse(reader.parked(sender, body, str(error)))
                await self.appender.append(reading.entries)
        self._is_failing = False
        for delivery in reading.deliveries:
            self._keep(delivery)

    async def _store_each(self, reading: Reading, reader: Reader) -> None:
        """Store entry by entry, so that one that no stream can carry costs none of the others."""
        for place, entry in enumerate(reading.entries):
            try:
                await self.appender.append([entry])
            except UnstorableError as error:
                letter = reader.unstorable(entry, str(error))
                reading.exchange(place, letter)
                await self.appender.append([letter])

    def _keep(self, delivery: Delivery) -> None:
        try:
            if self._around.record:
                self._around.record(delivery)
        except OSError as error:  # a recording is beside the point: the delivery is stored
            self._around.metrics.unrecorded += 1
            if self._around.metrics.unrecorded == 1:
                _LOG.error("recording_failed: %s. The recording lacks deliveries from here on", error)

    def _count(self, reading: Reading, case: _Case) -> None:
        metrics = self._around.metrics
        metrics.accepted += 1
        metrics.events += len(reading.ids)
        metrics.unreadable += reading.unreadable
        metrics.bytes += case.size
        if case.sender in metrics.accepted_at or len(metrics.accepted_at) < _MAX_SENDERS:
            metrics.accepted_at[case.sender] = case.received_at


def _headers(request: Request) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in request.scope["headers"]}


async def _apart(size: int, work: Callable[[*_Arguments], _T], *given: *_Arguments) -> _T:
    """Return what work comes to, done in a thread where the body is large."""
    return await run_in_threadpool(work, *given) if size > _LARGE else work(*given)


def _refusal(refused: Refused, case: _Case, request: Request) -> DeliveryNote:
    return refusal_note(
        refused,
        sender=case.sender,
        organisation=case.organisation,
        received_at=case.received_at,
        body=case.body,
        headers=headers_of(_headers(request)),
    )


def _note(case: _Case, reading: Reading, headers: Mapping[str, str]) -> DeliveryNote:
    return DeliveryNote(
        sender=case.sender,
        organisation=case.organisation,
        received_at=case.received_at,
        status=202,
        reason="unreadable" if reading.unreadable else "",
        detail=reading.reason,
        ids=tuple(reading.ids),
        letters=tuple(reading.letters),
        size=case.size,
        headers=headers_of(headers),
        body=case.body,
    )
