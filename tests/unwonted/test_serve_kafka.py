"""A service of several processes on Kafka: what one receives another works off, and nothing is lost or repeated."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaConsumer

from tests.services.kafka import Broker, breakable
from tests.unwonted.calm import REPOSITORIES, calm_history, deliver, make_push
from tests.unwonted.running import COMMAND, Running, running

__all__ = ["breakable"]

pytestmark = [pytest.mark.service, pytest.mark.kafka]

START = 1_780_000_000
AT_ONCE = 100


class Estate:
    """The processes of a service on one broker, with a store in a folder that they share."""

    def __init__(self, folder: Path, servers: str) -> None:
        self.options = ("--data", str(folder / "data"), "--stream", f"kafka://{servers}/?partitions=4")
        self._folder = folder
        self._started = ExitStack()
        self._sent = 0

    def start(self, role: str) -> Running:
        """Start a process."""
        log = self._folder / f"{role}-{time.monotonic_ns()}.log"
        return self._started.enter_context(running(log, "serve", "--role", role, "--port", "0", *self.options))

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command on the same stream and store."""
        return subprocess.run(
            [*COMMAND, *words, *self.options], capture_output=True, text=True, check=False, timeout=300
        )

    def send(self, receiver: Running) -> int:
        """Send the next hundred deliveries until they are accepted; return how many were accepted by then."""
        lines = b"\n".join(line(number) for number in range(self._sent, self._sent + AT_ONCE))
        receiver.eventually(lambda: receiver.request("/hooks/recording", lines).status == 202)
        self._sent += AT_ONCE
        return self._sent

    def close(self) -> None:
        """End what still runs."""
        self._started.close()


def line(number: int) -> bytes:
    """Return a delivery: somebody clones a repository; every tenth time it is one they never touch."""
    at = START + 60 * number
    repo = f"acme/strange{number}" if number % 10 == 9 else f"acme/repo{number % 3}"
    body = {
        "_document_id": f"d{number}",
        "@timestamp": at * 1000,
        "action": "git.clone",
        "actor": f"user{number % 4}",
        "repo": repo,
    }
    received = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return json.dumps({"source": "github.audit", "received_at": received, "headers": {}, "body": body}).encode()


@pytest.fixture
def estate(tmp_path: Path, breakable: Broker) -> Iterator[Estate]:
    """Return a service on a broker of its own."""
    estate = Estate(tmp_path, breakable.servers)
    try:
        yield estate
    finally:
        estate.close()


def scored(api: Running) -> int:
    """Return how many events the API tells of."""
    found: set[str] = set()
    cursor = ""
    while True:
        page = api.get(f"/api/v1/events?limit=200{cursor}")
        found |= {event["id"] for event in page["items"]}
        if not page["next_cursor"]:
            return len(found)
        cursor = f"&cursor={page['next_cursor']}"


def test_worker_that_was_killed_is_replaced_and_nothing_is_lost(estate: Estate, breakable: Broker) -> None:
    """A stand-by takes over within 15 seconds, a broker's crash only delays, and the store is what the stream makes."""
    receiver, api = estate.start("receiver"), estate.start("api")
    workers = [estate.start("worker") for _ in range(2)]
    total = estate.send(receiver)
    api.eventually(lambda: scored(api) == total)
    workers[0].process.kill()
    killed = time.monotonic()
    total = estate.send(receiver)
    api.eventually(lambda: scored(api) == total)
    took = time.monotonic() - killed
    breakable.kill()
    breakable.start()
    total = estate.send(receiver)
    api.eventually(lambda: scored(api) == total)
    assert workers[1].process.poll() is None, workers[1].log
    assert took < 20, workers[1].log  # fifteen seconds, and time for a busy machine
    for process in (receiver, api, workers[1]):
        assert process.stop() == 0, process.log
    checked = estate.run("rebuild", "--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    doctor = estate.run("doctor")
    assert "has 4 partition(s)" in doctor.stdout, doctor.stdout
    assert "everything received has had its effects" in doctor.stdout, doctor.stdout


def test_others_are_told_of_incidents(estate: Estate, breakable: Broker) -> None:
    """What a scheduler writes to the topic of incidents is what the API lists."""
    receiver, api = estate.start("receiver"), estate.start("api")
    for role in ("worker", "scheduler"):
        estate.start(role)
    now = datetime.now(UTC)
    push = make_push("stranger", REPOSITORIES[0], now, added=[".github/workflows/x.yml"])
    lines = [*calm_history(42, now), deliver("push", push, now)]
    assert receiver.request("/hooks/recording", "\n".join(map(json.dumps, lines)).encode()).status == 202
    api.eventually(lambda: scored(api) == len(lines))
    listed = {incident["id"] for incident in api.get("/api/v1/incidents?limit=200")["items"]}
    assert listed
    heard: set[str] = set()
    with closing(KafkaConsumer(bootstrap_servers=breakable.servers, auto_offset_reset="earliest")) as other:
        other.subscribe(["unwonted.incidents"])

        def hear() -> bool:
            found = other.poll(timeout_ms=500).values()
            heard.update(json.loads(message.value)["id"] for messages in found for message in messages)
            return heard == listed

        api.eventually(hear)
