"""Whenever a worker dies, the next one ends with the same events, incidents and profiles."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.delivery import delivery_of
from collector.event import Event
from collector.simulator import simulate
from collector.sources import Context, source_named
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry, Erased, Forked, Judged, Observed, Suppressed, Unreadable, Verdict
from service import rebuild, worker
from service.memory import Memories
from service.store.database import Database
from service.worker import Worker
from tests.service.conftest import Address, AddressOf

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """Return the entries of four simulated days: two organisations, repeats, and everything else that can come."""
    rng = random.Random(5)
    events = list(parsed(simulate(5, days=4, start=MONDAY, attacks=["secret-stealing-workflow"])))
    found: list[Entry] = []
    for number, event in enumerate(events):
        organisation = "acme" if number % 5 else "umbrella"
        found.append(Observed(event=of(event, organisation)))
        if rng.random() < 0.02:
            found.append(found[rng.randrange(len(found))])
        if rng.random() < 0.005:
            found.append(Unreadable(organisation="acme", id=f"bad-{number}", source="x", received_at=0.0, reason="no"))
        if number % 400 == 399:
            found += others(number, events[max(0, number - 30) : number], event.observed_at)
    return found


def parsed(bodies: object) -> Iterator[Event]:
    """Return the events of simulated deliveries."""
    for body in bodies:  # type: ignore[attr-defined]  # an iterator of JSON objects
        delivery = delivery_of(body)
        yield from source_named(delivery.source).parse(delivery, Context())


def of(event: Event, organisation: str) -> Event:
    """Return an event of another organisation."""
    return Event(**{name: getattr(event, name) for name in Event.__struct_fields__} | {"organisation": organisation})


def others(number: int, recent: Sequence[Event], at: float) -> list[Entry]:
    """Return what may stand between events, different each time."""
    scratch = f"acme~drill-{number}"
    seen = tuple(of(event, "acme") for event in recent[:20])
    verdict = (Verdict.BENIGN, Verdict.TRUE_POSITIVE)[number // 400 % 2]
    judged = Judged(organisation="acme", id=f"v{number}", incident="inc_none", verdict=verdict, events=seen)
    return [
        judged,
        Suppressed(organisation="acme", id=f"s{number}", until=at + 86400.0, source="github.audit"),
        judged,
        Forked(organisation=scratch, id=f"f{number}", of="acme"),
        *(Observed(event=of(event, scratch)) for event in recent[20:]),
        *([Erased(organisation=scratch, id=f"e{number}")] if number % 800 == 399 else []),
    ]


def work(store: Address, folder: Path, entries: Sequence[Entry], deaths: Sequence[int], size: int) -> dict[str, str]:
    """Return digests of all that is stored after so many entries, the worker having died at some of its steps."""
    with EmbeddedLog(folder / "stream.sqlite") as log, closing(Database.embedded(store)) as database:
        log.append(entries)
        steps, going = 0, True
        while going:
            one = Worker(log, database, Memories(keep_rows=True), batch_size=size)
            while going and steps not in deaths:
                going = one.step() > 0
                steps += 1
            steps += 1
        one.snapshot()
        return rebuild.digests(database)


@pytest.fixture(scope="module")
def clean(entries: list[Entry], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the digests of a run on SQLite without deaths, in one batch after another of 500."""
    folder = tmp_path_factory.mktemp("clean")
    return work(folder / "store.sqlite", folder, entries, (), 500)


@pytest.mark.parametrize("pace", [(97, 300), (5_000, 1)])
def test_deaths_and_batches_change_nothing(
    entries: list[Entry],
    clean: dict[str, str],
    address_of: AddressOf,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pace: tuple[int, int],
) -> None:
    """Deaths at any step, snapshots rare or frequent, batches small or large, either database: the same store."""
    batch_size, snapshot_entries = pace
    monkeypatch.setattr(worker, "SNAPSHOT_ENTRIES", snapshot_entries)
    monkeypatch.setattr(worker, "SNAPSHOT_BYTES", 1_000_000_000)
    steps = len(entries) // batch_size + 1
    deaths = random.Random(batch_size).sample(range(steps), min(steps, 4))
    assert work(address_of(tmp_path), tmp_path, entries, deaths, batch_size) == clean


def test_rebuilt_store_is_the_live_one(entries: list[Entry], address_of: AddressOf, tmp_path: Path) -> None:
    """The stream alone makes again what was stored, and a store that was tampered with is found and mended."""
    work(address_of(tmp_path), tmp_path, entries[:2_500], (2,), 700)
    with (
        EmbeddedLog(tmp_path / "stream.sqlite") as log,
        closing(Database.open(address_of(tmp_path))) as live,
        closing(rebuild.build(log, tmp_path / "rebuilt.sqlite", lambda: Memories(keep_rows=True))) as rebuilt,
    ):
        assert rebuild.differences(live, rebuilt) == []
        with live.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM scored_events WHERE position = 7")
        assert [difference.part for difference in rebuild.differences(live, rebuilt)] == ["events"]
        rebuild.replace(live, rebuilt)
        assert rebuild.differences(live, rebuilt) == []


def test_two_organisations_share_nothing(entries: list[Entry], tmp_path: Path) -> None:
    """An organisation's events alone give the scores they get beside another's."""
    both = entries[:2_500]
    mine = [entry for entry in both if entry.organisation == "umbrella"]
    assert scores(tmp_path / "alone", mine) == scores(tmp_path / "beside", both)


def scores(folder: Path, entries: Sequence[Entry]) -> list[tuple[str, float]]:
    """Return ids and scores of one organisation's events."""
    folder.mkdir()
    work(folder / "store.sqlite", folder, entries, (), 800)
    with closing(Database.open(folder / "store.sqlite")) as database, database.reading() as connection:
        query = "SELECT id, score FROM scored_events WHERE organisation = 'umbrella' ORDER BY seq"
        return [(row[0], row[1]) for row in connection.exec_driver_sql(query)]
