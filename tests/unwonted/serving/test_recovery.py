"""A database that crashes under a running worker costs time and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import SQLAlchemyError

from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from service.memory import Memories
from service.rebuild import digests
from service.store import positions
from service.store.database import Database
from service.store.errors import is_away
from service.versions import Versions
from service.worker import Worker
from tests.service.stand_ins import START, make_event
from tests.services.postgres import OwnServer, crashable
from unwonted.serving.labour import worker_loop
from unwonted.serving.parts import Parts, join

__all__ = ["crashable"]

pytestmark = [pytest.mark.service, pytest.mark.postgres]

PATIENCE_S = 120.0
EVENTS = [
    make_event(f"e{n}", at=START + 60.0 * n, actor=f"user{n % 7}", action="odd" if n % 11 == 0 else "git.clone")
    for n in range(3_000)
]


@pytest.fixture
def parts(crashable: OwnServer, tmp_path: Path) -> Iterator[Parts]:
    """Return a stream in a file, and a store in a server that may crash."""
    path = tmp_path / "stream.sqlite"
    with EmbeddedLog(path) as stream, closing(Database.embedded(crashable.new_database())) as database:
        yield Parts(stream, partial(join, path), database, Versions(tmp_path / "models", tmp_path / "keys"))


def until(is_so: Callable[[], object]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def reached(parts: Parts) -> int:
    """Return how far the worker has come."""
    with parts.database.reading() as connection:
        return positions.position_of(connection, 0)


def clean(folder: Path) -> dict[str, str]:
    """Return the digests of a run on SQLite without a crash."""
    with EmbeddedLog(folder / "clean.log") as log, closing(Database.embedded(folder / "clean.sqlite")) as database:
        log.append(observed(EVENTS))
        worker = Worker(log, database, Memories(keep_rows=True))
        worker.run()
        worker.snapshot()
        return digests(database)


def test_worker_goes_on_after_a_crash(parts: Parts, crashable: OwnServer, tmp_path: Path) -> None:
    """The worker tells that the store is away, comes back by itself, and ends as if nothing had happened."""
    loop = worker_loop(parts)
    parts.stream.append(observed(EVENTS[:1_000]))
    loop.start()
    until(lambda: reached(parts) == 1_000)
    crashable.crash()
    parts.stream.append(observed(EVENTS[1_000:2_000]))
    until(lambda: loop.problem)
    crashable.start()
    until(lambda: reached(parts) == 2_000)
    until(lambda: loop.problem is None)
    parts.stream.append(observed(EVENTS[2_000:]))
    crashable.crash()
    crashable.start()
    until(lambda: reached(parts) == 3_000)
    loop.stop()
    assert loop.join(PATIENCE_S)
    assert digests(parts.database) == clean(tmp_path)


def test_who_asks_meanwhile_is_told_that_it_is_away(parts: Parts, crashable: OwnServer) -> None:
    """What a reader gets is known as an absence, and the first question after the start is answered."""
    assert reached(parts) == 0
    crashable.crash()
    with pytest.raises(SQLAlchemyError) as told:
        reached(parts)
    assert is_away(told.value)
    crashable.start()
    assert reached(parts) == 0
