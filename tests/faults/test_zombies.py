"""A worker that was frozen while another took its place over changes nothing when it wakes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.faults.deliveries import Batch
from tests.faults.rig import SERVE, Account, Service, broken, feed, settle, until, work_off
from tests.faults.variants import FROZEN_AT

pytestmark = pytest.mark.service

WORKER = ("--role", "worker")
FENCED = "unwonted_worker_fenced_total"
BATCHES = "unwonted_worker_batches_total"


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


def test_zombie_is_fenced_off(few_clean: Account, few: list[Batch], tmp_path: Path) -> None:
    """Frozen between taking a batch in and storing it, it finds on waking that the batch is another's."""
    account, fenced = overtaken(tmp_path / "data", few, "freezes")
    assert fenced > 0
    assert len(account.scored) == len(set(account.scored))
    assert account.accepted <= set(account.scored)
    assert account.digests == few_clean.digests


def test_missing_epoch_check_is_noticed(few_clean: Account, few: list[Batch], tmp_path: Path) -> None:
    """The same test catches a worker that does not look whether it was replaced: it scores events twice."""
    account, fenced = overtaken(tmp_path / "data", few, "freezes", "no_epoch_check")
    assert fenced == 0
    assert len(account.scored) > len(set(account.scored))
    assert account.digests != few_clean.digests
