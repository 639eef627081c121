"""Processor time of a signed push of 10 kB, beside the same FastAPI route that reads the body and keeps nothing."""

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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI, Request, Response

from benchmarks.tables import tell
from collector.receiver import ReceiverSettings, router
from collector.stream.embedded import EmbeddedLog

SECRET = b"the secret of the benchmark"
SIZE = 10_000
REQUESTS = 3_200
"""Requests of one round, over all connections."""
ROUNDS = 3
CONNECTIONS = (1, 16, 64)

Row = dict[str, object]


def main() -> None:
    """Serve both in processes of their own, ask them in turns, and tell what a request cost each."""
    with tempfile.TemporaryDirectory(prefix="unwonted-bench-") as folder:
        requests = [_request(n) for n in range(256)]
        with _served("plain") as plain, _served("receiver", folder) as receiver:
            rows = [_row(connections, plain, receiver, requests) for connections in CONNECTIONS]
    tell("receiver", rows)


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


def _row(connections: int, plain: _Server, receiver: _Server, requests: list[bytes]) -> Row:
    costs: dict[int, list[float]] = {plain.port: [], receiver.port: []}
    rates: dict[int, list[float]] = {plain.port: [], receiver.port: []}
    for number in range(ROUNDS + 1):
        for server in (plain, receiver):
            spent, began = server.spent(), time.perf_counter()
            _ask(server.port, connections, requests)
            if number:  # the first round warms both
                costs[server.port].append((server.spent() - spent) / REQUESTS)
                rates[server.port].append(REQUESTS / (time.perf_counter() - began))
    theirs, ours = (statistics.median(costs[server.port]) for server in (plain, receiver))
    return {
        "connections": connections,
        "receiver, µs CPU": round(1e6 * ours),
        "plain route, µs CPU": round(1e6 * theirs),
        "times the plain route": f"{ours / theirs:.2f}",
        "receiver, requests/s": round(statistics.median(rates[receiver.port])),
        "plain route, requests/s": round(statistics.median(rates[plain.port])),
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
        "organization": _linked("orgs/acme", "repos events hooks issues members public_members avatar", login="acme"),
        "sender": _sender(),
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": "https://github.example/acme/pay/compare/a...b",
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
        "repos/acme/pay",
        links,
        name="pay",
        full_name="acme/pay",
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
        "url": f"https://github.example/acme/pay/commit/{at:040x}",
        "author": person,
        "committer": person,
        "added": [f"src/ledger/rounding_{at}.py"],
        "removed": [],
        "modified": ["src/pay.py", f"tests/test_pay_{at}.py"],
    }


def _plain() -> FastAPI:
    app = FastAPI()

    @app.post("/hooks/github")
    async def take(request: Request) -> Response:
        await request.body()
        return Response(b'{"events":[]}', 202, media_type="application/json")

    return app


def _receiver(folder: str) -> FastAPI:
    app = FastAPI()
    log = EmbeddedLog(Path(folder) / "log.sqlite")
    app.include_router(router(ReceiverSettings(secrets={"github": (SECRET,)}), log))
    return app


def _serve(name: str, *folder: str) -> None:
    app = _plain() if name == "plain" else _receiver(*folder)
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    options: dict[str, Any] = {"loop": "uvloop", "http": "httptools", "log_config": None}
    uvicorn.Server(uvicorn.Config(app, access_log=False, proxy_headers=False, **options)).run([listening])


if __name__ == "__main__":
    _serve(*sys.argv[1:]) if sys.argv[1:] else main()
