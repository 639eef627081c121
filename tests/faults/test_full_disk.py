"""A service whose disk is full refuses what it cannot store, and goes on once there is room."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.faults.deliveries import Batch
from tests.faults.rig import Account, Service, feed, settle, work_off

pytestmark = pytest.mark.service

PAGE = 4_096
TIMES = 3


@contextmanager
def full_disk(service: Service) -> Iterator[None]:
    """Let no file of a process grow beyond a page, so that its writes fail halfway as on a full disk."""
    before = resource.prlimit(service.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (PAGE, before[1]))
    try:
        yield
    finally:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, before)


def test_service_outlives_a_full_disk(few_clean: Account, few: list[Batch], tmp_path: Path) -> None:
    """While the disk is full a sender is told 503; afterwards the results are those of a disk that was never full."""
    account, share = Account(), len(few) // (TIMES + 1)
    with Service(tmp_path / "data") as service:
        for number in range(TIMES):
            feed(service, few[number * share : (number + 1) * share], account)
            with full_disk(service):
                status, told = service.request("POST", "/hooks/recording", "\n".join(few[-1].lines).encode())
            assert status == 503, told
        feed(service, few[TIMES * share :], account)
        work_off(service)
        service.stop()
    assert service.starts == 1
    settle(account, tmp_path / "data")
    assert account.accepted <= set(account.scored)
    assert len(account.scored) == len(set(account.scored))
    assert account.digests == few_clean.digests
