"""Whatever a sender writes, SQLite and PostgreSQL end with the same: nothing of it fails inside a database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from collector.receiver.reading import Reader
from collector.sources import Context
from collector.stream.embedded import EmbeddedLog
from service.feed import Feed
from service.memory import Memories
from service.rebuild import digests
from service.store.database import Database
from service.worker import Worker
from tests.service.conftest import Address
from tests.service.stand_ins import make_event
from tests.services.postgres import Server

pytestmark = [pytest.mark.service, pytest.mark.postgres]

NOW = 1.77e9
LAST_SECOND = 253402300799.0


def lines() -> Iterator[str]:
    """Yield deliveries that are wrong in every way that was ever seen to break a database, and good ones between."""
    for number, event in enumerate(
        [
            make_event(at=NOW),
            make_event(at=LAST_SECOND),
            make_event(at=NOW + 5, actor="mo\0na"),
            make_event(at=-62135596799.0, entity="acme/\0"),
            make_event(at=NOW + 9, action="odd\0"),
        ]
    ):
        event = msgspec.structs.replace(  # noqa: PLW2901
            event, id=f"e{number}", numbers={"n": 1e308, "m": -1e308}, facts={"f": ["x\0", "\0"]}
        )
        yield json.dumps({"source": "event", "received_at": NOW, "body": msgspec.to_builtins(event)})
    yield '{"source": "event", "received_at": 1.77e9, "body": {"observed_at": 1e999}}'
    yield '{"source": "event", "body": "\\ud800"}'
    yield '{"source": 7, "body": [\0'
    body = '{"action": "x", "created_at": "9999-12-31T23:59:59Z", "actor": "a\\u0000", "_document_id": "z"}'
    yield f'{{"source": "github.audit", "received_at": 1.77e9, "body": {body}}}'


def stored(address: Address, folder: Path) -> tuple[dict[str, str], int]:
    """Return digests of what a store holds after all of it, and how many events its feed shows."""
    entries = Reader(Context(), NOW).recording("\n".join(lines()).encode()).entries
    with EmbeddedLog(folder / "log.sqlite") as log, closing(Database.embedded(address)) as database:
        log.append(entries)
        worker = Worker(log, database, Memories(keep_rows=True))
        worker.run()
        worker.snapshot()
        return digests(database), len(Feed(database).events("default").items)


def test_both_hold_the_same(postgres: Server, tmp_path: Path) -> None:
    """NUL characters, halves of characters, the years 1 and 9999, and numbers at the end of their range."""
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one = stored(tmp_path / "one" / "store.sqlite", tmp_path / "one")
    assert one == stored(postgres.new_database(), tmp_path / "other")
    assert one[1] == 6
