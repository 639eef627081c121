"""What drills show after simulated months, with all feeds and with webhooks alone: the rank of each attack."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.tables import tell
from collector.networks import Networks
from collector.simulator import ATTACKS, play, stage
from collector.simulator.simulation import START
from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from service.memory import Memories
from service.store.database import Database
from service.worker import Worker
from training.drills import Place, run_drill
from training.drills.ground import StoreGround
from unwonted.drills import SIMULATED, cast_from, networks_for, reader

SEEDS = (21, 22, 23, 24, 25)
FEEDS = {"all": "", "webhooks": "github.webhook"}
"""What a month is seen by: the source that is read, or all."""
DAYS = 31
HOUR = 10
"""Of the day after the month at which the drills end."""

Row = dict[str, Any]


def main() -> None:
    """Play all drills after some months, and tell the rank of each."""
    tell("drills", [row for feeds in FEEDS for seed in SEEDS for row in _month(seed, feeds)])


def _month(seed: int, feeds: str) -> Iterator[Row]:
    read = reader(networks_for(SIMULATED, Networks()))
    deliveries = [delivery for delivery in play(seed, DAYS).deliveries if FEEDS[feeds] in ("", delivery["source"])]
    events = [event for delivery in deliveries for event in read(delivery, SIMULATED)]
    now = (START + timedelta(days=DAYS, hours=HOUR)).timestamp()
    with tempfile.TemporaryDirectory() as folder, EmbeddedLog(Path(folder) / "stream.sqlite") as log:
        database = Database.embedded(Path(folder) / "store.sqlite")
        log.append(observed(events))
        worker = Worker(log, database, Memories(), keeps_snapshots=False)
        worker.run()
        ground = StoreGround(log, database, lambda _partition, _position: worker.run())
        cast = cast_from(log, SIMULATED)
        for name in ATTACKS:
            result = run_drill(
                stage(name, seed=seed, now=now, cast=cast), ground, read, Place(organisation=SIMULATED, key="bench")
            )
            yield {
                "drill": name,
                "feeds": feeds,
                "seed": seed,
                "ending": result.ending.value,
                "rank": result.rank or "none",
                "beside": result.rivals,
                "risk": result.risk,
                "lead (s)": round(result.lead_s),
                "events told": f"{result.told} of {result.events}",
            }
        database.close()


if __name__ == "__main__":
    main()
