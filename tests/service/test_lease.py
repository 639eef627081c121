"""Of several processes one has the lease; another takes it when that one gives it up or is gone."""

from __future__ import annotations

from sqlalchemy import update

from service.lease import Lease
from service.store import leases
from service.store.database import Database
from service.store.tables import leases as rows


def owner(database: Database) -> str | None:
    """Return who has the lease now."""
    with database.reading() as connection:
        return leases.owner_of(connection, "sweep")


def run_out(database: Database) -> None:
    """Let the lease be over."""
    with database.transaction() as connection:
        connection.execute(update(rows).values(until=rows.c.until - 60.0))


def test_one_has_it(database: Database) -> None:
    """Who comes second waits."""
    one, other = Lease(database, "sweep", "one"), Lease(database, "sweep", "other")
    assert (one.is_held(), other.is_held(), owner(database)) == (True, False, "one")


def test_two_leases_are_two_things(database: Database) -> None:
    """Who has one may not have the other."""
    assert Lease(database, "sweep", "one").is_held()
    assert Lease(database, "relay", "other").is_held()


def test_given_up_is_taken_at_once(database: Database) -> None:
    """A process that ends lets the next one begin."""
    one, other = Lease(database, "sweep", "one"), Lease(database, "sweep", "other")
    one.is_held()
    one.give_up()
    assert other.is_held()


def test_lease_of_one_that_is_gone_runs_out(database: Database) -> None:
    """A process that was killed keeps nobody out for longer than the lease lasts."""
    Lease(database, "sweep", "gone").is_held()
    run_out(database)
    assert owner(database) is None
    assert Lease(database, "sweep", "other").is_held()


def test_who_was_slow_finds_it_taken(database: Database) -> None:
    """A process that did not renew in time asks again, and is told that another has it."""
    now = [0.0]
    slow = Lease(database, "sweep", "slow", lease_s=15.0, clock=lambda: now[0])
    assert slow.is_held()
    run_out(database)
    assert Lease(database, "sweep", "other").is_held()
    now[0] = 60.0
    assert not slow.is_held()


def test_asking_often_asks_the_database_seldom(database: Database) -> None:
    """Between two renewals the answer is remembered."""
    lease = Lease(database, "sweep", "one", lease_s=15.0, clock=lambda: 0.0)
    assert lease.is_held()
    run_out(database)
    assert lease.is_held()
    assert owner(database) is None
