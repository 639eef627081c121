"""One upload to a service: sent as a stream, again while the service is busy, and given up when its time is over."""

from __future__ import annotations

import http.client
import os
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import IO
from urllib.parse import quote, urlsplit

import msgspec

from unwonted.errors import ServiceError, UsageError
from unwonted.sending import detail_of, seconds_of

_BLOCK = 64 * 1024
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 10.0


class Uploaded(msgspec.Struct, frozen=True):
    """What a service answered to an upload."""

    events: list[str] = []
    """Ids of the events it holds now, durably."""
    unreadable: int = 0
    reason: str = ""
    """Why it could not be read."""


class Upload:
    """One body for one address of a service."""

    def __init__(
        self, url: str, path: str, headers: Mapping[str, str], token: str = "", organisation: str = ""
    ) -> None:
        parts = urlsplit(url)
        try:
            host, self._port = parts.hostname, parts.port
        except ValueError:
            host = None
        if parts.scheme not in {"http", "https"} or not host:
            raise UsageError(f"--url {url!r} is no address of a service; write one such as http://127.0.0.1:8600")
        self._url, self._host = url.rstrip("/"), host
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._path = parts.path.rstrip("/") + path + (f"?organisation={quote(organisation)}" if organisation else "")
        self._headers = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}

    def send(self, body: IO[bytes], timeout_s: float) -> Uploaded:
        """Return what the service answered, once it is durable there; raise ServiceError where it did not take it."""
        deadline, pause = time.monotonic() + timeout_s, _FIRST_PAUSE_S
        while True:
            left = deadline - time.monotonic()
            status, told, asked = self._post(body, max(left, 0.1))
            if status in {200, 202}:
                return self._answer(told)
            pause = asked or min(pause * 2, _LONGEST_PAUSE_S)
            if status not in {0, 429, 502, 503, 504} or time.monotonic() + pause >= deadline:
                raise ServiceError(self._refused(status, told))
            time.sleep(pause)

    def _post(self, body: IO[bytes], timeout_s: float) -> tuple[int, bytes, float]:
        """Return status, answer and the pause asked for; status 0 where nobody answered."""
        size = body.seek(0, os.SEEK_END)
        body.seek(0)
        connection = self._kind(self._host, self._port, timeout=timeout_s, blocksize=_BLOCK)
        try:
            # a service that has seen enough answers before it has everything
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.request("POST", self._path, body, {**self._headers, "Content-Length": str(size)})
            response = connection.getresponse()
            return response.status, response.read(1 << 20), seconds_of(response.getheader("Retry-After", ""))
        except ssl.SSLError as error:
            raise ServiceError(f"{self._url} cannot be trusted: {error.reason or error}") from None
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error).encode(), 0.0
        finally:
            connection.close()

    def _answer(self, told: bytes) -> Uploaded:
        try:
            return msgspec.json.decode(told, type=Uploaded)
        except msgspec.DecodeError:
            raise ServiceError(f"what answers at {self._url} is no service of Unwonted; look at --url") from None

    def _refused(self, status: int, told: bytes) -> str:
        if status == 0:
            return f"nobody answers at {self._url} ({told.decode(errors='replace')}); say where it is with --url"
        hint = "; name a token with the scope ingest in UNWONTED_TOKEN" if status in {401, 403} else ""
        return f"{self._url} answered {status}{detail_of(told)}{hint}"
