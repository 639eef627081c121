"""What pollers keep: where they go on, and how they are doing."""

from __future__ import annotations

import pytest

from service.store import cursors, pollers
from service.store.database import Database
from service.store.errors import ConflictError
from service.store.pollers import PollerState


def kept(database: Database, poller: str = "audit", prefix: str = "") -> dict[str, bytes]:
    """Return what a poller keeps."""
    with database.reading() as connection:
        return cursors.under(connection, poller, prefix)


def save(database: Database, read: dict[str, bytes], changes: dict[str, bytes | None]) -> None:
    """Change what the poller keeps."""
    with database.transaction() as connection:
        cursors.save(connection, "audit", read, changes, 1.0)


def test_saved_is_kept(database: Database) -> None:
    """What was saved is read again, changed and removed; another poller sees nothing of it."""
    save(database, {}, {"": b"1", "a/x": b"2", "A/x": b"3"})
    assert kept(database) == {"": b"1", "a/x": b"2", "A/x": b"3"}
    assert kept(database, prefix="a/") == {"a/x": b"2"}
    assert kept(database, poller="other") == {}
    save(database, kept(database), {"": b"4", "a/x": None})
    assert kept(database) == {"": b"4", "A/x": b"3"}


def test_names_are_no_patterns(database: Database) -> None:
    """A percent sign or an underscore stands for itself."""
    save(database, {}, {"a_b": b"1", "axb": b"2", "100%": b"3"})
    assert kept(database, prefix="a_") == {"a_b": b"1"}
    assert kept(database, prefix="100%") == {"100%": b"3"}


def test_who_was_overtaken_changes_nothing(database: Database) -> None:
    """A process that was frozen while another polled on does not set the poller back."""
    save(database, {}, {"": b"1"})
    frozen = kept(database)
    save(database, frozen, {"": b"2"})
    with pytest.raises(ConflictError, match="another process"):
        save(database, frozen, {"": b"old", "new": b"old"})
    with pytest.raises(ConflictError):
        save(database, {}, {"": b"first"})
    assert kept(database) == {"": b"2"}


def test_state_is_told(database: Database) -> None:
    """How a poller is doing replaces how it was doing, and is found by its name."""
    first = PollerState("github.audit/acme", "default", "github.audit", last_error="no answer", failures=2)
    well = first._replace(last_error="", failures=0, last_ok_at=9.5, reached_at=8.0, delivered=3, next_at=70.0)
    with database.transaction() as connection:
        assert pollers.state_of(connection, first.name) is None
        pollers.put(connection, first)
        pollers.put(connection, well)
        pollers.put(connection, PollerState("folder", "default", "folder"))
    with database.reading() as connection:
        assert [state.name for state in pollers.states(connection)] == ["folder", "github.audit/acme"]
        assert pollers.state_of(connection, first.name) == well


def test_poller_can_be_asked_for_its_next_turn(database: Database) -> None:
    """Its time comes at once; one that is not there is told."""
    with database.transaction() as connection:
        pollers.put(connection, PollerState("folder", "default", "folder", next_at=70.0))
        assert pollers.ask_now(connection, "folder")
        assert not pollers.ask_now(connection, "other")
    with database.reading() as connection:
        state = pollers.state_of(connection, "folder")
    assert state is not None
    assert state.next_at == 0.0


def test_pollers_that_nobody_runs_are_forgotten(database: Database) -> None:
    """What was taken out of the settings fails no more; where it would go on is kept, and other organisations' stay."""
    save(database, {}, {"": b"1"})
    with database.transaction() as connection:
        for name, organisation in (("audit", "default"), ("folder", "default"), ("other", "tenant")):
            pollers.put(connection, PollerState(name, organisation, "github.audit"))
        assert pollers.keep_only(connection, "default", ["folder"]) == 1
    with database.reading() as connection:
        assert [state.name for state in pollers.states(connection)] == ["folder", "other"]
    assert kept(database) == {"": b"1"}
