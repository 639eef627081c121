"""The receiver on a real server, with clients that stream, break off and come in crowds."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.collector.receiver.stand import PUSH, Stand, github

pytestmark = pytest.mark.service
MIB = 1 << 20


class Served(Stand):
    """A receiver that is served on a port."""

    port = 0

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def post(self, content: Any = PUSH, guid: str = "guid") -> int:
        """Return the status of one delivery on a connection of its own."""
        with closing(self.connect()) as connection:
            connection.request("POST", "/hooks/github", content, github(PUSH, None, guid=guid))
            answer = connection.getresponse()
            answer.read()
            return answer.status


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[Served]:
    """Serve a receiver until the block ends."""
    stand = Served(folder, **settings)
    server = uvicorn.Server(uvicorn.Config(stand.app, log_config=None, lifespan="on", proxy_headers=False))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stand.port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            until(lambda: server.started)
            yield stand
        finally:
            server.should_exit = True
            thread.join(30)
            stand.log.close()


def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    waiting = threading.Event()
    for _ in range(3000):
        if condition():
            return
        waiting.wait(0.01)
    raise TimeoutError("it did not happen within 30 s")


def test_streamed_body_is_cut_at_the_limit(tmp_path: Path) -> None:
    """26 MB in chunks are 413, the answer arrives, and the connection goes on."""
    with served(tmp_path) as stand, closing(stand.connect()) as connection:
        chunks = (b"x" * MIB for _ in range(26))
        connection.request("POST", "/hooks/event", chunks, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        answer = connection.getresponse()
        assert answer.status == 413
        answer.read()
        connection.request("POST", "/hooks/joblog", b"a line")
        assert connection.getresponse().status == 202
        assert len(stand.entries) == 1


def test_announced_length_is_refused_unread(tmp_path: Path) -> None:
    """Nobody has to send 26 MB to learn that they are too many."""
    with served(tmp_path) as stand, socket.create_connection(("127.0.0.1", stand.port), 60) as connection:
        head = f"POST /hooks/event HTTP/1.1\r\nHost: localhost\r\nContent-Length: {26 * MIB}\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_body_of_25_mib_is_taken(tmp_path: Path) -> None:
    """The largest body GitHub sends is read to its end, without holding up others."""
    with served(tmp_path) as stand, closing(stand.connect()) as connection:
        connection.request("POST", "/hooks/lockfile", b"x" * (25 * MIB))
        assert connection.getresponse().status == 202
        assert stand.post() == 202


def test_half_a_delivery_is_nothing(tmp_path: Path) -> None:
    """A client that goes away in the middle leaves no trace but a count."""
    with served(tmp_path) as stand:
        with socket.create_connection(("127.0.0.1", stand.port), 60) as connection:
            connection.sendall(b"POST /hooks/joblog HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
            until(lambda: stand.metrics.received == 1)
        until(lambda: stand.metrics.refused["gone"] == 1)
        assert (stand.entries, stand.post()) == ([], 202)


def test_slow_body_is_not_waited_for(tmp_path: Path) -> None:
    """A body that stops arriving is refused when its time is over."""
    with served(tmp_path, body_timeout_s=0.1) as stand:
        with socket.create_connection(("127.0.0.1", stand.port), 60) as connection:
            connection.sendall(b"POST /hooks/joblog HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
            assert connection.recv(4096).startswith(b"HTTP/1.1 408")
        assert stand.entries == []


def test_crowd_is_stored_once_each(tmp_path: Path) -> None:
    """200 deliveries at the same time are all 202 and all in the stream, in fewer commits than there are of them."""
    with served(tmp_path) as stand, ThreadPoolExecutor(50) as pool:
        commits: list[str] = []
        stand.log._writer.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
        statuses = list(pool.map(lambda n: stand.post(guid=str(n)), range(200)))
        assert statuses == [202] * 200
        assert sorted(event.ref for event in stand.events) == sorted(map(str, range(200)))
        assert len(commits) < 200
