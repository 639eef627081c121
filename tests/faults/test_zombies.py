"""A worker that was frozen while another took its place over changes nothing when it wakes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.faults.deliveries import Batch, batches_of, recording
from tests.faults.rig import SERVE, Account, Service, broken, feed, run, settle, until, work_off
from tests.faults.variants import FROZEN_AT

pytestmark = pytest.mark.service

SEED = 12
DELIVERIES = 600
WORKER = ("--role", "worker")
FENCED = "unwonted_worker_fenced_total"
BATCHES = "unwonted_worker_batches_total"


@pytest.fixture(scope="module")
def batches() -> list[Batch]:
    """Return the recording that all runs are fed."""
    return batches_of(recording(DELIVERIES, SEED))


@pytest.fixture(scope="module")
def clean(batches: list[Batch], tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return the account of a run without faults."""
    return run(tmp_path_factory.mktemp("clean") / "data", batches)


def overtaken(folder: Path, batches: list[Batch], *variants: str) -> tuple[Account, int]:
    """Freeze a worker in the middle of a batch, have another finish, and wake it up.

    Returns the account, and how many batches it was refused.
    """
    account = Account()
    with Service(folder, (*SERVE, "--role", "receiver"), "-receiver") as receiver:
        feed(receiver, batches, account)
        receiver.stop()
    with Service(folder, (*broken(*variants), *WORKER), "-zombie") as zombie:
        until(zombie.is_frozen)
        with Service(folder, (*SERVE, *WORKER), "-other") as other:
            work_off(other)
            zombie.signal(signal.SIGCONT)
            until(lambda: zombie.measure(FENCED) + zombie.measure(BATCHES) >= FROZEN_AT)
            fenced = int(zombie.measure(FENCED))
            zombie.stop()
            other.stop()
    return settle(account, folder), fenced


def test_zombie_is_fenced_off(clean: Account, batches: list[Batch], tmp_path: Path) -> None:
    """Frozen between taking a batch in and storing it, it finds on waking that the batch is another's."""
    account, fenced = overtaken(tmp_path / "data", batches, "freezes")
    assert fenced > 0
    assert len(account.scored) == len(set(account.scored))
    assert account.accepted <= set(account.scored)
    assert account.digests == clean.digests


def test_missing_epoch_check_is_noticed(clean: Account, batches: list[Batch], tmp_path: Path) -> None:
    """The same test catches a worker that does not look whether it was replaced: it scores events twice."""
    account, fenced = overtaken(tmp_path / "data", batches, "freezes", "no_epoch_check")
    assert fenced == 0
    assert len(account.scored) > len(set(account.scored))
    assert account.digests != clean.digests
