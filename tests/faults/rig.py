"""A service that is killed on purpose, and whoever feeds it meanwhile."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from service.rebuild import digests
from service.store.database import Database
from tests.faults.deliveries import Batch

SERVE = (sys.executable, "-c", "from unwonted.cli import main; main()", "serve")
"""The command of a service."""
DEADLINE_S = 180.0
EARLY_S, MIDST_S = (0.0, 2.0), (0.0, 1.0)
"""How long a service lives at least and at most: from being ready, and from its worker having begun."""


def broken(*variants: str) -> tuple[str, ...]:
    """Return the command of a service with faults built in."""
    return (sys.executable, "-m", "tests.faults.variants", ",".join(variants), "serve")


class Service:
    """One `unwonted serve` process after another, on one data folder."""

    def __init__(self, folder: Path, command: Sequence[str] = SERVE, name: str = "") -> None:
        self.folder = folder
        self.starts = 0
        self.log = folder.with_name(f"{folder.name}{name}.log")
        self._command = [*command, "--port", "0", "--data", str(folder)]
        self._process: subprocess.Popen[str] | None = None
        self._address = ("127.0.0.1", 0)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.starts += 1
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if "http://" not in line:
            self.kill()
            raise RuntimeError(f"the service did not start; the end of its log: {self.log.read_text()[-2000:]}")
        url = urlsplit(line[line.index("http://") :].strip())
        self._address = (url.hostname or "", url.port or 0)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._let_go()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal: SIGSTOP freezes it, SIGCONT has it go on."""
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def pid(self) -> int:
        """Return its number, the last one where it is gone."""
        assert self._process is not None
        return self._process.pid

    def is_frozen(self) -> bool:
        """Return whether it is stopped in the middle of something."""
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()[-2000:]
        return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    def stop(self) -> None:
        """End it as its supervisor would, and wait."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) in (0, -signal.SIGTERM, 143), self.log.read_text()[-2000:]
        self._let_go()

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdout is not None:
            self._process.stdout.close()

    def revive(self) -> None:
        """Start it again where it is gone."""
        assert self._process is not None
        if self._process.poll() is not None:
            self._let_go()
            self.start()

    def send(self, batch: Batch) -> dict[str, Any]:
        """Send deliveries until they are accepted, starting the service again where it is gone."""
        deadline = time.monotonic() + DEADLINE_S
        path = f"/hooks/recording?organisation={batch.organisation}"
        while time.monotonic() < deadline:
            try:
                status, body = self.request("POST", path, "\n".join(batch.lines).encode())
            except (OSError, http.client.HTTPException):
                assert self._process is not None
                self._process.wait(30)  # it refuses connections because it was killed
                self.revive()
                continue
            if status == 202:
                answer: dict[str, Any] = json.loads(body)
                return answer
            assert status == 503, f"{status}: {body[:500]!r}"
        raise TimeoutError(f"nothing was accepted for {DEADLINE_S:.0f} s; see {self.log}")

    def request(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Make one request; return status and body."""
        connection = http.client.HTTPConnection(*self._address, timeout=60)
        with closing(connection):
            connection.request(method, path, body, {"Content-Type": "application/x-ndjson"})
            response = connection.getresponse()
            return response.status, response.read()

    def measure(self, name: str) -> float:
        """Return one of its measures."""
        _, body = self.request("GET", "/metrics")
        return sum(float(line.split()[-1]) for line in body.decode().splitlines() if line.startswith(name))

    def done(self) -> tuple[int, int]:
        """Return how far the worker has come, and where the stream ends."""
        return (
            _number(self.folder / "store.sqlite", "SELECT coalesce(max(position), 0) FROM positions"),
            _number(self.folder / "stream.sqlite", "SELECT coalesce(max(position), 0) FROM entries"),
        )


@dataclass
class Account:
    """What a run was told, and what it left behind."""

    accepted: set[tuple[str, str]] = field(default_factory=set)
    unreadable: int = 0
    starts: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    scored: list[tuple[str, str]] = field(default_factory=list)
    dead: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, batch: Batch, answer: Mapping[str, Any]) -> None:
        """Take in what was answered to a batch."""
        self.accepted.update((batch.organisation, event) for event in answer["events"])
        self.unreadable += answer["unreadable"]


def run(
    folder: Path, batches: Sequence[Batch], *, kills: int = 0, seed: int = 0, command: Sequence[str] = SERVE
) -> Account:
    """Feed a service, killing it at so many seeded moments; return the account once everything was worked off."""
    rng = random.Random(seed)
    share = len(batches) // (kills + 1)
    account = Account()
    with Service(folder, command) as service:
        for number in range(kills + 1):
            is_last = number == kills
            fed = batches[number * share :] if is_last else batches[number * share : (number + 1) * share]
            if number % 3 == 0 and not is_last:
                feed(service, fed, account, dies_after_s=rng.uniform(*EARLY_S))
            else:  # in the worker's midst: it has begun, and more comes
                feed(service, fed[: len(fed) // 2], account)
                work_off(service)
                feed(service, fed[len(fed) // 2 :], account, dies_after_s=None if is_last else rng.uniform(*MIDST_S))
        work_off(service)
        service.stop()
        account.starts = service.starts
    return settle(account, folder)


def feed(service: Service, batches: Sequence[Batch], account: Account, *, dies_after_s: float | None = None) -> None:
    """Send deliveries, spread over the time after which the service is killed, whatever it is doing then."""
    death = threading.Timer(dies_after_s or 0.0, service.kill)
    if dies_after_s is not None:
        death.start()
    for batch in batches:
        account.add(batch, service.send(batch))
        time.sleep((dies_after_s or 0.0) / len(batches))  # the pace of the feed
    if dies_after_s is not None:
        death.join()
        service.revive()


def work_off(service: Service) -> None:
    """Wait until the worker has come to the stream's end."""
    until(lambda: len(set(service.done())) == 1)


def until(ask: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + DEADLINE_S
    while not ask():
        if time.monotonic() > deadline:
            raise TimeoutError(f"it was not so within {DEADLINE_S:.0f} s")
        time.sleep(0.05)


def settle(account: Account, folder: Path) -> Account:
    """Add to an account what a data folder holds in the end."""
    with closing(Database.open(folder / "store.sqlite")) as database:
        return examine(account, database)


def examine(account: Account, database: Database) -> Account:
    """Add to an account what a store holds in the end."""
    account.digests = digests(database)
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT organisation, id FROM scored_events ORDER BY seq")
        account.scored = [(row[0], row[1]) for row in rows]
        account.dead = connection.exec_driver_sql("SELECT count(*) FROM dead_letters").scalar_one()
    return account


def _number(path: Path, query: str) -> int:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        return int(database.execute(query).fetchone()[0])
