"""How every client of the cluster is made, and what went wrong with one in words."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import AuthorizationError, KafkaError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket
from kafka.net.sasl.oauth import AbstractTokenProvider

from collector.errors import StreamError
from collector.stream.address import KafkaAddress

MIB = 1024 * 1024
PATIENCE_S = 8.0
"""How long one who asks the cluster waits: a sender gives up after ten seconds, a leader is elected in less."""
GIVEN_UP_S = 120.0
"""How long a producer keeps what it could not store: one that has given something up may hang (3.0) and is replaced."""
_CONSEQUENCES = ("Bootstrap failed", "Metadata refresh")
_OPTIONS = {
    "bootstrap_timeout_ms": 5_000,
    "reconnect_backoff_max_ms": 1_000,  # with the library's 30 s a client sleeps through the broker's return
    "metadata_max_age_ms": 60_000,
    "proxy_url": "direct://",  # the socket below
}


class _DirectSocket(KafkaNetSocket):  # type: ignore[misc]  # the library ships no types
    """Connects as the library does, and closes what could not be connected: else an outage uses up all files."""

    SCHEMES = ("direct",)

    async def sock_connect(self, net: Any, sock: Any, sockaddr: Any, timeout_at: float | None = None) -> Any:
        """Return the socket, connected."""
        try:
            return await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
        except BaseException:
            sock.close()
            raise


def admin(address: KafkaAddress) -> KafkaAdminClient:
    """Return a client that looks after topics."""
    return _made(KafkaAdminClient, address, request_timeout_ms=5_000)


def producer(address: KafkaAddress, max_entry: int) -> KafkaProducer:
    """Return a client that writes: what it was told is stored is on every replica in sync, once and in order."""
    return _made(
        KafkaProducer,
        address,
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        batch_size=256 * 1024,
        linger_ms=20,  # whoever waits flushes; this only lets what is sent together travel together
        max_request_size=max_entry,
        max_block_ms=1_000,
        bootstrap_timeout_ms=3_000,
        request_timeout_ms=4_000,
        delivery_timeout_ms=int(GIVEN_UP_S * 1000),
        allow_auto_create_topics=False,
    )


def consumer(address: KafkaAddress, **options: Any) -> KafkaConsumer:
    """Return a client that reads; where it stands is ours to say, so it never moves by itself."""
    return _made(
        KafkaConsumer,
        address,
        **{
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "allow_auto_create_topics": False,
            "request_timeout_ms": 5_000,
            **options,
        },
    )


@contextmanager
def explained(address: KafkaAddress, verb: str) -> Iterator[None]:
    """Tell what the library could not do as a StreamError, with the reason that stands only in its log."""
    with _listening() as heard:
        try:
            yield
        except AuthorizationError as error:
            raise StreamError(
                f"the stream {address} cannot be {verb}: {_words(error)}. "
                "The user lacks a right: docs/kafka.md lists them"
            ) from error
        except (KafkaError, OSError) as error:
            because = f" ({heard.last})" if heard.last else ""
            advice = "Look whether the brokers run and can be reached from here"
            advice += ", and whether name and password are right" if address.mechanism else ""
            raise StreamError(f"the stream {address} cannot be {verb}: {_words(error)}{because}. {advice}") from error


def require_checksums() -> None:
    """Raise StreamError where checksums are made without compiled code, which makes reading twelve times slower."""
    if importlib.util.find_spec("crc32c") is None:
        raise StreamError(
            "the package crc32c is missing: without it every event costs a tenth of a millisecond more. "
            "Install it: pip install 'kafka-python[crc32c,lz4]'"
        )


def _made(kind: Any, address: KafkaAddress, **options: Any) -> Any:
    require_checksums()
    options = {**_OPTIONS, **_secured(address), **options, "bootstrap_servers": list(address.servers)}
    begun: list[Any] = []

    def begin(**told: Any) -> Any:
        begun.append(KafkaNetClient(**told))
        return begun[-1]

    with explained(address, "reached"):
        try:
            return kind(kafka_client=begin, **options)
        except BaseException:
            for one in begun:  # the library leaves the connection's thread and sockets of what it could not make
                one.close()
            raise


def _secured(address: KafkaAddress) -> dict[str, Any]:
    who = address.credentials
    options: dict[str, Any] = {"security_protocol": address.security}
    if address.security.endswith("SSL"):
        files = {"ssl_cafile": who.ca, "ssl_certfile": who.certificate, "ssl_keyfile": who.key}
        options |= {name: str(path) for name, path in files.items() if path}
    if address.mechanism:
        options["sasl_mechanism"] = address.mechanism
    if address.mechanism == "OAUTHBEARER" and who.token:
        options["sasl_oauth_token_provider"] = _TokenFile(who.token)
    elif address.mechanism:
        options |= {"sasl_plain_username": who.username, "sasl_plain_password": who.password}
    return options


class _TokenFile(AbstractTokenProvider):  # type: ignore[misc]  # the library ships no types
    """A bearer token in a file that somebody else keeps fresh."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def token(self) -> str:
        """Return the token of now."""
        return self._path.read_text(encoding="utf-8").strip()


def _words(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@contextmanager
def _listening() -> Iterator[_Heard]:
    """Yield what hears the library's errors meanwhile: no route, and a certificate not trusted, are one to callers."""
    heard = _Heard()
    logger = logging.getLogger("kafka")
    logger.addHandler(heard)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)


class _Heard(logging.Handler):
    """Keeps the last error that is a cause and no consequence."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.last = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one."""
        text = record.getMessage()
        if not text.startswith(_CONSEQUENCES):
            self.last = text
