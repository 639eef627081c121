"""A server on loopback that behaves as the real ones do, and misbehaves when it is told to."""

from __future__ import annotations

import hashlib
import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Asked:
    """One request that came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By lower-case names."""


@dataclass
class Reply:
    """What is answered."""

    status: int = 200
    value: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent instead of a value."""

    def data(self) -> bytes:
        """Return the bytes of the body."""
        return json.dumps(self.value).encode() if self.body is None else self.body


Route = Callable[[Asked], Reply]
Fault = Callable[[Reply], Reply | str]
"""Returns another reply, or how to misbehave: `reset`, `truncated`, `cut` between chunks, `dripping`."""


def status(code: int, headers: dict[str, str] | None = None, message: str = "") -> Fault:
    """Return the fault of another answer."""
    return lambda _: Reply(code, {"message": message}, headers or {})


def raw(body: bytes) -> Fault:
    """Return the fault of another body."""
    return lambda reply: Reply(reply.status, headers=reply.headers, body=body)


def misbehaving(how: str) -> Fault:
    """Return the fault of a connection."""
    return lambda _: how


class Vendor:
    """Answers by routes; each fault spoils one answer, in their order."""

    def __init__(self, encryption: ssl.SSLContext | None = None) -> None:
        self.routes: dict[str, Route] = {}
        """By path, or by the beginning of paths where it ends with `*`."""
        self.faults: deque[Fault | None] = deque()
        self.asked: list[Asked] = []
        self.on_request: Callable[[Asked], None] = lambda _: None
        self.clock_ahead_s = 0.0
        self.tells_time = True
        vendor = self

        class Handler(_Handler):
            """Answers for this vendor."""

            owner = vendor

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # who hangs up on us is in the test
        self.url = f"http{'s' if encryption else ''}://127.0.0.1:{self._server.server_address[1]}"
        if encryption is not None:
            self._server.socket = encryption.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def paths(self) -> list[str]:
        """Return the paths that were asked for, in order."""
        return [asked.path for asked in self.asked]

    def reply_to(self, asked: Asked) -> Reply | str:
        """Return what is answered."""
        self.asked.append(asked)
        self.on_request(asked)
        reply = self._route(asked)(asked)
        if asked.method == "GET" and reply.status == 200 and reply.body is None:
            tag = f'W/"{hashlib.sha256(reply.data()).hexdigest()[:16]}"'
            reply.headers = {"ETag": tag, **reply.headers}
            if asked.headers.get("if-none-match") == tag:
                reply = Reply(304, headers=reply.headers, body=b"")
        fault = self.faults.popleft() if self.faults else None
        return reply if fault is None else fault(reply)

    def _route(self, asked: Asked) -> Route:
        if asked.path in self.routes:
            return self.routes[asked.path]
        begun = [name for name in self.routes if name.endswith("*") and asked.path.startswith(name[:-1])]
        return self.routes[max(begun, key=len)] if begun else lambda _: Reply(404, {"message": "Not Found"})


class _Handler(BaseHTTPRequestHandler):
    owner: Vendor
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.owner.reply_to(Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers))
        if isinstance(reply, str):
            self._misbehave(reply)
            return
        data = reply.data() if reply.status != 304 else b""
        self._begin(reply.status, {"Content-Type": "application/json", **reply.headers}, len(data))
        self.wfile.write(data)

    def _begin(self, code: int, headers: dict[str, str], length: int | None) -> None:
        self.send_response_only(code)
        if self.owner.tells_time:
            self.send_header("Date", formatdate(time.time() + self.owner.clock_ahead_s, usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _misbehave(self, how: str) -> None:
        self.close_connection = True
        if how == "reset":
            return
        if how == "cut":
            self._begin(200, {"Transfer-Encoding": "chunked"}, None)
            self.wfile.write(b'a\r\n[{"half": \r\n')
            return
        self._begin(200, {"Content-Type": "application/json"}, 10_000_000)
        self.wfile.write(b'[{"half": ')
        self.wfile.flush()
        while how == "dripping":
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""
