"""The recorder: deliveries into a recording, masked, a line each."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Self

import msgspec

from collector.delivery import Delivery
from collector.masking import mask_headers, mask_value


class Recorder:
    """Appends deliveries to a file only its owner may read, packed where its name ends in `.gz`.

    Each line is in the file when `write` returns; what was there before stays.
    """

    def __init__(self, path: Path) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._raw = os.fdopen(descriptor, "ab")
        self._file: BufferedIOBase = (
            gzip.GzipFile(fileobj=self._raw, mode="ab", compresslevel=6) if path.suffix == ".gz" else self._raw
        )

    def write(self, delivery: Delivery) -> None:
        """Write one delivery: secrets in it masked, headers with credentials left out; raise OSError."""
        self._file.write(line_of(delivery))
        self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
        self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def line_of(delivery: Delivery) -> bytes:
    """Return the line of a recording that holds a delivery, masked."""
    line = {
        "source": delivery.source,
        "received_at": datetime.fromtimestamp(delivery.received_at, UTC).isoformat().replace("+00:00", "Z"),
        "headers": mask_headers(delivery.headers),
        "body": mask_value(delivery.body),
    }
    return msgspec.json.encode(line) + b"\n"
