"""An `unwonted` process of the tests: started on a free port, asked over HTTP, ended by its own pid."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

COMMAND = (sys.executable, "-c", "from unwonted.cli import main; main()")
PATIENCE_S = 120.0

Found = TypeVar("Found")


class Answer(NamedTuple):
    """What a request came to."""

    status: int
    body: Any
    """JSON where it is JSON, else text."""
    headers: Message[str, str]


class Running:
    """A process that has told its URL."""

    def __init__(self, process: subprocess.Popen[str], url: str, log: Path) -> None:
        self.process = process
        self.url = url
        self._log = log

    @property
    def log(self) -> str:
        """Return what it has written to stderr so far."""
        return self._log.read_text(encoding="utf-8")

    def request(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}, method: str = ""
    ) -> Answer:
        """Make one request; an answer that refuses is an answer."""
        asked = urllib.request.Request(  # noqa: S310  # always http, to this process
            self.url + path, body, dict(headers), method=method or ("GET" if body is None else "POST")
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as response:  # noqa: S310
                return _answer(response.status, response.read(), response.headers)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error.code, error.read(), error.headers)

    def get(self, path: str) -> Any:
        """Return what is at an address that must be there."""
        answer = self.request(path)
        assert answer.status == 200, answer
        return answer.body

    def eventually(self, ask: Callable[[], Found | None]) -> Found:
        """Return the first answer that is something, asking for as long as that may take on a busy machine."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if found := ask():
                return found
            assert self.process.poll() is None, self.log
            time.sleep(0.02)
        raise TimeoutError(self.log)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it by a signal; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@contextmanager
def running(log: Path, *words: str, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Yield a process of the command line once it has told its URL; it is gone afterwards."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("UNWONTED_")}
    with log.open("a", encoding="utf-8") as told:
        process = subprocess.Popen(
            [*COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=told,
            text=True,
            env={**own, **(env or {})},
            cwd=log.parent,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert ": http://" in line, line + log.read_text(encoding="utf-8")
        yield Running(process, line.split(": ", 1)[1].strip().rstrip("/"), log)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _answer(status: int, body: bytes, headers: Message[str, str]) -> Answer:
    is_json = "json" in str(headers["Content-Type"])
    return Answer(status, json.loads(body) if is_json else body.decode(), headers)
