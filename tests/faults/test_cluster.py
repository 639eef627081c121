"""Whatever fails of a service on Kafka and PostgreSQL, it ends as the embedded one that nothing happened to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.faults.cluster import FAULTS, Cluster, freeze_worker, run_cluster, schedule
from tests.faults.deliveries import Batch, batches_of, recording
from tests.faults.rig import Account, run
from tests.services.kafka import Broker, breakable
from tests.services.postgres import OwnServer, crashable

__all__ = ["breakable", "crashable"]

pytestmark = [pytest.mark.service, pytest.mark.kafka, pytest.mark.postgres]

SEED = 13
ORGANISATIONS = ("acme", "birch", "cedar", "delta", "ember", "gale")
"""They lie in five of six partitions."""
LINES = 20
"""Deliveries in one request: something comes for every worker, whenever a fault happens."""
FEW = 40
"""Requests that one fault needs."""


@pytest.fixture(scope="module")
def scale(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Return how many deliveries and how many faults."""
    return (12_000, 30) if request.config.getoption("--all-faults") else (1_800, len(FAULTS))


@pytest.fixture(scope="module")
def batches(scale: tuple[int, int]) -> list[Batch]:
    """Return what all runs are fed: a recording dealt out to organisations of very unequal sizes."""
    weights = [1 / place for place in range(1, len(ORGANISATIONS) + 1)]
    rng = random.Random(SEED)
    return [
        batch._replace(organisation=rng.choices(ORGANISATIONS, weights)[0])
        for batch in batches_of(recording(scale[0], SEED), size=LINES)
    ]


@pytest.fixture(scope="module")
def clean(batches: list[Batch], tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return the account of a run without faults, on the embedded log and SQLite."""
    return run(tmp_path_factory.mktemp("clean") / "data", batches)


def test_failing_cluster_ends_as_a_clean_run(
    clean: Account,
    batches: list[Batch],
    scale: tuple[int, int],
    breakable: Broker,
    crashable: OwnServer,
    tmp_path: Path,
) -> None:
    """Processes killed and frozen, broker and database crashed: the same results, and every 202 is accounted for."""
    cluster = Cluster(tmp_path, breakable, crashable)
    account = run_cluster(cluster, batches, schedule(scale[1], SEED), SEED)
    assert cluster.receiver.starts > account.faults["kill_receiver"]
    assert cluster.fenced > 0
    assert len(account.scored) == len(set(account.scored))
    assert account.accepted <= set(account.scored)
    assert account.dead == clean.dead
    assert account.digests == clean.digests


def test_missing_epoch_check_is_noticed(
    batches: list[Batch], breakable: Broker, crashable: OwnServer, tmp_path: Path
) -> None:
    """A worker that does not look whether it was replaced scores events twice when it wakes."""
    cluster = Cluster(tmp_path, breakable, crashable, ["no_epoch_check"])
    account = run_cluster(cluster, batches[:FEW], [freeze_worker], SEED)
    assert len(account.scored) > len(set(account.scored))
