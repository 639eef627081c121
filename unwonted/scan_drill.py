"""Drills at the end of a scanned history: the same events as a scan reads, and the attacks after them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from operator import attrgetter
from pathlib import Path

from collector.networks import Networks
from collector.recognise import open_sources
from collector.simulator import stage
from collector.stream.embedded import EmbeddedLog, SortedLog
from service.memory import Memories
from service.store import drills
from service.store.database import Database
from service.worker import Worker
from training.drills import DrillResult, Place, run_drill
from training.drills.ground import StoreGround
from unwonted.drills import cast_from, moment_for, reader
from unwonted.errors import NothingReadError
from unwonted.scan import ORGANISATION, Progress

_CHUNK = 5_000
_FAR = 253402300799.0
"""No clock counts here: a drill follows the history."""


class ScanDrill:
    """Reads, learns, and plays drills into copies of what was learned."""

    def __init__(self, networks: Networks, progress: Progress) -> None:
        self._networks = networks
        self._progress = progress

    def run(self, sources: Sequence[Path], names: Sequence[str], *, seed: int) -> Iterator[DrillResult]:
        """Yield what each drill showed; temporary files live only as long as this goes on."""
        with tempfile.TemporaryDirectory(prefix="unwonted-", ignore_cleanup_errors=True) as folder:
            database = Database.temporary(Path(folder) / "store.sqlite")
            try:
                with EmbeddedLog(Path(folder) / "stream.sqlite") as log:
                    self._read(log, sources, Path(folder) / "read.sqlite")
                    yield from self._play(log, database, names, seed)
            finally:
                database.close()

    def _read(self, log: EmbeddedLog, sources: Sequence[Path], path: Path) -> None:
        """Fill the log in the order a scan works in."""
        with SortedLog(path) as read:
            for reading in open_sources(sources, organisation=ORGANISATION, networks=self._networks):
                self._progress.phase(f"Reading {Path(reading.path).resolve().name}")
                read.append_sorted(
                    reading.events(), attrgetter("received_at" if reading.keeps_order else "observed_at")
                )
            if read.is_empty:
                raise NothingReadError(f"there is not one event in {', '.join(map(str, sources))}")
            read.arrange()
            position = 0
            while records := read.read(0, position, _CHUNK):
                log.append([record.entry for record in records])
                position = records[-1].position

    def _play(self, log: EmbeddedLog, database: Database, names: Sequence[str], seed: int) -> Iterator[DrillResult]:
        worker = Worker(log, database, Memories(), keeps_snapshots=False)
        self._progress.phase("Learning and scoring", log.end(0))
        worker.run(self._progress.advance)
        self._progress.phase("Playing drills", len(names))
        cast = cast_from(log, ORGANISATION)
        with database.reading() as connection:
            span = drills.span(connection, ORGANISATION)
        now = moment_for(span[1] if span else 0.0, _FAR)
        ground = StoreGround(log, database, lambda _partition, _position: worker.run())
        for name in names:
            staged = stage(name, seed=seed, now=now, cast=cast)
            yield run_drill(staged, ground, reader(self._networks), Place(organisation=ORGANISATION, key="scan"))
            self._progress.advance(1)
