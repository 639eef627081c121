"""A client of the API of one's own service: asks, and says what is wrong when it is not answered."""

from __future__ import annotations

import http.client
import ssl
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from unwonted.errors import ServiceError, UsageError

_TIMEOUT_S = 60.0


class Client:
    """Asks one service, in the name of a token where one is needed."""

    def __init__(self, url: str, token: str = "") -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise UsageError(f"--url {url} is no address of a service; write one such as http://127.0.0.1:8600")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._url = url.rstrip("/")
        self._prefix = f"{parts.path.rstrip('/')}/api/v1"
        self._connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT_S)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: str) -> Any:
        """Return what an address answers; raise ServiceError where it does not."""
        return self._ask("GET", path, query)

    def post(self, path: str, body: object, **query: str) -> Any:
        """Return what an address answers to a JSON body; raise ServiceError where it refuses."""
        return self._ask("POST", path, query, msgspec.json.encode(body))

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _ask(self, method: str, path: str, query: dict[str, str], body: bytes | None = None) -> Any:
        told = urlencode({name: value for name, value in query.items() if value})
        headers = {**self._headers, **({"Content-Type": "application/json"} if body is not None else {})}
        try:
            self._connection.request(method, f"{self._prefix}{path}{'?' if told else ''}{told}", body, headers)
            response = self._connection.getresponse()
            answer = response.read()
        except ssl.SSLError as error:
            raise ServiceError(f"{self._url} cannot be trusted: {error.reason or error}") from None
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise ServiceError(
                f"nobody answers at {self._url} ({error}); start `unwonted serve`, or say where it is with --url"
            ) from None
        return self._read(response.status, answer)

    def _read(self, status: int, answer: bytes) -> Any:
        try:
            told = msgspec.json.decode(answer)
        except msgspec.DecodeError:
            told = {}
        if status < 400:
            return told
        detail = told.get("detail") or told.get("title") if isinstance(told, dict) else ""
        hint = "; name a token in UNWONTED_TOKEN" if status == 401 else ""
        raise ServiceError(f"{self._url} answered {status}{f': {detail}' if detail else ''}{hint}")
