"""Where a service listens, and what is said when it cannot."""

from __future__ import annotations

import socket

import pytest

from unwonted.errors import ServiceError, UsageError
from unwonted.serving.server import listen, url_of


def test_free_port_is_found() -> None:
    """Port 0 takes a free one, and the URL has its number."""
    with listen("127.0.0.1", 0) as taken:
        assert url_of(taken) == f"http://127.0.0.1:{taken.getsockname()[1]}/"


def test_taken_port_is_told() -> None:
    """A port that another has is a failure that says what to do."""
    with listen("127.0.0.1", 0) as taken, pytest.raises(ServiceError, match="--port 0 takes a free one"):
        listen("127.0.0.1", taken.getsockname()[1])


def test_listening_takes_connections_at_once() -> None:
    """From then on senders wait rather than fail."""
    with listen("127.0.0.1", 0) as taken, socket.create_connection(taken.getsockname(), timeout=5):
        pass


@pytest.mark.parametrize("host", ["no such host", "203.0.113.7"])
def test_address_must_be_ours(host: str) -> None:
    """An address this machine does not have is a usage error."""
    with pytest.raises(UsageError, match="--host"):
        listen(host, 0)
