"""Sending deliveries to a service: what it waits for, and what it gives up on."""

from __future__ import annotations

import socket

import pytest

from tests.unwonted.stand_ins import Scripted, serving
from unwonted.errors import ServiceError, UsageError
from unwonted.sending import Answer, Sender

ACCEPTED: Scripted = (202, {"events": ["a", "b"], "unreadable": 1}, {})


def busy(seconds: str = "7") -> Scripted:
    """Return the answer of a service that cannot store anything now."""
    return (503, {"detail": "full"}, {"Retry-After": seconds})


def test_sends_lines_and_counts() -> None:
    """What the service answers is counted."""
    with serving(ACCEPTED) as service:
        sender = Sender(service.url, "unw_x", "acme")
        assert sender.send([b"{}", b"[]", b"3"]) == Answer(3, 2, 1)
        sender.close()
    path, headers, lines = service.requests[0]
    assert (path, lines) == ("/hooks/recording?organisation=acme", [b"{}", b"[]", b"3"])
    assert headers["Authorization"] == "Bearer unw_x"


def test_waits_as_long_as_asked() -> None:
    """A service that is busy is asked again when it said so, and nothing is lost."""
    slept: list[float] = []
    with serving(busy("7"), busy("9"), ACCEPTED) as service:
        sender = Sender(service.url, sleep=slept.append)
        assert sender.send([b"{}"]).events == 2
        sender.close()
    assert slept == [7.0, 9.0]
    assert [lines for _, _, lines in service.requests] == [[b"{}"]] * 3


def test_gives_up_in_the_end() -> None:
    """Patience ends, with what the service said last."""
    with serving(busy("20")) as service:
        sender = Sender(service.url, patience_s=30.0, sleep=lambda _: None)
        with pytest.raises(ServiceError, match="answered 503: full"):
            sender.send([b"{}"])
        sender.close()
    assert len(service.requests) == 3


def test_refusal_says_what_to_do() -> None:
    """Without the right token the answer names the scope."""
    with serving((401, {"title": "Not proven"}, {})) as service:
        sender = Sender(service.url)
        with pytest.raises(ServiceError, match=r"refused \(401: Not proven\); name a token with the scope ingest"):
            sender.send([b"{}"])
        sender.close()


def test_nobody_there_says_what_to_do() -> None:
    """Where nothing listens, the answer is to start it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sender = Sender(f"http://127.0.0.1:{port}", patience_s=1.0, sleep=lambda _: None)
    with pytest.raises(ServiceError, match="start the service with `unwonted serve`"):
        sender.send([b"{}"])
    sender.close()


def test_something_else_there_is_told() -> None:
    """A page that answers 200 is no service of ours."""
    with serving((200, ["hello"], {})) as service:  # type: ignore[arg-type]  # not what a service answers
        sender = Sender(service.url)
        with pytest.raises(ServiceError, match="no service of Unwonted"):
            sender.send([b"{}"])
        sender.close()


@pytest.mark.parametrize("url", ["127.0.0.1:8600", "ftp://x", "http://"])
def test_address_must_be_one(url: str) -> None:
    """What is no address is a usage error."""
    with pytest.raises(UsageError, match="no address of a service"):
        Sender(url)
