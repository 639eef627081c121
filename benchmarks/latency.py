"""From a webhook's arrival to its incident being readable: at 10, 50 and 90 % of the rate a service keeps up with.

One `unwonted serve` with all of it in one process: as anybody starts it, with everything in its data folder, and then
on Kafka and PostgreSQL. The worker scores beside a receiver that takes in, and beside an API that is asked. What is
sent are signed pushes of 10 kB with the people and repositories of a simulated history; once a second one comes from a
stranger who adds a workflow file, and the API is asked every 20 ms until it lists that stranger's incident. Whatever
else the machine does is in it.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.tables import tell
from collector.simulator import simulate
from tests.services.kafka import new_prefix, own_broker
from tests.services.postgres import own_server

DAYS = 10
SIZE = 10_000
CONNECTIONS = 16
FLOOD_S = 15.0
BACKLOG = 4_000
LEVELS = (0.1, 0.5, 0.9)
LEVEL_S = 20.0
POLL_S = 0.02
PATIENCE_S = 15.0
SECRET = "the secret of the benchmark"  # noqa: S105  # of nobody
UNWONTED = (sys.executable, "-c", "from unwonted.cli import main; main()")
COMMAND = (*UNWONTED, "serve", "--port", "0", "--data")
MARK = "5eed" * 10
"""Stands in a push for the commit's name, which differs each time."""

Row = dict[str, object]


