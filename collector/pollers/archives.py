"""The archive of a run's logs: one request for all jobs of a run, which a log is then taken from at a time."""

from __future__ import annotations

import re
import tempfile
import weakref
from collections.abc import Callable, Iterator
from typing import IO, TypeVar

from collector.errors import AnsweredError, CollectorError, DeliveryError
from collector.joblog import logs_in_zip
from collector.pollers.client import Client

MAX_PACKED = 256 << 20
"""Largest archive that is fetched, in bytes; it lies in a temporary file until the next one is asked for."""
_OTHER = re.compile(r"[^a-z0-9]+")

_T = TypeVar("_T")


class Archives:
    """Keeps the archive of one run at a time."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._path = ""
        self._file: IO[bytes] | None = None
        self._close: Callable[[], object] | None = None

    def log(self, path: str, job: str, read: Callable[[Iterator[bytes]], _T]) -> _T | None:
        """Return what is read from the log of a job; None where the archive cannot tell which that is.

        Raise as `Client.download` does: an archive that breaks off is none.
        """
        if path != self._path:
            self._fetch(path)
        if self._file is None:
            return None
        self._file.seek(0)
        try:
            return self._read(self._file, job, read)
        except (DeliveryError, _DamagedError):  # each job's log can be asked for by itself
            self.close()
            return None

    def close(self) -> None:
        """Let go of the archive; it is not asked for again until another was."""
        if self._close is not None:
            self._close()
        self._file = self._close = None

    def _fetch(self, path: str) -> None:
        self.close()
        self._path = ""
        file = tempfile.TemporaryFile()  # noqa: SIM115  # it outlives this call
        try:
            with self._client.download(path, MAX_PACKED) as parts:
                file.writelines(parts)
        except AnsweredError:
            file.close()
        except BaseException:
            file.close()
            raise
        else:
            self._file = file
            self._close = weakref.finalize(self, file.close)
        self._path = path

    def _read(self, file: IO[bytes], job: str, read: Callable[[Iterator[bytes]], _T]) -> _T | None:
        """Return what is read where exactly one log has the name, written as files are named."""
        names = [_plain(name) for name, _ in logs_in_zip(file)]
        if names.count(_plain(job)) != 1:
            return None
        file.seek(0)
        found = (parts for name, parts in logs_in_zip(file) if _plain(name) == _plain(job))
        return read(_sound(next(found, iter(()))))


class _DamagedError(CollectorError):
    """The archive is damaged, not the log."""


def _sound(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the parts of a log; raise what no reader of logs takes for the log's own fault."""
    try:
        yield from parts
    except DeliveryError as error:
        raise _DamagedError(str(error)) from None


def _plain(name: str) -> str:
    """Return a name without what cannot stand in the name of a file.

    >>> _plain("build (3.13) / test") == _plain("build (3.13) _ test")
    True
    """
    return _OTHER.sub(" ", name.lower()).strip()
