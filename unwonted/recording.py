"""Writing a recording: deliveries, masked, one JSON object a line."""

from __future__ import annotations

import gzip
import threading
from pathlib import Path
from typing import IO, Self, cast

import msgspec

from collector.delivery import Delivery
from collector.masking import mask_headers, mask_text, mask_value
from service.words import rfc3339
from unwonted.errors import UsageError


class RecordingWriter:
    """Appends deliveries to a new file; threads may share one.

    What looks like a credential is masked and headers that open something are left out, before anything is written.
    """

    def __init__(self, path: Path) -> None:
        """Make the file, `.gz` for a packed one; an existing one is never written over."""
        self.deliveries = 0
        self._turn = threading.Lock()
        try:
            file = path.open("xb")
        except FileExistsError:
            raise UsageError(f"{path} exists already; name a new file for the recording") from None
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}; name another file") from None
        path.chmod(0o600)
        self._raw = file
        self._file = cast("IO[bytes]", gzip.GzipFile(fileobj=file, mode="wb")) if path.suffix == ".gz" else file

    def write(self, delivery: Delivery) -> None:
        """Append one delivery; it is in the file, though perhaps not yet on the disk, when this returns."""
        line = to_line(delivery)
        with self._turn:
            self._file.write(line)
            self._file.flush()
            self.deliveries += 1

    def close(self) -> None:
        """End the file."""
        with self._turn:
            self._file.close()
            self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def to_line(delivery: Delivery) -> bytes:
    """Return a delivery as a line of a recording, masked."""
    told = {
        "source": delivery.source,
        "received_at": rfc3339(delivery.received_at),
        "headers": {name: mask_text(value) for name, value in mask_headers(delivery.headers).items()},
        "body": mask_value(delivery.body),
    }
    return msgspec.json.encode(told) + b"\n"
