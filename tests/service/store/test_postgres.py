"""What only a server does: it ends what hangs, orders text as a file does, and shows numbers in their order."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import URL, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from service.store import positions, triage
from service.store.database import Database
from service.store.tables import organisations
from service.store.tables import positions as rows
from service.store.triage import Act
from tests.service.feed.seeding import seed
from tests.services.postgres import Server

pytestmark = [pytest.mark.service, pytest.mark.postgres]
PATIENCE_S = 60.0


@pytest.fixture
def url(postgres: Server) -> URL:
    """Return the address of a store that was migrated."""
    address = postgres.new_database()
    Database.embedded(address).close()
    return address


def limits(**told: str) -> dict[str, str]:
    """Return what an address adds to the settings of its connections."""
    return {"options": " ".join(f"-c {name}={value}" for name, value in told.items())}


def test_connections_are_limited(url: URL) -> None:
    """No connection waits, hangs or works without an end, and a server's list shows whose it is."""
    names = ("lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout", "application_name")
    with closing(Database.open(url)) as database, database.reading() as connection:
        assert [connection.scalar(text(f"SHOW {name}")) for name in names] == ["10s", "10s", "1min", "unwonted"]
        assert connection.scalar(text("SHOW synchronous_commit")) == "on"


def test_address_may_set_others(url: URL) -> None:
    """What an operator writes into the address stands over our own."""
    told = url.set(query={"application_name": "mine", **limits(lock_timeout="5s")})
    with closing(Database.open(told)) as database, database.reading() as connection:
        assert [connection.scalar(text(f"SHOW {name}")) for name in ("application_name", "lock_timeout")] == [
            "mine",
            "5s",
        ]


def test_frozen_worker_keeps_nobody_out(url: URL) -> None:
    """Who stops in the midst of a transaction loses it, and the next one goes on."""
    frozen = Database.open(url.set(query=limits(idle_in_transaction_session_timeout="200ms")))
    with closing(frozen), closing(Database.open(url)) as other:

        def freeze() -> None:
            with frozen.transaction() as connection:
                epoch, _ = positions.claim(connection, 0, "frozen")
                with other.transaction() as beside:
                    assert positions.claim(beside, 0, "other")[0] == 1
                positions.advance(connection, 0, epoch, 0, 5)

        with pytest.raises(DBAPIError):
            freeze()
        with frozen.reading() as connection:
            assert connection.scalar(select(rows.c.owner)) == "other"


def test_text_is_ordered_by_its_characters(url: URL) -> None:
    """As in SQLite: capitals first, whatever the language of the server."""
    names = ["acme", "Zeta", "b-2", "b1", "äther"]
    blank = {"events": 0, "first_at": 0.0, "last_at": 0.0, "model_version": "", "risk_scale": b"", "summary": b""}
    with closing(Database.open(url)) as database, database.transaction() as connection:
        connection.execute(insert(organisations), [{"name": name, **blank} for name in names])
        assert list(connection.scalars(select(organisations.c.name).order_by(organisations.c.name))) == sorted(names)


def test_changes_are_seen_in_their_order(url: URL) -> None:
    """A change with a higher number is not seen before one with a lower: a listener would never hear of that."""
    with closing(Database.open(url)) as database:
        ids = seed(database, 2)
        began, heard = threading.Event(), []

        def second() -> None:
            with database.transaction() as connection:
                began.set()
                triage.tell(connection, "default", ids[1], Act("otto", 2.0), "second")

        thread = threading.Thread(target=second)
        with database.transaction() as connection:
            triage.tell(connection, "default", ids[0], Act("ada", 1.0), "first")
            thread.start()
            assert began.wait(PATIENCE_S)
            with database.reading() as reader:
                heard += triage.changed_after(reader, "default", 0, 10)
        thread.join(PATIENCE_S)
        with database.reading() as reader:
            assert (heard, len(triage.changed_after(reader, "default", 0, 10))) == ([], 2)


def test_claims_at_once_are_numbered(url: URL) -> None:
    """Of several workers that take a new partition over at the same time each has an epoch of its own."""
    epochs: list[int] = []
    with closing(Database.open(url)) as database:

        def claim() -> None:
            with database.transaction() as connection:
                epochs.append(positions.claim(connection, 7, "worker")[0])

        threads = [threading.Thread(target=claim) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        with database.reading() as connection:
            assert connection.scalar(select(func.max(rows.c.epoch))) == 4
    assert sorted(epochs) == [1, 2, 3, 4]


def test_text_of_people_is_cleaned_alike(database: Database) -> None:
    """A NUL character in a comment is stored, and looked for, as what stands for it, on either database."""
    (incident,) = seed(database, 1)
    with database.transaction() as connection:
        triage.comment(connection, "default", incident, "a\0b", Act("ada", 1.0))
        assert [row.text for row in triage.comments_of(connection, incident)] == ["a\ufffdb"]
        assert triage.comments_of(connection, "inc\0") == []


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    """Leave no thread behind."""
    before = threading.active_count()
    yield
    assert threading.active_count() <= before
