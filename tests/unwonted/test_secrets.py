"""Secrets that are sent to a whole service are nowhere in it: not in its files, its answers or its log."""

from __future__ import annotations

import gzip
import json
import signal
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from collector.stream.embedded import EmbeddedLog
from tests.collector.samples import SNAPSHOT
from tests.collector.secrets import ENCODED, SECRETS
from tests.unwonted.running import Running, running
from unwonted.cli import app

pytestmark = pytest.mark.service

ASKED = (
    "/",
    "/api/v1/events",
    "/api/v1/incidents",
    "/api/v1/deliveries",
    "/api/v1/sources",
    "/api/v1/entities?type=job&name=acme/pay:CI/build",
    "/metrics",
)
LINES = [printed for printed, _ in SECRETS.values()]
HIDDEN = {kind: secret for kind, (_, secret) in SECRETS.items()} | {"printed encoded": ENCODED}


class Left(NamedTuple):
    """What a service leaves behind."""

    texts: dict[str, str]
    """All that can be read of it, in lower case, by where it stands."""
    entries: str


def make_log(number: int) -> bytes:
    """Return a log that prints every secret, in another order and between other lines each time."""
    lines = [*LINES, f"run {ENCODED}"]
    turned = lines[number:] + lines[:number]
    return "".join(f"2026-03-0{number + 1}T10:00:00Z step {number}\n{line}\n" for line in turned).encode()


def send(service: Running, path: Path) -> None:
    """Send secrets through every door that they may come in by."""
    for number in range(3):
        path.write_bytes(make_log(number))
        words = ["--repo", "acme/pay", "--workflow", "CI", "--job", "build", "--run-id", str(number), "--strict"]
        told = CliRunner().invoke(app, ["collect", "joblog", str(path), "--url", service.url, *words])
        assert told.exit_code == 0, told.output
    whole = "\n".join(LINES).encode()
    damaged = gzip.compress(whole * 200)[:-30]
    assert service.request("/hooks/joblog", damaged, SNAPSHOT).body["unreadable"] == 1
    assert service.request("/hooks/event", whole).status == 202
    assert service.request("/hooks/event", json.dumps({"note": LINES}).encode()).status == 202
    assert service.request("/hooks/argo.cd", json.dumps({"type": "x", "text": LINES}).encode()).status == 202


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """Return what is left of a service that was sent secrets, has worked them off and was ended."""
    folder = tmp_path_factory.mktemp("secrets")
    data = folder / "data"
    with running(folder / "log", "serve", "--port", "0", "--data", str(data)) as service:
        send(service, tmp_path_factory.mktemp("sent") / "job.log")
        service.eventually(lambda: 'unwonted_worker_lag{partition="0"} 0.0\n' in service.get("/metrics"))
        texts = {path: json.dumps(service.get(path)) for path in ASKED}
        assert service.stop(signal.SIGTERM) in {0, 143}
        texts["its log"] = service.log
    files = [path for path in data.rglob("*") if path.is_file()]
    assert files
    texts |= {path.name: path.read_bytes().decode("latin-1") for path in files}
    stream = EmbeddedLog(data / "stream.sqlite")
    entries = "".join(str(record.entry) for record in stream.read(0, 0, 10_000))
    stream.close()
    return Left({name: text.lower() for name, text in texts.items()}, entries)


@pytest.mark.parametrize("kind", HIDDEN)
def test_a_secret_is_nowhere(left: Left, kind: str) -> None:
    """A secret of each kind is in no file, answer or line that the service leaves."""
    secret = HIDDEN[kind].lower()
    assert [name for name, text in left.texts.items() if secret in text] == []
    assert secret not in left.entries.lower()


def test_something_is_left_of_it(left: Left) -> None:
    """The logs were read and the rest was kept: nothing was hidden by being lost."""
    assert "pay_token=***" in left.entries.lower()
    assert left.entries.count("snapshot=Printed") == 3
    assert "joblog" in left.texts["store.sqlite"]
    assert "Unreadable" in left.entries
