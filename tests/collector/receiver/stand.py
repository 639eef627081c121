"""A receiver over a real log, and a client on this machine or on another."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.testclient import TestClient

from collector.event import Event
from collector.receiver import Journal, ReceiverMetrics, ReceiverSettings, router
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry, Observed, Unreadable
from tests.collector.samples import AT, push

SECRET = b"s3cret of the hook"
PUSH = msgspec.json.encode(push())
TOKENS = {"live": "acme", "root": "default"}


def authorise(token: str, scope: str) -> str | None:
    """Know two tokens."""
    return TOKENS.get(token) if scope == "ingest" else None


class Stand:
    """A receiver that can be asked and looked into; name only what matters."""

    def __init__(
        self,
        folder: Path,
        *,
        record: Any = None,
        journal: Journal | None = None,
        clock: Callable[[], float] = lambda: AT,
        **settings: Any,
    ) -> None:
        self.log = EmbeddedLog(folder / "log.sqlite")
        self.metrics = ReceiverMetrics()
        self.app = FastAPI()
        self.app.include_router(
            router(
                ReceiverSettings(**settings),
                self.log,
                clock=clock,
                authorise=authorise,
                record=record,
                journal=journal,
                metrics=self.metrics,
            )
        )

    def client(self, address: str = "127.0.0.1", host: str = "127.0.0.1:8600") -> TestClient:
        """Return a client at an address; a server's fault is an answer, not an exception."""
        return TestClient(self.app, base_url=f"http://{host}", client=(address, 50_000), raise_server_exceptions=False)

    @property
    def entries(self) -> list[Entry]:
        """Return what is in the stream."""
        return [record.entry for record in self.log.read(0, 0, 10_000)]

    @property
    def events(self) -> list[Event]:
        """Return the events in the stream."""
        return [entry.event for entry in self.entries if isinstance(entry, Observed)]

    @property
    def unreadable(self) -> list[Unreadable]:
        """Return the dead letters in the stream."""
        return [entry for entry in self.entries if isinstance(entry, Unreadable)]


def signature(body: bytes, secret: bytes = SECRET) -> str:
    """Return what GitHub would sign."""
    return "sha256=" + hmac.digest(secret, body, "sha256").hex()


def github(body: bytes, secret: bytes | None = SECRET, *, event: str = "push", guid: str = "guid-1") -> dict[str, str]:
    """Return the headers of a delivery of GitHub."""
    headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": guid, "Content-Type": "application/json"}
    return headers if secret is None else {**headers, "X-Hub-Signature-256": signature(body, secret)}
