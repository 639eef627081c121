"""Processor time of a signed push of 10 kB: stored, beside the same route without a sink, and beside a bare one."""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI, Request, Response

from benchmarks.tables import tell
from collector.receiver import ReceiverSettings, router
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry

SECRET = b"the secret of the benchmark"
SIZE = 10_000
REQUESTS = 3_200
"""Requests of one round, over all connections."""
ROUNDS = 3
CONNECTIONS = (1, 16, 64)
BARE = "bare: reads the body, answers"
SINKLESS = "proves, reads, answers; no sink"
STORED = "receiver: the same, and durable"

Row = dict[str, object]


def main() -> None:
    """Serve each in a process of its own, ask them in turns, and tell what a request cost each."""
    with tempfile.TemporaryDirectory(prefix="unwonted-bench-") as folder, ExitStack() as served:
        requests = [_request(n) for n in range(256)]
        servers = {name: served.enter_context(_served(name, folder)) for name in (BARE, SINKLESS, STORED)}
        tell("receiver", [row for connections in CONNECTIONS for row in _rows(connections, servers, requests)])


class _Server:
    """A server in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.port = int(process.stdout.readline()) if process.stdout else 0
        self._times = Path(f"/proc/{process.pid}/stat")

    def spent(self) -> float:
        """Return the processor time of all its threads, in seconds."""
        fields = self._times.read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _served(*arguments: str) -> Iterator[_Server]:
    command = [sys.executable, "-m", "benchmarks.receiver", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield _Server(process)
        finally:
            process.terminate()


def _rows(connections: int, servers: dict[str, _Server], requests: list[bytes]) -> Iterator[Row]:
    costs: dict[str, list[float]] = {name: [] for name in servers}
    rates: dict[str, list[float]] = {name: [] for name in servers}
    for number in range(ROUNDS + 1):
        for name, server in servers.items():
            spent, began = server.spent(), time.perf_counter()
            _ask(server.port, connections, requests)
            if number:  # the first round warms all
                costs[name].append(1e6 * (server.spent() - spent) / REQUESTS)
                rates[name].append(REQUESTS / (time.perf_counter() - began))
    cost = {name: statistics.median(spent) for name, spent in costs.items()}
    for name in servers:
        yield {
            "connections": connections,
            "route": name,
            "µs CPU a push": round(cost[name]),
            "times the bare route": f"{cost[name] / cost[BARE]:.2f}",
            "times without a sink": f"{cost[name] / cost[SINKLESS]:.2f}",
            "pushes/s": round(statistics.median(rates[name])),
        }


def _ask(port: int, connections: int, requests: list[bytes]) -> None:
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(lambda _: _send(port, requests, REQUESTS // connections), range(connections)))


def _send(port: int, requests: list[bytes], count: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for n in range(count):
            connection.sendall(requests[n % len(requests)])
            answer = b""
            while not answer.endswith(b"}"):  # head and body come apart
                answer += connection.recv(65_536)
            if not answer.startswith(b"HTTP/1.1 202"):
                raise RuntimeError(answer.decode(errors="replace"))


def _request(number: int) -> bytes:
    body = _push(number)
    signature = hmac.digest(SECRET, body, "sha256").hex()
    head = (
        "POST /hooks/github HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: GitHub-Hookshot/044aadd\r\n"
        "Accept: */*\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n"
        f"X-GitHub-Delivery: {number:08x}-{secrets.token_hex(8)}\r\nX-GitHub-Hook-ID: 292430182\r\n"
        "X-GitHub-Hook-Installation-Target-ID: 79929171\r\nX-GitHub-Hook-Installation-Target-Type: repository\r\n"
        f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _push(number: int) -> bytes:
    """Return a push with the fields GitHub sends, filled with commits up to 10 kB."""
    commits: list[dict[str, Any]] = []
    while True:
        body = msgspec.json.encode(_payload(number, commits))
        if len(body) >= SIZE:
            return body
        commits.append(_commit(number, len(commits)))


def _payload(number: int, commits: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "ref": "refs/heads/main",
        "before": f"{number:040x}",
        "after": f"{number + 1:040x}",
        "repository": _repository(),
        "pusher": {"name": "mona", "email": "mona@acme.example"},
        "organization": _linked(
            "orgs/acme-payments", "repos events hooks issues members public_members avatar", login="acme-payments"
        ),
        "sender": _sender(),
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": "https://github.example/acme-payments/ledger-service/compare/a...b",
        "commits": commits,
        "head_commit": commits[-1] if commits else None,
    }


def _repository() -> dict[str, Any]:
    links = """html forks keys collaborators teams hooks issue_events events assignees branches tags blobs git_tags
        git_refs trees statuses languages stargazers contributors subscribers subscription commits git_commits comments
        issue_comment contents compare merges archive downloads issues pulls milestones notifications labels releases
        deployments git ssh clone svn homepage mirror"""
    counts = "size stargazers_count watchers_count forks_count open_issues_count forks open_issues watchers stargazers"
    switches = "fork has_issues has_projects has_downloads has_wiki has_pages has_discussions archived disabled"
    return _linked(
        "repos/acme-payments/ledger-service",
        links,
        name="ledger-service",
        full_name="acme-payments/ledger-service",
        private=True,
        visibility="private",
        default_branch="main",
        owner=_sender(),
        pushed_at=1_772_359_200,
        topics=["ledger", "payments"],
        **dict.fromkeys(counts.split(), 3),
        **dict.fromkeys(switches.split(), False),
    )


def _sender() -> dict[str, Any]:
    links = """avatar html followers following gists starred subscriptions organizations repos events received_events"""
    return _linked("users/mona", links, login="mona", type="User", site_admin=False, gravatar_id="")


def _linked(path: str, links: str, **fields: Any) -> dict[str, Any]:
    url = f"https://api.github.example/{path}"
    named = {f"{link}_url": f"{url}/{link}{{/id}}" for link in links.split()}
    return {"id": 79_929_171, "node_id": "MDEwOlJlcG9zaXRvcnk3OTkyOTE3MQ==", "url": url, **named, **fields}


def _commit(number: int, at: int) -> dict[str, Any]:
    person = {"name": "Mona", "email": "mona@acme.example", "username": "mona"}
    return {
        "id": f"{number:08x}{at:032x}",
        "tree_id": f"{at:040x}",
        "distinct": True,
        "message": f"Round half to even in ledger {at}\n\nThe old way lost a cent a day.",
        "timestamp": "2026-03-01T21:00:00+13:00",
        "url": f"https://github.example/acme-payments/ledger-service/commit/{at:040x}",
        "author": person,
        "committer": person,
        "added": [f"src/ledger/rounding_{at}.py"],
        "removed": [],
        "modified": ["src/pay.py", f"tests/test_pay_{at}.py"],
    }


def _bare() -> FastAPI:
    app = FastAPI()

    @app.post("/hooks/github")
    async def take(request: Request) -> Response:
        await request.body()
        return Response(b'{"events":[]}', 202, media_type="application/json")

    return app


class _NoLog:
    """Keeps nothing, and is at once done with it."""

    def append(self, entries: Iterable[Entry]) -> int:
        return len(list(entries))


def _app(name: str, folder: str) -> FastAPI:
    if name == BARE:
        return _bare()
    log = EmbeddedLog(Path(folder) / "log.sqlite") if name == STORED else _NoLog()
    app = FastAPI()
    app.include_router(router(ReceiverSettings(secrets={"github": (SECRET,)}), log))
    return app


def _serve(name: str, folder: str) -> None:
    app = _app(name, folder)
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "log_config": None}
    uvicorn.Server(uvicorn.Config(app, access_log=False, proxy_headers=False, **options)).run([listening])


if __name__ == "__main__":
    _serve(*sys.argv[1:]) if sys.argv[1:] else main()
