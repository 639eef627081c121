"""A hostile client: what is legal HTTP and unfair, and what is no HTTP at all, over plain sockets."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.fuzz.mutations import bent, bent_bytes, raw, samples

PATIENCE_S = 60.0
"""How long an answer may take while everything else is going on."""
_MIB = 1 << 20
_HOOKS = {"github.webhook": "github", "gitlab.webhook": "gitlab"}
_PATHS = (
    "/services/collector",
    "/services/collector/event/1.0",
    "/services/collector/raw?sourcetype=x",
    "/services/collector/health",
    "/services/collector/ack",
    "/v1/events",
    "/hooks/recording",
    "/hooks/github",
    "/hooks/joblog",
    "/hooks/nobody",
    "/hooks/..%2f..",
    "/hooks/%00",
    "/hooks/" + "a" * 5_000,
)
_METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "CONNECT", "BREW")
Answer = tuple[int, float]
"""Status, 0 where the connection was closed without one; and the seconds it took."""


class Target(NamedTuple):
    """The service."""

    host: str
    port: int

    @classmethod
    def at(cls, url: str) -> Target:
        """Return the target at a URL."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or 80)


def ask(target: Target, *parts: bytes, pause_s: float = 0.0, is_whole: bool = True) -> Answer:
    """Send bytes as they are, part by part, and return the answer; what is no whole request ends with a hang-up."""
    began = time.monotonic()
    with closing(socket.create_connection(target, timeout=PATIENCE_S)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
                time.sleep(pause_s)
            if not is_whole:
                connection.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(ConnectionResetError):
            while b"\r\n" not in answer and (more := connection.recv(4096)):
                answer += more
    words = answer.split(b" ", 2)
    is_http = len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit()
    return int(words[1]) if is_http else 0, time.monotonic() - began


def request(path: str, body: bytes = b"", *headers: str, method: str = "POST", length: str | None = None) -> bytes:
    """Return the bytes of a request; the length is the body's unless it is named."""
    told = str(len(body)) if length is None else length
    lines = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {told}", *headers, "Connection: close")
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


def bent_sample(target: Target, random: Random) -> Answer:
    """Send a vendor's sample, bent, to its own hook."""
    name, some = random.choice(list(samples().items()))
    sample = random.choice(some)
    body = raw(bent(sample.body, random)) if random.random() < 0.5 else bent_bytes(raw(sample.body), random)
    headers = [
        f"{name}: {value}"
        for name, value in sample.headers.items()
        if random.random() < 0.8 and value.isprintable() and value.isascii()
    ]
    return ask(target, request(f"/hooks/{_HOOKS.get(name, name)}", body, *headers))


def anywhere(target: Target, random: Random) -> Answer:
    """Send something to any path, by any method."""
    path, method = random.choice(_PATHS), random.choice((*_METHODS, *["POST"] * 8))
    body = bent_bytes(b'{"event": {"action": "git.clone"}, "time": 1772359200}', random)
    return ask(target, request(path, body[:100_000], "Content-Type: application/json; charset=utf-7", method=method))


def bomb(target: Target, random: Random) -> Answer:
    """Send a few hundred kilobytes that unpack to hundreds of megabytes, or many members, or no gzip."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"".join(pack.compress(bytes(_MIB)) for _ in range(300)) + pack.flush()
    some = (
        zeros,
        gzip.compress(b"{}") * 5_000,
        gzip.compress(gzip.compress(zeros)),
        b"\x1f\x8b" * 1_000,
        zeros[:1_000],
    )
    packed = random.choice(some)
    encoding = random.choice(("gzip", "gzip", "x-gzip", "deflate", "br", "gzip, gzip", "GZIP "))
    return ask(target, request(random.choice(_PATHS[:9]), packed, f"Content-Encoding: {encoding}"))


def deep(target: Target, random: Random) -> Answer:
    """Send JSON nested ten thousand deep."""
    body = random.choice((b"[" * 10_000 + b"]" * 10_000, b'{"event":' * 10_000 + b"1" + b"}" * 10_000))
    return ask(target, request(random.choice(_PATHS[:9]), body))


def great(target: Target, random: Random) -> Answer:
    """Send a body of about 25 MiB: within the limit, or just beyond it."""
    size = random.choice((24, 26)) * _MIB
    unit = random.choice(
        (b'{"event":{"action":"git.clone","actor":"mona","created_at":1}}\n', b"x" * 1_000 + b"\n", b"[1,")
    )
    body = (unit * (size // len(unit) + 1))[:size]
    return ask(target, request(random.choice(_PATHS[:9]), body))


def lying(target: Target, random: Random) -> Answer:
    """Announce another length than is sent, or none that is one."""
    lengths = ("5", "10000", "-1", "+3", "1e3", "9" * 40, "", "3, 3", "0x10", "\u0663".encode().decode("latin-1"))
    return ask(target, request("/hooks/github", b'{"a": 1}', length=random.choice(lengths)), is_whole=False)


def chunked(target: Target, random: Random) -> Answer:
    """Send chunks that are odd, broken off, or contradicted by a length."""
    head = b"POST /hooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nTransfer-Encoding: "
    bodies = (
        b"chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"chunked\r\n\r\n2;name=value\r\n{}\r\n0\r\nTrailer: x\r\n\r\n",
        b"chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{}",
        b"chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        b"chunked\r\n\r\n5\r\n{}",
        b"gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"chunked\r\nContent-Length: 4\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"identity\r\n\r\n{}",
        b"chunked\r\n\r\n" + b"1\r\n \r\n" * 20_000 + b"0\r\n\r\n",
    )
    return ask(target, head + random.choice(bodies), is_whole=False)


def garbled(target: Target, random: Random) -> Answer:
    """Send what is hardly HTTP: endless headers, old versions, other protocols, several requests at once."""
    some = (
        b"GET /\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"POST /hooks/github HTTP/1.1\r\n" + b"X: " + b"a" * 200_000 + b"\r\n\r\n",
        b"POST /hooks/github HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(5_000)) + b"\r\n",
        b"POST /hooks/github?" + b"a=b&" * 20_000 + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"POST /hooks/github?organisation=%00~%ff&organisation=a~b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /hooks/github HTTP/1.1\r\nHost: \xff\xfe\r\nAuthorization: Bearer \xff\r\nContent-Length: 2\r\n\r\n{}",
        b"POST /hooks/hec HTTP/1.1\r\nHost: x\r\nAuthorization: Basic "
        + b"=" * 999
        + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"\r\n" * 1_000 + b"GET / HTTP/1.1\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 200,
        bytes(range(256)) * 40,
    )
    return ask(target, random.choice(some), is_whole=False)


def slow(target: Target, random: Random) -> Answer:
    """Send a byte now and then, and give up."""
    whole = request("/hooks/github", b"{}" * 50)
    parts = [whole[at : at + 1] for at in range(random.randrange(20, 60))]
    return ask(target, *parts, pause_s=0.05, is_whole=False)


ATTACKS: dict[Callable[[Target, Random], Answer], int] = {
    bent_sample: 200,
    anywhere: 60,
    bomb: 4,
    deep: 10,
    great: 1,
    lying: 20,
    chunked: 20,
    garbled: 20,
    slow: 2,
}
"""What is sent, and how often beside the others."""


def attacks(random: Random) -> Iterator[Callable[[Target, Random], Answer]]:
    """Yield attacks for ever, each as often as it should come."""
    names, weights = list(ATTACKS), list(ATTACKS.values())
    while True:
        yield random.choices(names, weights)[0]
