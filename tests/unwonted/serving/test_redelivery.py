"""A delivery that was kept is read again into the stream; what was accepted before changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.networks import Networks
from collector.stream.entry import Observed, Unreadable
from service.memory import Memories
from service.store import dead, deliveries
from service.store.deliveries import Kept
from service.store.errors import ConflictError, NotFoundError
from service.worker import Worker
from unwonted.serving.parts import Parts, opened
from unwonted.serving.redelivery import Redelivery
from unwonted.settings import Settings

PUSH = {
    "ref": "refs/heads/main", "before": "0" * 40, "after": "a" * 40, "commits": [], "pusher": {"name": "mona"},
    "repository": {"full_name": "acme/pay", "default_branch": "main"}, "sender": {"login": "mona", "type": "User"},
}  # fmt: skip
HEADERS = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "d-1"}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """Return an empty service's parts."""
    with opened(Settings(data=tmp_path)) as opened_parts:
        yield opened_parts


def kept(parts: Parts, **more: Any) -> int:
    """Keep a delivery; return its number."""
    plain = Kept(
        organisation="default", source="github.webhook", sender="github", received_at=1_772_359_200.0, status=401,
        reason="signature", detail="", size=2, events=0, ids=[], letters=[], headers=HEADERS, body=json.dumps(PUSH),
        is_whole=True,
    )  # fmt: skip
    with parts.database.transaction() as connection:
        deliveries.add(connection, [plain._replace(**more)])
        return deliveries.listed(connection, "default", "", "", None, 1)[0].id


def events(parts: Parts) -> list[str]:
    """Return the ids of the events in the stream."""
    entries = [record.entry for record in parts.stream.read(0, 0, 100)]
    return [entry.event.id for entry in entries if isinstance(entry, Observed)]


def replayed(parts: Parts, number: int) -> tuple[int, int, int]:
    """Read one again; return how many entries it added, knew and could not read."""
    told = Redelivery(parts, Networks()).replay("default", number)
    return told.entries, told.known, told.unreadable


def test_a_refused_delivery_enters_as_if_it_had_come_now(parts: Parts) -> None:
    """Its events have the ids they would have had."""
    assert replayed(parts, kept(parts)) == (1, 0, 0)
    assert events(parts) == ["github.webhook:d-1"]


def test_what_was_accepted_changes_nothing(parts: Parts) -> None:
    """However often it is read again, also beyond the days in which the worker knows an event by its id."""
    number = kept(parts)
    assert replayed(parts, number) == (1, 0, 0)
    Worker(parts.stream, parts.database, Memories()).run()
    assert replayed(parts, number) == (0, 1, 0)
    assert len(events(parts)) == 1


def test_ids_made_of_a_body_that_was_masked_are_the_old_ones(parts: Parts) -> None:
    """The body that was kept is another than the one that was accepted; the events are not."""
    number = kept(parts, sender="odd", source="odd", headers={}, status=202, reason="", events=1, ids=["odd:digest"])
    replayed(parts, number)
    assert events(parts) == ["odd:digest"]


def test_what_still_cannot_be_read_is_told(parts: Parts) -> None:
    """Nothing is added to the stream, and its dead letter stays."""
    letter = Unreadable(organisation="default", id="u1", source="github.webhook", received_at=1.0, reason="no JSON")
    with parts.database.transaction() as connection:
        dead.save(connection, 0, [(1, letter)])
    number = kept(parts, body="{not JSON", status=202, reason="unreadable", letters=["u1"])
    assert replayed(parts, number) == (0, 0, 1)
    with parts.database.reading() as connection:
        assert len(dead.by_id(connection, ["u1"])) == 1
    assert events(parts) == []


def test_the_dead_letter_of_what_can_be_read_by_now_goes(parts: Parts) -> None:
    """It is in the stream instead."""
    letter = Unreadable(organisation="default", id="u1", source="github.webhook", received_at=1.0, reason="no JSON")
    with parts.database.transaction() as connection:
        dead.save(connection, 0, [(1, letter)])
    assert replayed(parts, kept(parts, status=202, reason="unreadable", letters=["u1"])) == (1, 0, 0)
    with parts.database.reading() as connection:
        assert dead.by_id(connection, ["u1"]) == []


@pytest.mark.parametrize("body", ['{"event": {"action": "git.clone", "actor": "mona"}}', "a line\nanother line"])
def test_what_came_as_to_splunk_is_read_so_again(parts: Parts, body: str) -> None:
    """Objects or lines."""
    number = kept(parts, sender="hec", source="hec", headers={}, body=body)
    assert replayed(parts, number)[0] == (2 if "\n" in body else 1)


@pytest.mark.parametrize("more", [{"body": ""}, {"is_whole": False}])
def test_what_was_not_kept_whole_cannot_be_read_again(parts: Parts, more: dict[str, object]) -> None:
    """Half a body would be another delivery."""
    with pytest.raises(ConflictError, match="UNWONTED_DELIVERIES_BODIES"):
        replayed(parts, kept(parts, **more))


def test_another_organisation_has_no_such_delivery(parts: Parts) -> None:
    """A number alone opens nothing."""
    with pytest.raises(NotFoundError):
        Redelivery(parts, Networks()).replay("other", kept(parts))
