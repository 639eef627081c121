"""The trainer: what is asked for is made, one at a time, and written down however it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from collector.event import Kind
from collector.stream.entry import Promoted, Verdict
from models.version import Manifest
from service.store import promotions, runs
from service.store.database import Database
from service.store.triage import Act
from service.versions import Versions
from tests.training.stored import START, judge, opened, ordinary, put, strange
from training.dataset import DAY_S
from training.errors import NothingToTrainError
from training.trainer import Course, Trainer, train

NOW = START + 3 * DAY_S
COURSE = Course(jobs=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    """Return a store with rows enough for one kind."""
    with opened(tmp_path) as database:
        put(database, ordinary(700))
        yield database


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    """Return a folder without versions."""
    return Versions(tmp_path / "models", tmp_path / "keys")


def ask(store: Database, name: str, at: float = NOW, *, organisation: str = "default") -> None:
    """Ask for a training run."""
    with store.transaction() as connection:
        runs.ask(connection, organisation, name, Act("mona", at))


def asked(store: Database, organisation: str = "default") -> dict[str, Row[Any]]:
    """Return the training runs by id."""
    with store.reading() as connection:
        return {run.id: run for run in runs.trainings(connection, organisation, 10)}


def made(store: Database, versions: Versions, now: float = NOW) -> Manifest:
    """Return a freshly trained version."""
    return train(store, versions, "default", now, COURSE)


def test_version_tells_where_it_comes_from(store: Database, versions: Versions) -> None:
    """The manifest names the events, the verdicts, the position and the libraries it was made of."""
    judge(store, put(store, strange(5), first=700), Verdict.TRUE_POSITIVE)
    manifest = made(store, versions)
    assert (manifest.events, manifest.removed[Kind.ACCESS].attacks) == ({Kind.ACCESS: 705}, 5)
    assert (manifest.labels, manifest.position, manifest.parent) == ({Verdict.TRUE_POSITIVE: 1}, 705, "own")
    assert "scikit-learn" in manifest.libraries
    assert set(versions.read(manifest.version)) == {Kind.ACCESS}


def test_training_again_gives_the_same_arrays(store: Database, versions: Versions) -> None:
    """The same stored rows and seed give the same arrays to the byte, under another name."""
    first, second = made(store, versions), made(store, versions, NOW + 60)
    assert first.files == second.files
    assert (first.dataset, first.quality) == (second.dataset, second.quality)
    assert first.version != second.version


def test_parent_is_the_version_that_serves(store: Database, versions: Versions) -> None:
    """A version is compared with the one that serves, and names it."""
    first = made(store, versions)
    with store.transaction() as connection:
        promotions.save(connection, 0, [(701, Promoted(organisation="default", id="p", version=first.version))])
    second = made(store, versions, NOW + 60)
    assert second.parent == first.version
    assert second.quality.kinds[Kind.ACCESS].planted_champion == first.quality.kinds[Kind.ACCESS].planted


def test_lost_champion_stops_nobody(store: Database, versions: Versions) -> None:
    """Where the version that serves cannot be read any more, a new one is still made."""
    with store.transaction() as connection:
        lost = Promoted(organisation="default", id="p", version="2026-01-01T0000-dead")
        promotions.save(connection, 0, [(701, lost)])
    assert made(store, versions).parent == "2026-01-01T0000-dead"


def test_failed_gate_is_written_down(store: Database, versions: Versions) -> None:
    """A version that failed its gate exists, and says so."""
    put(store, strange(800), first=700)
    put(store, ordinary(400, seed=5), first=1500)
    manifest = made(store, versions)
    assert not manifest.quality.gate.passed
    assert versions.show(manifest.version).quality.gate.reasons


def test_runs_are_worked_off_in_turn(store: Database, versions: Versions) -> None:
    """One run at a time, the oldest first, each with the version it made."""
    ask(store, "second", NOW + 1)
    ask(store, "first", NOW)
    clock = iter([NOW, NOW + 60])
    trainer = Trainer(store, versions, now=lambda: next(clock), course=COURSE)
    assert trainer.step()
    assert {name: run.state for name, run in asked(store).items()} == {"first": "done", "second": "waiting"}
    assert trainer.step()
    assert not trainer.step()
    assert {run.version for run in asked(store).values()} == set(versions.names())
    assert "may serve" in asked(store)["first"].message


def test_failed_run_says_why(store: Database, versions: Versions) -> None:
    """A run that cannot succeed is told as failed with its reason, and the trainer goes on."""
    ask(store, "r", organisation="empty")
    assert Trainer(store, versions, now=lambda: NOW, course=COURSE).step()
    run = asked(store, "empty")["r"]
    assert (run.state, run.version) == ("failed", "")
    assert "empty has no events yet" in run.message


def test_run_that_was_cut_off_is_told(store: Database, versions: Versions) -> None:
    """A run that was under way when the trainer died is told as failed, and leaves no half version behind."""
    ask(store, "r")
    with store.transaction() as connection:
        assert runs.begin(connection) == ("r", "default")
    assert not Trainer(store, versions, now=lambda: NOW, course=COURSE).step()
    assert asked(store)["r"].state == "failed"
    assert "ask again" in asked(store)["r"].message
    assert versions.names() == []


def test_two_trainers_share_no_run(store: Database, versions: Versions) -> None:
    """A run that one trainer took is not taken by another."""
    ask(store, "r")
    trainers = [Trainer(store, versions, now=lambda: NOW, course=COURSE) for _ in range(2)]
    assert [trainer.step() for trainer in trainers] == [True, False]


def test_too_little_is_told(store: Database, versions: Versions) -> None:
    """A window with too few events is refused before anything is fitted."""
    with pytest.raises(NothingToTrainError):
        train(store, versions, "default", NOW, Course(jobs=1, window_s=60.0))
    assert versions.names() == []