class Push(NamedTuple):
    """A push that can be sent again and again, under another commit's name."""

    actor: str
    body: bytes

    def delivery(self, number: int) -> bytes:
        """Return it as a line of a recording."""
        head = {"X-GitHub-Event": "push", "X-GitHub-Delivery": f"{number:032x}"}
        about = {"source": "github.webhook", "received_at": datetime.now(UTC).isoformat(), "headers": head}
        return (
            json.dumps(about).encode()[:-1] + b', "body": ' + self.body.replace(MARK.encode(), b"%040x" % number) + b"}"
        )

    def request(self, number: int) -> bytes:
        """Return the whole HTTP request."""
        body = self.body.replace(MARK.encode(), b"%040x" % number)
        signature = hmac.digest(SECRET.encode(), body, "sha256").hex()
        head = (
            "POST /hooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-GitHub-Event: push\r\nX-GitHub-Delivery: {number:032x}\r\n"
            f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


class Flow(NamedTuple):
    """What sending came to."""

    sent: int
    seconds: float


class Service(NamedTuple):
    """The service that is measured."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rsplit(":", 1)[1])

    def spent(self) -> float:
        """Return the processor time of all its threads, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def lag(self) -> int:
        """Return how many entries wait for the worker."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=60) as answer:  # noqa: S310  # this machine
            found = re.findall(r"unwonted_worker_lag\{[^}]*\} (\S+)", answer.read().decode())
        return sum(int(float(lag)) for lag in found)

    def await_worker(self) -> None:
        """Wait until everything that was received has had its effects."""
        deadline = time.monotonic() + 300.0
        while self.lag():
            if time.monotonic() > deadline:
                raise TimeoutError("the worker did not reach the stream's end within five minutes")
            time.sleep(0.1)


def main() -> None:
    """On both stacks: let a service learn, find what it keeps up with, and time strangers at shares of that."""
    history = _history()
    pushes = _pushes(history)
    told = _rows("its data folder", history, pushes, {})
    with own_broker() as broker:
        for server in own_server():
            stream = f"kafka://{broker.servers}/?topic_prefix={new_prefix()}&partitions=6"
            told += _rows(
                "Kafka and PostgreSQL",
                history,
                pushes,
                {
                    "UNWONTED_STREAM": stream,
                    "UNWONTED_DATABASE": server.new_database().render_as_string(hide_password=False),
                },
            )
    tell("latency", told)


def _rows(where: str, history: list[dict[str, Any]], pushes: list[Push], env: dict[str, str]) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="unwonted-bench-") as folder, _served(Path(folder), env) as service:
        _learn(service, history)
        return [{"on": where, **row} for row in asyncio.run(_measure(service, pushes))]


async def _measure(service: Service, pushes: list[Push]) -> list[Row]:
    numbers = itertools.count(1)
    await _send(service.port, _cycle(pushes, numbers), 2.0)  # warms all
    await asyncio.to_thread(service.await_worker)
    backlog = await asyncio.to_thread(_backlog, service, pushes, numbers)
    before, began = service.spent(), time.perf_counter()
    flood = await _send(service.port, _cycle(pushes, numbers), FLOOD_S)
    await asyncio.to_thread(service.await_worker)
    most = flood.sent / (time.perf_counter() - began)
    each = f"both keep up with, at {1000 * (service.spent() - before) / flood.sent:.2f} ms of processor time a push"
    rows = [
        _row("receiver takes, as fast as it is sent", flood.sent / flood.seconds),
        _row("worker works off what has piled up", backlog),
        _row(each, most),
    ]
    for share in LEVELS:
        rows.append(await _level(service, pushes, numbers, share, share * most))
        await asyncio.to_thread(service.await_worker)
    return rows


def _row(what: str, rate: float, seen: str = "", seconds: Sequence[float] = ()) -> Row:
    ordered = sorted(seconds)
    p50, p99 = (f"{1000 * ordered[int(len(ordered) * q)]:.0f}" if ordered else "" for q in (0.5, 0.99))
    load = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    return {"what": what, "pushes/s": round(rate), "seen": seen, "p50 ms": p50, "p99 ms": p99, "machine's load": load}


def _backlog(service: Service, pushes: list[Push], numbers: Iterator[int]) -> float:
    """Enter more at once than the worker can follow; return how many a second it then works off alone."""
    chosen = zip(range(BACKLOG), numbers, itertools.cycle(pushes), strict=False)
    _record(service, [push.delivery(number) for _, number, push in chosen])
    behind, began = service.lag(), time.perf_counter()
    service.await_worker()
    return behind / (time.perf_counter() - began)


async def _level(service: Service, pushes: list[Push], numbers: Iterator[int], share: float, rate: float) -> Row:
    """Send at a rate, and every second a stranger's push; return how soon those were incidents."""
    strangers = _strangers(pushes, service.port, numbers)
    paced = asyncio.create_task(_send(service.port, _cycle(pushes, numbers), LEVEL_S, rate))
    await asyncio.sleep(1.0)
    timed = []
    for _ in range(int(LEVEL_S) - 2):
        timed.append(asyncio.create_task(next(strangers)))
        await asyncio.sleep(1.0)
    flow = await paced
    found = [seconds for seconds in await asyncio.gather(*timed) if seconds is not None]
    what = f"at {share:.0%}, of which {min(flow.sent / flow.seconds / rate, 1.0):.0%} could be sent"
    return _row(what, rate, f"{len(found)} of {len(timed)}", found)


def _strangers(pushes: list[Push], port: int, numbers: Iterator[int]) -> Iterator[Coroutine[Any, Any, float | None]]:
    """Yield, without end, what sends a stranger's push and returns after how long its incident was readable."""
    for number, push in zip(numbers, itertools.cycle(pushes), strict=False):
        name = f"stranger-{number:x}"
        yield _time(port, name, Push(name, _strange(json.loads(push.body), name)).request(number))


async def _time(port: int, name: str, request: bytes) -> float | None:
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        await _ask(reader, writer, request)
        asked = f"GET /api/v1/incidents?limit=1&actor=user:{name} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        while (waited := time.perf_counter() - began) < PATIENCE_S:
            if json.loads(await _ask(reader, writer, asked))["items"]:
                return time.perf_counter() - began
            await asyncio.sleep(max(0.0, POLL_S - (time.perf_counter() - began - waited)))
    finally:
        writer.close()
    return None


def _cycle(pushes: list[Push], numbers: Iterator[int]) -> Iterator[bytes]:
    return (push.request(number) for number, push in zip(numbers, itertools.cycle(pushes), strict=False))


async def _send(port: int, requests: Iterator[bytes], seconds: float, rate: float = 0.0) -> Flow:
    """Send over all connections for so many seconds, at a rate or as fast as they are answered."""
    began = time.perf_counter()
    turns = itertools.count()

    async def one() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = 0
        while True:
            due = next(turns) / rate if rate else 0.0
            if (left := began + due - time.perf_counter()) > 0.0:
                await asyncio.sleep(left)
            if time.perf_counter() - began >= seconds:
                writer.close()
                return sent
            await _ask(reader, writer, next(requests))
            sent += 1

    sent = sum(await asyncio.gather(*(one() for _ in range(CONNECTIONS))))
    return Flow(sent, time.perf_counter() - began)


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    found = re.search(rb"content-length: (\d+)", head)
    body = await reader.readexactly(int(found[1]) if found else 0)
    if not head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202")):
        raise RuntimeError((head + body).decode(errors="replace"))
    return body


def _history() -> list[dict[str, Any]]:
    start = datetime.fromtimestamp(time.time() // 86_400 * 86_400 - DAYS * 86_400, UTC)
    return list(simulate(seed=11, days=DAYS, start=start))


def _pushes(history: list[dict[str, Any]]) -> list[Push]:
    """Return the pushes of the history's last days, of the size GitHub sends them."""
    bodies = [delivery["body"] for delivery in history if delivery["headers"].get("X-GitHub-Event") == "push"]
    people = [body for body in bodies if body["sender"]["type"] == "User" and body["commits"]]
    return [Push(body["sender"]["login"], _padded(body)) for body in people[-256:]]


def _padded(body: dict[str, Any]) -> bytes:
    """Return a push with as many of GitHub's links as make it 10 kB."""
    repository = dict(body["repository"])
    body = {**body, "repository": repository}
    missing = SIZE - len(json.dumps(body))
    for number in range(missing // 120):
        repository[f"of{number:02}_url"] = f"https://api.github.example/repos/{repository['full_name']}/".ljust(
            106, "x"
        )
    return json.dumps(body).replace(body["after"], MARK).encode()


def _strange(body: dict[str, Any], name: str) -> bytes:
    """Return a push as if somebody nobody knows had added a workflow file with it."""
    body["sender"] = {**body["sender"], "login": name, "id": 10**9 + hash(name) % 10**6}
    body["pusher"] = {"name": name, "email": f"{name}@elsewhere.example"}
    commit = body["head_commit"]
    commit["author"] = commit["committer"] = {**body["pusher"], "username": name}
    commit["added"] = [f".github/workflows/{name}.yml"]
    body["commits"] = [commit]
    body["ref"] = f"refs/heads/{body['repository']['default_branch']}"
    return json.dumps(body).encode()


@contextmanager
def _served(folder: Path, settings: dict[str, str]) -> Iterator[Service]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("UNWONTED_")} | settings
    env["UNWONTED_HOOKS_GITHUB_SECRET"] = SECRET
    if "UNWONTED_DATABASE" in env:
        subprocess.run([*UNWONTED, "migrate"], env=env, check=True)
    with subprocess.Popen([*COMMAND, str(folder)], stdout=subprocess.PIPE, text=True, env=env) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            yield Service(line.split(": ", 1)[1].strip().rstrip("/"), process.pid)
        finally:
            process.terminate()


def _learn(service: Service, history: list[dict[str, Any]]) -> None:
    _record(service, [json.dumps(delivery).encode() for delivery in history])
    service.await_worker()


def _record(service: Service, lines: list[bytes]) -> None:
    for start in range(0, len(lines), 500):
        body = b"\n".join(lines[start : start + 500])
        with urllib.request.urlopen(f"{service.url}/hooks/recording", body, timeout=60) as answer:  # noqa: S310
            answer.read()


if __name__ == "__main__":
    main()
