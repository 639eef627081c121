"""A log that is read while it arrives: none is ever in memory as a whole, whichever way it is packed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from collector.delivery import Delivery
from collector.errors import DeliveryError, TooLongError
from collector.event import Event
from collector.receiver.door import Pass
from collector.receiver.problem import Refused
from collector.receiver.reading import Reader, Reading, headers_of
from collector.receiver.settings import ReceiverSettings

if TYPE_CHECKING:
    from collector.joblog.reader import LogReader

LOG = "joblog"
"""The sender whose bodies are read so."""
HELD = 8 << 20
"""Bytes that a log in reading counts for, once it is longer than one part."""
_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)
_GZIP = b"\x1f\x8b"
_PACKED = frozenset({"gzip", "x-gzip"})


class ArrivingLog:
    """One log; its parts are read in the order they come, in any thread but one at a time."""

    def __init__(self, reader: Reader, headers: Mapping[str, str], may: Pass, settings: ReceiverSettings) -> None:
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in {"", "identity", *_PACKED}:
            raise Refused(415, "packed", "Not unpacked here", "Send the log as it is, or packed with gzip.")
        self._reader = reader
        self._headers = headers
        self._may = may
        self._seal = may.seal(headers)
        self._is_packed = encoding in _PACKED
        self._log = _log_reader(settings.max_log)
        self._sealed = bytearray()
        self._error = ""

    @property
    def head(self) -> bytes:
        """Return its beginning, unpacked and unmasked."""
        return bytes(self._log.head)

    def feed(self, part: bytes) -> None:
        """Read one more part; raise Refused where that makes it too long.

        What is signed is not proven before its end: it is read as it is, but unpacked only then.
        """
        self._seal.add(part)
        if self._may.proof and (self._is_packed or self._sealed or part.startswith(_GZIP)):
            self._sealed += part
            if len(self._sealed) > HELD:
                raise _too_long(f"a log that is signed and packed may have {HELD >> 20} MiB: send it with a token")
        else:
            self._read(part)

    def finish(self) -> Reading:
        """Return what the log holds, once it is proven who sent it; raise Refused where it is not."""
        self._may.check_seal(self._seal, LOG)
        self._read(bytes(self._sealed))
        reading = Reading()
        event = self._try(self._event)
        if event:
            reading.add(event)
        elif self._is_packed:
            raise Refused(400, "damaged", "Damaged", f"{self._error.capitalize()}.")
        else:
            reading.refuse(self._reader.parked(LOG, self.head, self._error, headers_of(self._headers)))
        return reading

    def _read(self, part: bytes) -> None:
        if part and not self._error:
            self._try(lambda: self._log.feed(part))

    def _event(self) -> Event:
        from collector.sources.joblog import event_of  # noqa: PLC0415  # as below

        if self._error:
            raise DeliveryError(self._error)
        summary = self._log.finish()
        if self._is_packed and not self._log.is_packed:
            raise DeliveryError("the log is no gzip, although its header says so")
        delivery = Delivery(source=LOG, received_at=self._reader.received_at, headers=headers_of(self._headers))
        return event_of(summary, delivery, self._reader.context)

    def _try(self, work: Callable[[], _T]) -> _T | None:
        """Return what work comes to; note why where it comes to nothing, which is told once the sender is proven."""
        try:
            return work()
        except TooLongError as error:
            raise _too_long(str(error)) from None
        except DeliveryError as error:
            self._error = str(error)
        except Exception as error:  # noqa: BLE001 (a reader's own fault must not cost the delivery)
            _LOG.exception("source_failed", extra={"source": LOG})
            self._error = f"the source failed: {type(error).__name__}"
        return None


def _too_long(detail: str) -> Refused:
    return Refused(413, "long", "Too long", f"{detail[:1].upper()}{detail[1:]}.")


def prepare() -> None:
    """Load what reads logs, or compile it where nobody did before."""
    from collector.joblog.warm import warm  # noqa: PLC0415  # as below

    warm()


def _log_reader(most: int) -> LogReader:
    from collector.joblog.reader import LogReader  # noqa: PLC0415  # compiled code, which a receiver may never need

    return LogReader(most)
