"""A service to send to, that answers what a test tells it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Scripted = tuple[int, dict[str, Any], dict[str, str]]
"""Status, JSON and headers of an answer."""


class Service(ThreadingHTTPServer):
    """Gives scripted answers in turn, the last of them again and again, and keeps what it was sent."""

    def __init__(self, answers: Sequence[Scripted]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.requests: list[tuple[str, dict[str, str], list[bytes]]] = []

    @property
    def url(self) -> str:
        """Return where it is."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), body.splitlines()))
        answers = self.server.answers
        status, told, headers = answers.pop(0) if len(answers) > 1 else answers[0]
        data = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serving(*answers: Scripted) -> Iterator[Service]:
    """Yield a service that answers; it is gone afterwards."""
    with Service(answers) as service:
        thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield service
        finally:
            service.shutdown()
            thread.join()
