"""The ledger in the store: a step's place and how it ended are kept together, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from collector.errors import OvertakenError
from collector.pollers.poller import Standing, Turn
from service.ledger import StoreLedger
from service.store import pollers
from service.store.database import Database
from service.store.pollers import PollerState

NAME = "github.audit/acme"


def turn(at: float = 10.0, **told: Any) -> Turn:
    """Return how a step ended."""
    return Turn(NAME, "default", "github.audit", at, at + 60.0)._replace(**told)


def state(database: Database) -> PollerState:
    """Return how the poller is doing."""
    with database.reading() as connection:
        found = pollers.state_of(connection, NAME)
    assert found is not None
    return found


def test_steps_add_up(database: Database) -> None:
    """Counts grow, the place is kept, and what the last good step reached is told."""
    ledger = StoreLedger(database)
    assert ledger.standing(NAME) == Standing()
    ledger.record(turn(delivered=3, unreadable=1, missed=2, reached_at=9.0, clock_ahead_s=-4.0), {}, {"": b"1"})
    ledger.record(turn(20.0, delivered=2), {"": b"1"}, {"": b"2"})
    assert ledger.under(NAME, "") == {"": b"2"}
    assert state(database) == PollerState(
        NAME,
        "default",
        "github.audit",
        last_ok_at=20.0,
        next_at=80.0,
        reached_at=9.0,
        clock_ahead_s=-4.0,
        delivered=5,
        unreadable=1,
        missed=2,
    )


def test_failures_are_counted_until_it_works(database: Database) -> None:
    """An error stays told until a step goes well; one that has to wait is neither."""
    ledger = StoreLedger(database)
    ledger.record(turn(), {}, {})
    ledger.record(turn(20.0, error="away"), {}, {})
    ledger.record(turn(30.0, error="still away"), {}, {})
    ledger.record(turn(40.0, is_waiting=True), {}, {})
    assert ledger.standing(NAME) == Standing(100.0, 2)
    told = state(database)
    assert (told.last_ok_at, told.last_error, told.last_error_at) == (10.0, "still away", 30.0)
    ledger.record(turn(50.0), {}, {})
    assert (state(database).failures, state(database).last_error) == (0, "")
    assert state(database).last_error_at == 30.0


def test_overtaken_step_leaves_no_trace(database: Database) -> None:
    """Where another process has come further, neither place nor counts change."""
    ledger = StoreLedger(database)
    ledger.record(turn(delivered=1), {}, {"": b"1"})
    with pytest.raises(OvertakenError):
        ledger.record(turn(20.0, delivered=9), {"": b"0"}, {"": b"9"})
    assert (ledger.under(NAME, ""), state(database).delivered) == ({"": b"1"}, 1)
