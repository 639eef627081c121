"""What is usual for an entity comes from the last snapshot."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from service.feed import Feed
from service.memory import Memories
from service.store.database import Database
from service.worker import Worker
from tests.service.stand_ins import START, make_event


def test_usual_follows_the_snapshots(tmp_path: Path) -> None:
    """Nothing is told before the first snapshot; then habits, and after the next snapshot the newer ones."""
    with (
        EmbeddedLog(tmp_path / "stream.sqlite") as log,
        closing(Database.embedded(tmp_path / "store.sqlite")) as database,
    ):
        feed, told = Feed(database), []
        worker = Worker(log, database, Memories())
        for action in ("git.clone", "git.push"):
            log.append(observed(make_event(f"{action}-{n}", at=START + n, action=action) for n in range(50)))
            worker.run()
            told += [acts_of_mona(feed)]
            worker.snapshot()
            told += [acts_of_mona(feed)]
    assert told == [[], ["git.clone"], ["git.clone"], ["git.clone", "git.push"]]


def acts_of_mona(feed: Feed) -> list[str]:
    """Return what one actor usually does, in alphabetical order."""
    found = feed.entity("default", "user", "mona")
    assert found is not None
    return sorted(
        name for baseline in found.baseline if baseline.feature == "action_of_actor" for name in baseline.usual
    )
