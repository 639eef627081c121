"""A process that fetches is killed again and again: nothing is lost, and nothing is there twice in effect."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector.stream.embedded import EmbeddedLog
from service.memory import Memories
from service.store.database import Database
from service.worker import Worker
from tests.collector.pollers.github import AuditLog, entry
from tests.collector.pollers.vendor import Asked, Vendor, misbehaving, status

pytestmark = pytest.mark.service

SEED = 23
ENTRIES = 2_500


@pytest.fixture(scope="module")
def kills(request: pytest.FixtureRequest) -> int:
    """Return how often the process is killed."""
    return 40 if request.config.getoption("--all-faults") else 10


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    """Return a server with an audit log that is read in pages which overlap."""
    now = time.time()
    with Vendor() as served:
        log = AuditLog(served)
        log.entries = [entry(number, at=now - 3 * 86_400 + 90 * number) for number in range(ENTRIES)]
        log.repeats = 3
        yield served


@dataclass
class Killer:
    """Kills the process that asks, so many milliseconds after a request that is drawn beforehand."""

    rng: random.Random
    kills: int
    process: subprocess.Popen[bytes] | None = None
    left: int = 0

    def arm(self) -> None:
        """Draw the request, early or late, that is answered last."""
        self.left = self.rng.randint(1, 5)

    def asked(self, _: Asked) -> None:
        """Count a request, and kill whoever made it when it was the last: before, or a moment after, the answer."""
        self.left -= 1
        if self.left == 0 and self.kills > 0 and self.process is not None:
            self.kills -= 1
            threading.Timer(self.rng.uniform(0.0, 0.06), self.process.kill).start()


def polled(vendor: Vendor, folder: Path, killer: Killer, *variant: str) -> int:
    """Fetch everything, starting again after each kill; return how often it was started."""
    folder.mkdir()
    vendor.on_request = killer.asked
    for started in range(1, 200):
        killer.arm()
        command = [sys.executable, "-m", "tests.faults.polled", vendor.url, str(folder), *variant]
        killer.process = subprocess.Popen(command, stderr=subprocess.PIPE)
        _, errors = killer.process.communicate(timeout=120)
        if killer.process.returncode == 0:
            return started
        assert killer.process.returncode == -9, errors.decode()
    raise AssertionError("it never came to the end")


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
    """SIGKILL at seeded moments, among broken answers: the store has what a clean run has, each event once."""
    rng = random.Random(SEED)
    assert polled(vendor, tmp_path / "clean", Killer(rng, 0)) == 1
    clean = scored(tmp_path / "clean")
    assert len(clean) == len(set(clean)) == ENTRIES

    vendor.faults.extend(rng.choice([None, None, misbehaving("truncated"), status(502)]) for _ in range(60))
    killer = Killer(rng, kills)
    started = polled(vendor, tmp_path / "killed", killer)
    assert (killer.kills, started > kills // 2) == (0, True)
    assert scored(tmp_path / "killed") == clean


def test_place_that_is_kept_too_early_is_noticed(vendor: Vendor, kills: int, tmp_path: Path) -> None:
    """The same kills catch a poller that keeps its place before the stream has acknowledged what came before."""
    polled(vendor, tmp_path / "killed", Killer(random.Random(SEED), kills), "place_first")
    assert len(scored(tmp_path / "killed")) < ENTRIES
