"""Drills are played into a copy: seen there, judged, and gone afterwards without a trace in the organisation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collector.delivery import delivery_of
from collector.event import Event
from collector.simulator import Cast, play, stage
from collector.sources import Context, source_named
from collector.stream import observed
from collector.stream.embedded import EmbeddedLog
from service.memory import Memories
from service.store import incidents
from service.store.database import Database
from service.worker import Worker
from training.drills import DrillResult, Ending, Place, run_drill
from training.drills.ground import StoreGround

SEED = 5
DAYS = 8


@dataclass
class Site:
    """A service in one process: stream, store and worker, with some simulated days behind it."""

    log: EmbeddedLog
    database: Database
    worker: Worker
    now: float

    def drill(self, name: str, *, keep: bool = False, cast: Cast | None = None) -> DrillResult:
        """Play a drill against it."""
        ground = StoreGround(self.log, self.database, lambda _partition, _position: self.worker.run())
        staged = stage(name, seed=SEED, now=self.now, cast=cast)
        return run_drill(staged, ground, read, Place(organisation="acme", key="t", keep=keep))

    def incidents(self, organisation: str = "acme") -> list[Any]:
        """Return what the store holds of an organisation."""
        with self.database.reading() as connection:
            return incidents.by_score(connection, organisation)


def read(delivery: dict[str, Any], organisation: str) -> list[Event]:
    """Read a delivery as a receiver would."""
    context = Context(organisation=organisation)
    return source_named(delivery["source"]).parse(delivery_of(delivery), context)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a service that has seen eight days."""
    folder: Path = tmp_path_factory.mktemp("site")
    database = Database.embedded(folder / "store.sqlite")
    with EmbeddedLog(folder / "stream.sqlite") as log:
        events = [event for delivery in play(SEED, DAYS).deliveries for event in read(delivery, "acme")]
        log.append(observed(events))
        worker = Worker(log, database, Memories(), keeps_snapshots=False)
        worker.run()
        yield Site(log, database, worker, max(event.received_at for event in events) + 3600)
    database.close()


def test_a_drill_is_found(site: Site) -> None:
    """Somebody who copies everything stands first, before half of it is gone."""
    result = site.drill("token-mass-clone")
    assert (result.ending, result.rank) == (Ending.FOUND, 1)
    assert result.lead_s > 0
    assert result.feeds == ("github.audit",)


def test_a_drill_leaves_the_organisation_as_it_was(site: Site) -> None:
    """Neither a new incident nor a changed one is there afterwards."""
    before = site.incidents()
    result = site.drill("protection-sandwich")
    assert site.incidents() == before
    assert site.incidents(result.scratch) == []


def test_a_drill_repeats(site: Site) -> None:
    """The same drill against the same organisation ends the same way."""
    assert site.drill("secret-stealing-workflow") == site.drill("secret-stealing-workflow")


def test_a_kept_drill_can_be_read(site: Site) -> None:
    """Asked to keep it, the scratch organisation holds the incident that was judged."""
    result = site.drill("token-mass-clone", keep=True)
    assert result.incident in {incident.id for incident in site.incidents(result.scratch)}


def test_feeds_that_are_missing_leave_nothing_to_play(site: Site) -> None:
    """An organisation that sends nothing of the kind learns which feeds would have shown it."""
    result = site.drill("token-mass-clone", cast=Cast(Cast.simulated(SEED).organisation, frozenset({"git"})))
    assert result.ending is Ending.UNPLAYED
    assert "github.audit" in result.sentence
