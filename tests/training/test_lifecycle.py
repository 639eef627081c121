"""A model version's life: a simulated organisation through the real worker, trained on, promoted, rolled back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select

from collector.event import Event
from collector.recognise import open_sources
from collector.simulator import play
from collector.simulator.simulation import START
from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry, Promoted
from models.version import Manifest
from service.memory import Memories
from service.store.database import Database
from service.store.tables import scored_events
from service.versions import Versions
from service.worker import Worker
from training.trainer import Course, train

DAYS = 13
"""Fewer leave a version nothing usual to be judged by."""
TRAINED_AFTER, ROLLED_BACK_AFTER = 0.7, 0.85
"""Shares of the stream."""


@dataclass(frozen=True)
class Life:
    """What a worker stored that met a promotion and a rollback, and one that met neither."""

    manifest: Manifest
    promoted_at: int
    rolled_back_at: int
    rows: list[Row[Any]]
    undisturbed: list[Row[Any]]


class Ground:
    """A stream, a store, and a worker that works the one off into the other."""

    def __init__(self, folder: Path, opened: ExitStack, versions: Versions) -> None:
        folder.mkdir()
        self.log = opened.enter_context(EmbeddedLog(folder / "stream.sqlite"))
        self.database = Database.embedded(folder / "store.sqlite")
        opened.callback(self.database.close)
        self._versions = versions
        self._worker = self._new_worker()

    def work(self, entries: Sequence[Entry]) -> int:
        """Append entries and work them off; return the last position."""
        self.log.append(entries)
        self._worker.run()
        return self._worker.position

    def die(self) -> None:
        """Go on with a worker that knows only what is stored."""
        self._worker = self._new_worker()

    def rows(self) -> list[Row[Any]]:
        """Return all scored events in order."""
        of = scored_events.c
        query = select(of.id, of.kind, of.position, of.score, of.model_version).order_by(of.seq)
        with self.database.reading() as connection:
            return list(connection.execute(query))

    def _new_worker(self) -> Worker:
        return Worker(self.log, self.database, Memories(versions=self._versions, keep_rows=True))


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """Return what two workers made of the same days."""
    folder = tmp_path_factory.mktemp("life")
    events = simulated(folder)
    first, second = (int(len(events) * share) for share in (TRAINED_AFTER, ROLLED_BACK_AFTER))
    versions = Versions(folder / "models", folder / "keys")
    with ExitStack() as opened:
        ground, undisturbed = (Ground(folder / name, opened, versions) for name in ("ground", "undisturbed"))
        ground.work(list(observed(events[:first])))
        manifest = train(ground.database, versions, "default", events[-1].received_at, Course(jobs=1))
        digest = versions.digest(manifest.version)
        promoted_at = ground.work([Promoted(organisation="default", id="p1", version=manifest.version, digest=digest)])
        ground.work(list(observed(events[first : (first + second) // 2])))
        ground.die()
        ground.work(list(observed(events[(first + second) // 2 : second])))
        rolled_back_at = ground.work([Promoted(organisation="default", id="p2", version="")])
        ground.work(list(observed(events[second:])))
        undisturbed.work(list(observed(events)))
        yield Life(manifest, promoted_at, rolled_back_at, ground.rows(), undisturbed.rows())


def simulated(folder: Path) -> list[Event]:
    """Return the events of a simulated organisation's days, as a receiver would have read them."""
    recording = folder / "days.ndjson"
    days = play(7, DAYS, START, ["token-mass-clone"])
    recording.write_bytes(b"".join(msgspec.json.encode(delivery) + b"\n" for delivery in days.deliveries))
    [reading] = open_sources([recording])
    return sorted(reading.events(), key=lambda event: event.received_at)


def test_sound_days_make_a_sound_version(life: Life) -> None:
    """A version trained on ordinary days passes its gate."""
    assert life.manifest.quality.gate.passed, life.manifest.quality.gate.reasons
    assert life.manifest.position == life.promoted_at - 1


def test_scores_name_the_version_from_its_position_on(life: Life) -> None:
    """Exactly the events between promotion and rollback, of the kinds it has an ensemble for, name the version."""
    served = {
        row.id
        for row in life.rows
        if life.promoted_at < row.position < life.rolled_back_at and row.kind in life.manifest.rows
    }
    assert served
    assert {row.id for row in life.rows if row.model_version == life.manifest.version} == served
    assert {row.model_version for row in life.rows if row.id not in served} == {"own"}


def test_version_changes_the_scores(life: Life) -> None:
    """While the version serves it decides: the scores are not those of the own fits."""
    own = {row.id: row.score for row in life.undisturbed}
    served = [row for row in life.rows if row.model_version == life.manifest.version]
    assert sum(row.score != own[row.id] for row in served) > len(served) / 2


def test_rollback_is_exact(life: Life) -> None:
    """Before the promotion and after the rollback every score is the one a worker gives that never met either."""
    own = {row.id: row.score for row in life.undisturbed}
    rest = [row for row in life.rows if not life.promoted_at < row.position < life.rolled_back_at]
    assert [row.score for row in rest] == [own[row.id] for row in rest]


def test_nothing_is_lost_or_scored_twice(life: Life) -> None:
    """A promotion, a rollback and a crash in between lose no event and repeat none."""
    assert [row.id for row in life.rows] == [row.id for row in life.undisturbed]
