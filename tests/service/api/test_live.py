"""`/stream` over a real server: what changes is heard within moments, and a listener goes on where it was cut off."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
import uvicorn

from service.api import Wiring
from service.incident import Status
from service.store import tokens
from service.store.database import Database
from service.store.tokens import Scope
from tests.service.api.conftest import Bearer, app_of
from tests.service.feed.seeding import seed

pytestmark = pytest.mark.service

PATIENCE_S = 20.0
Told = tuple[str, str, object]
"""An event of the stream: its name, its id, and what it says."""


@pytest.fixture
def stopping() -> threading.Event:
    """Return what tells the server's streams to end."""
    return threading.Event()


@pytest.fixture
def port(wiring: Wiring, stopping: threading.Event) -> Iterator[int]:
    """Serve on a free port; return it."""
    taken = socket.create_server(("127.0.0.1", 0))
    app = app_of(replace(wiring, is_stopping=stopping.is_set))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none", timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
    thread.start()
    yield taken.getsockname()[1]
    stopping.set()
    server.should_exit = True
    thread.join(PATIENCE_S)
    taken.close()
    assert not thread.is_alive()


class Listener:
    """Reads a stream event by event."""

    def __init__(self, port: int, **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self.connection.request("GET", "/api/v1/stream", headers=headers)
        self.answer = self.connection.getresponse()

    def hear(self) -> Told:
        """Return the next event."""
        fields: dict[str, str] = {}
        while "data" not in fields:
            fields = self._block()
        return fields["event"], fields.get("id", ""), json.loads(fields["data"])

    def _block(self) -> dict[str, str]:
        fields = {}
        while line := self.answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            fields[name] = value
        if self.answer.closed:
            raise EOFError
        return fields

    def until_revision(self) -> list[Told]:
        """Return the events up to the next revision, with it."""
        heard = [self.hear()]
        while heard[-1][0] != "revision":
            heard.append(self.hear())
        return heard

    def lines_to_the_end(self) -> list[bytes]:
        """Return what is said until the server ends it."""
        return self.answer.readlines()

    def close(self) -> None:
        """Hang up."""
        self.answer.close()
        self.connection.close()


def test_changes_are_heard(port: int, database: Database, wiring: Wiring) -> None:
    """A listener first hears where it stands, then every incident that changes, as it is now."""
    listener = Listener(port)
    assert listener.answer.getheader("content-type", "").startswith("text/event-stream")
    assert listener.until_revision() == [("revision", "0-0", {"revision": 0})]
    [name] = seed(database, 1)
    (_, _, found), revision = listener.until_revision()
    assert isinstance(found, dict)
    assert (found["id"], found["status"], revision) == (name, "new", ("revision", "1-0", {"revision": 1}))
    wiring.feed.triage("default", name, status=Status.RESOLVED, by="ada")
    (event, _, found), revision = listener.until_revision()
    assert isinstance(found, dict)
    assert (event, found["status"], revision[1]) == ("incident", "resolved", "1-1")
    listener.close()


def test_listener_goes_on_where_it_was_cut_off(port: int, database: Database) -> None:
    """What changed while nobody listened is told first."""
    seed(database, 2)
    first = Listener(port)
    [(_, last, _)] = first.until_revision()
    first.close()
    [name] = seed(database, 1, position=2)
    second = Listener(port, **{"Last-Event-ID": last})
    assert second.until_revision() == [("revision", last, {"revision": 2})]
    heard = second.until_revision()
    assert [(event, told["id"]) for event, _, told in heard[:-1] if isinstance(told, dict)] == [("incident", name)]
    second.close()


def test_nonsense_in_the_last_id_begins_anew(port: int, database: Database) -> None:
    """An id that no event had is as none."""
    seed(database, 2)
    listener = Listener(port, **{"Last-Event-ID": "never"})
    assert listener.until_revision() == [("revision", "2-0", {"revision": 2})]
    listener.close()


def test_stream_ends_with_the_server(port: int, stopping: threading.Event) -> None:
    """A service that stops ends its streams, so that nobody waits for them."""
    listener = Listener(port)
    listener.until_revision()
    stopping.set()
    assert listener.lines_to_the_end() == []
    listener.close()


def test_revoked_token_hears_no_more(
    port: int, database: Database, bearer: Bearer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener whose token is revoked is cut off at the next heartbeat."""
    monkeypatch.setattr("service.api.live.HEARTBEAT_S", 0.0)
    listener = Listener(port, **bearer(Scope.READ))
    listener.until_revision()
    with database.transaction() as connection:
        tokens.revoke(connection, tokens.all_tokens(connection)[0].id, 1.0)
    assert all(line == b": still here\n" for line in listener.lines_to_the_end() if line != b"\n")
    listener.close()
