"""A service killed again and again ends in the state of one that was never killed, and lost nothing it accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.deliveries import Batch, batches_of, recording
from tests.faults.rig import Account, broken, run

pytestmark = pytest.mark.service

SEED = 11


@pytest.fixture(scope="module")
def scale(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Return how many deliveries and how many kills."""
    return (20_000, 30) if request.config.getoption("--all-faults") else (5_000, 6)


@pytest.fixture(scope="module")
def batches(scale: tuple[int, int]) -> list[Batch]:
    """Return the recording that all runs are fed."""
    return batches_of(recording(scale[0], SEED))


@pytest.fixture(scope="module")
def clean(batches: list[Batch], tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return the account of a run without faults."""
    return run(tmp_path_factory.mktemp("clean") / "data", batches)


def test_killed_service_ends_as_a_clean_run(
    clean: Account, batches: list[Batch], scale: tuple[int, int], tmp_path: Path
) -> None:
    """SIGKILL at seeded moments: same events, scores, incidents and profiles, and every 202 is accounted for."""
    killed = run(tmp_path / "data", batches, kills=scale[1], seed=SEED)
    assert killed.starts > scale[1] // 2
    assert killed.accepted <= set(killed.scored)
    assert len(killed.scored) == len(set(killed.scored))
    assert killed.dead == clean.dead
    assert killed.digests == clean.digests


def test_position_in_a_second_transaction_is_noticed(
    clean: Account, batches: list[Batch], scale: tuple[int, int], tmp_path: Path
) -> None:
    """The same test catches a worker that commits its position apart from its results."""
    killed = run(tmp_path / "data", batches, kills=scale[1], seed=SEED, command=broken("position_apart"))
    assert killed.digests != clean.digests
