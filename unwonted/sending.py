"""A client of one's own service: sends deliveries, waits when it is told to, and says what is wrong when it cannot."""

from __future__ import annotations

import http.client
import ssl
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from unwonted.errors import ServiceError, UsageError

_TIMEOUT_S = 60.0
_PATIENCE_S = 120.0
"""How long a service may say that it is busy, or be away, before the sender gives up."""
_LONGEST_PAUSE_S = 30.0
_HOOK = "/hooks/recording"


class Answer(NamedTuple):
    """What became of the deliveries of one request."""

    deliveries: int
    events: int
    unreadable: int


class _Told(msgspec.Struct):
    events: list[str] = []
    unreadable: int = 0


class Sender:
    """One connection to a service."""

    def __init__(
        self,
        url: str,
        token: str = "",
        organisation: str = "",
        *,
        hook: str = _HOOK,
        patience_s: float = _PATIENCE_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UsageError(f"--url {url} is no address of a service; write one such as http://127.0.0.1:8600")
        self._url = url.rstrip("/")
        self._path = parts.path.rstrip("/") + hook + (f"?organisation={quote(organisation)}" if organisation else "")
        self._connection = _connect(parts.scheme, parts.hostname, parts.port)
        self._headers = {
            "Content-Type": "application/x-ndjson",
            **({"Authorization": f"Bearer {token}"} if token else {}),
        }
        self._patience_s = patience_s
        self._sleep = sleep

    def send(self, lines: Sequence[bytes]) -> Answer:
        """Return what became of deliveries, once they are durable; raise ServiceError where they cannot be sent."""
        body = b"\n".join(lines) + b"\n"
        waited = 0.0
        pause = 0.5
        while True:
            status, told, asked = self._post(body)
            if status in {200, 202}:
                return _answer(told, len(lines))
            if status not in {0, 429, 503} or waited >= self._patience_s:
                raise ServiceError(self._refused(status, told))
            pause = min(asked or pause * 2, _LONGEST_PAUSE_S)
            self._sleep(pause)
            waited += pause

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _post(self, body: bytes) -> tuple[int, bytes, float]:
        """Return status, answer and the pause asked for; status 0 where nobody answered."""
        try:
            self._connection.request("POST", self._path, body, self._headers)
            response = self._connection.getresponse()
            return response.status, response.read(), seconds_of(response.getheader("Retry-After", ""))
        except ssl.SSLError as error:
            raise ServiceError(f"{self._url} cannot be trusted: {error.reason or error}") from None
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return 0, str(error).encode(), 0.0

    def _refused(self, status: int, told: bytes) -> str:
        if status == 0:
            return f"nobody answers at {self._url} ({told.decode()}); start the service with `unwonted serve`"
        detail = detail_of(told)
        if status in {401, 403}:
            return f"{self._url} refused ({status}{detail}); name a token with the scope ingest in UNWONTED_TOKEN"
        return f"{self._url} answered {status}{detail}"


def _connect(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    return kind(host, port, timeout=_TIMEOUT_S)


def seconds_of(text: str) -> float:
    """Return the pause a `Retry-After` asks for; 0 where it names none."""
    return float(text) if text.isascii() and text.isdigit() else 0.0


def _answer(told: bytes, deliveries: int) -> Answer:
    try:
        answer = msgspec.json.decode(told, type=_Told)
    except msgspec.DecodeError:
        raise ServiceError("what answers is no service of Unwonted; look at --url") from None
    return Answer(deliveries, len(answer.events), answer.unreadable)


def detail_of(told: bytes) -> str:
    """Return what a refusal says beside its status, to stand behind it; empty where it says nothing."""
    try:
        problem = msgspec.json.decode(told, type=dict[str, object])
    except msgspec.DecodeError:
        return ""
    return f": {problem.get('detail') or problem.get('title') or ''}"
