"""A process that fetches is killed again and again: nothing is lost, and nothing is there twice in effect."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from collector.stream.embedded import EmbeddedLog
from service.memory import Memories
from service.store.database import Database
from service.worker import Worker
from tests.collector.pollers import gitlab
from tests.collector.pollers.github import Actions, AuditLog, entry
from tests.collector.pollers.vendor import Asked, Vendor, misbehaving, status
from tests.faults.polled import BEGUN
from unwonted.settings import PREFIX

pytestmark = pytest.mark.service

SEED = 23
ENTRIES = 2_500
RUNS = 12
MANY = 8
EVERYTHING = {
    "GITHUB_LOGS": "acme/*",
    "GITLAB_AUDIT": "group:acme",
    "GITLAB_PIPELINES": "acme/*",
    "GITLAB_LOGS": "acme/*",
    "GITLAB_TOKEN": "s3cret",
}


@pytest.fixture(scope="module")
def kills(request: pytest.FixtureRequest) -> int:
    """Return how often the process is killed."""
    return 40 if request.config.getoption("--all-faults") else 10


@pytest.fixture
def storage() -> Iterator[Vendor]:
    """Return the host where GitHub's logs lie."""
    with Vendor() as served:
        yield served


@pytest.fixture
def vendor(storage: Vendor) -> Iterator[Vendor]:
    """Return a server with an audit log that is read in pages which overlap, with runs, pipelines and their logs."""
    now = time.time()
    with Vendor() as served:
        log = AuditLog(served)
        log.entries = [entry(number, at=now - 3 * 86_400 + 90 * number) for number in range(ENTRIES)]
        log.repeats = 3
        events = gitlab.AuditEvents(served, "/groups/acme/audit_events")
        events.events = [gitlab.audit_event(number, now - 90_000 + 200 * number) for number in range(400)]
        actions, projects = Actions(served, storage), gitlab.Projects(served)
        actions.names[5] = [f"test ({number})" for number in range(MANY)]  # these come in one archive
        for number in range(1, RUNS + 1):
            actions.run(f"acme/r{number % 3}", number, at=now - 4_000 - 100 * number)
            projects.pipeline(f"acme/p{number % 3}", 1_000 + number, at=now - 4_000 - 100 * number)
        yield served


def bucket(folder: Path) -> Path:
    """Fill a folder with exports by date, packed and not."""
    folder.mkdir()
    for day in range(5):
        lines = "".join(json.dumps(entry(10_000 + 700 * day + number)) + "\n" for number in range(700)).encode()
        (folder / f"2026-03-0{day + 1}.json{'.gz' if day % 2 else ''}").write_bytes(
            gzip.compress(lines) if day % 2 else lines
        )
    return folder


Arm = Callable[[subprocess.Popen[str]], None]
"""Sees to it that a process which has begun is killed, or not."""


def polled(folder: Path, told: Mapping[str, str], arm: Arm, *variant: str) -> int:
    """Fetch everything, starting again after each kill; return how often it was started."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    told = {"DATA": str(folder), "GITHUB_TOKEN": "s3cret", "GITHUB_AUDIT": "acme", **told}
    environment = {**own, **{f"{PREFIX}{name}": value for name, value in told.items()}}
    command = [sys.executable, "-m", "tests.faults.polled", *variant]
    for started in range(1, 200):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            if process.stdout.readline().strip() == BEGUN:
                arm(process)
            _, errors = process.communicate(timeout=120)
        if process.returncode == 0:
            return started
        assert process.returncode == -9, errors
    raise AssertionError("it never came to the end")


class ByRequest:
    """Kills at, or a moment after, a request that is drawn."""

    def __init__(self, vendor: Vendor, rng: random.Random, kills: int) -> None:
        self.kills = kills
        self._rng = rng
        self._left = 0
        self._process: subprocess.Popen[str] | None = None
        vendor.on_request = self._asked

    def __call__(self, process: subprocess.Popen[str]) -> None:
        """Draw the request, early or late."""
        self._process, self._left = process, self._rng.randint(1, 5)

    def _asked(self, _: Asked) -> None:
        self._left -= 1
        if self._left == 0 and self.kills > 0 and self._process is not None:
            self.kills -= 1
            threading.Timer(self._rng.uniform(0.0, 0.06), self._process.kill).start()


class ByTime:
    """Kills at drawn moments, spread over the time that everything takes."""

    def __init__(self, rng: random.Random, kills: int, seconds: float) -> None:
        self._rng = rng
        self._left = kills
        self._longest = 2.0 * seconds / (kills + 2)

    def __call__(self, process: subprocess.Popen[str]) -> None:
        """Draw the moment."""
        if self._left > 0:
            self._left -= 1
            threading.Timer(self._rng.uniform(0.0, self._longest), process.kill).start()


def scored(folder: Path) -> list[str]:
    """Return the ids of the events in the store, once a worker has worked off the stream."""
    with (
        EmbeddedLog(folder / "stream.sqlite") as stream,
        closing(Database.open(folder / "store.sqlite")) as database,
    ):
        worker = Worker(stream, database, Memories(), partition=0)
        while worker.step():
            pass
        with database.reading() as connection:
            return list(connection.exec_driver_sql("SELECT id FROM scored_events ORDER BY id").scalars())


def test_killed_poller_ends_as_a_clean_run(vendor: Vendor, kills: int, tmp_path: Path) -> None:
    """SIGKILL at seeded requests, among broken answers: the store has what a clean run has, each event once."""
    rng = random.Random(SEED)
    assert polled(tmp_path / "clean", {"GITHUB_API": vendor.url}, ByRequest(vendor, rng, 0)) == 1
    clean = scored(tmp_path / "clean")
    assert len(clean) == len(set(clean)) == ENTRIES

    vendor.faults.extend(rng.choice([None, None, misbehaving("truncated"), status(502)]) for _ in range(60))
    killer = ByRequest(vendor, rng, kills)
    started = polled(tmp_path / "killed", {"GITHUB_API": vendor.url}, killer)
    assert (killer.kills, started > kills // 2) == (0, True)
    assert scored(tmp_path / "killed") == clean


def test_every_poller_survives_kills(vendor: Vendor, kills: int, tmp_path: Path) -> None:
    """SIGKILL at seeded moments, whatever is being fetched then: logs, files, pages and what stands between them."""
    told = {"GITHUB_API": vendor.url, "GITLAB_API": vendor.url, "POLL_FOLDER": str(bucket(tmp_path / "bucket"))}
    begun: list[float] = []
    polled(tmp_path / "clean", {**EVERYTHING, **told}, lambda _: begun.append(time.monotonic()))
    seconds = time.monotonic() - begun[0]
    clean = scored(tmp_path / "clean")
    wanted = (
        ENTRIES + 400 + 5 * 700 + MANY - 2 + RUNS * (2 + 3 + 2)
    )  # logs of GitHub; ends of GitLab's jobs and pipelines; logs
    assert len(clean) == len(set(clean)) == wanted

    started = polled(tmp_path / "killed", {**EVERYTHING, **told}, ByTime(random.Random(SEED), kills, seconds))
    assert started > kills // 2
    assert scored(tmp_path / "killed") == clean


def test_place_that_is_kept_too_early_is_noticed(vendor: Vendor, kills: int, tmp_path: Path) -> None:
    """The same kills catch a poller that keeps its place before the stream has acknowledged what came before."""
    killer = ByRequest(vendor, random.Random(SEED), kills)
    polled(tmp_path / "killed", {"GITHUB_API": vendor.url}, killer, "place_first")
    assert len(scored(tmp_path / "killed")) < ENTRIES
