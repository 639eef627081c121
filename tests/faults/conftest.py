"""A short recording, and what becomes of it where nothing happens."""

from __future__ import annotations

import pytest

from tests.faults.deliveries import Batch, batches_of, recording
from tests.faults.rig import Account, run


@pytest.fixture(scope="session")
def few() -> list[Batch]:
    """Return a short recording."""
    return batches_of(recording(600, seed=12))


@pytest.fixture(scope="session")
def few_clean(few: list[Batch], tmp_path_factory: pytest.TempPathFactory) -> Account:
    """Return the account of a run of it without faults."""
    return run(tmp_path_factory.mktemp("clean") / "data", few)
