"""A log that is read while it arrives: none is ever in memory as a whole, whichever way it is packed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from collector.delivery import Delivery
from collector.errors import DeliveryError, TooLongError
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
        self._error = ""

    @property
    def head(self) -> bytes:
        """Return its beginning, unpacked and unmasked."""
        return bytes(self._log.head)

    def feed(self, part: bytes) -> None:
        """Read one more part; raise Refused where that makes it too long."""
        self._seal.add(part)
        if self._error:
            return
        try:
            self._log.feed(part)
        except TooLongError as error:
            raise Refused(413, "long", "Too long", str(error)) from None
        except DeliveryError as error:
            self._error = str(error)  # told once it is proven who sent it

    def finish(self) -> Reading:
        """Return what the log holds, once it is proven who sent it; raise Refused where it is not."""
        self._may.check_seal(self._seal, LOG)
        reading = Reading()
        try:
            if self._error:
                raise DeliveryError(self._error)  # noqa: TRY301  # read or not, it ends in the same place
            self._add_event(reading)
        except TooLongError as error:
            raise Refused(413, "long", "Too long", str(error)) from None
        except DeliveryError as error:
            if self._is_packed:
                raise Refused(400, "damaged", "Damaged", f"{str(error).capitalize()}.") from None
            reading.refuse(self._reader.parked(LOG, self.head, str(error), headers_of(self._headers)))
        return reading

    def _add_event(self, reading: Reading) -> None:
        from collector.sources.joblog import event_of  # noqa: PLC0415  # as below

        summary = self._log.finish()
        if self._is_packed and not self._log.is_packed:
            raise DeliveryError("the log is no gzip, although its header says so")
        delivery = Delivery(source=LOG, received_at=self._reader.received_at, headers=headers_of(self._headers))
        reading.add(event_of(summary, delivery, self._reader.context))


def prepare() -> None:
    """Load what reads logs, or compile it where nobody did before."""
    from collector.joblog.warm import warm  # noqa: PLC0415  # as below

    warm()


def _log_reader(most: int) -> LogReader:
    from collector.joblog.reader import LogReader  # noqa: PLC0415  # compiled code, which a receiver may never need

    return LogReader(most)
