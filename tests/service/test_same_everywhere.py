"""Wherever a stream and its store are, and however many workers share it, the same is found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from collector.stream.address import KafkaAddress
from collector.stream.entry import Entry
from tests.service.everywhere import ORGANISATIONS, Digests, embedded, entries_of, fill, spread
from tests.services.kafka import kafka, new_prefix
from tests.services.postgres import Server

__all__ = ["kafka"]

pytestmark = [pytest.mark.service, pytest.mark.kafka, pytest.mark.postgres]
DELIVERIES = 4_000


@pytest.fixture(scope="module")
def entries() -> list[Entry]:
    """Return the entries of a recording: repeats, late ones and poison of many organisations."""
    made = entries_of(DELIVERIES)
    assert len({entry.organisation for entry in made}) == ORGANISATIONS
    return made


@pytest.fixture(scope="module")
def clean(entries: Sequence[Entry], tmp_path_factory: pytest.TempPathFactory) -> Digests:
    """Return what is found on SQLite from the embedded log, in the batches of a service."""
    folder = tmp_path_factory.mktemp("clean")
    return embedded(entries, folder, folder / "store.sqlite", 5_000)


@pytest.fixture(scope="module")
def topic(entries: Sequence[Entry], kafka: str) -> KafkaAddress:
    """Return a topic of 24 partitions that holds the entries."""
    address = KafkaAddress((kafka,), topic_prefix=new_prefix())
    fill(address, entries)
    return address


@pytest.mark.parametrize("batch", [1, 100])
def test_batches_of_any_size(entries: Sequence[Entry], clean: Digests, tmp_path: Path, batch: int) -> None:
    """Batches of one and of a hundred give what batches of thousands give."""
    assert embedded(entries, tmp_path, tmp_path / "store.sqlite", batch) == clean


def test_postgresql_with_the_embedded_log(
    entries: Sequence[Entry], clean: Digests, postgres: Server, tmp_path: Path
) -> None:
    """PostgreSQL holds what SQLite holds."""
    assert embedded(entries, tmp_path, postgres.new_database(), 5_000) == clean


@pytest.mark.parametrize(("workers", "batch"), [(1, 5_000), (2, 1), (4, 100)])
def test_workers_that_share_a_topic(
    topic: KafkaAddress, clean: Digests, postgres: Server, workers: int, batch: int
) -> None:
    """One, two and four workers on Kafka and PostgreSQL find the same, in batches of any size."""
    assert spread(topic, postgres.new_database(), workers, batch) == clean
