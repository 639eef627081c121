"""What became of the last requests is kept, masked and within bounds, and costs no request anything."""

from __future__ import annotations

import gzip
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.receiver.journal import DeliveryNote
from service.store import deliveries
from service.store.database import Database
from service.store.deliveries import Kept
from service.watch.log import BODY_CHARACTERS, HELD_BYTES, WAITING, DeliveryLog, masked
from service.watch.note import Names

NAMES = Names(
    known=frozenset({"github.webhook"}), source_of=lambda sender: "github.webhook" if sender == "github" else sender
)
SECRET = "ghp_" + "a1B2" * 9
BODY = json.dumps({"action": "opened", "token": SECRET, "text": f"see {SECRET}"}).encode()

PACKED = gzip.compress(BODY, mtime=0)


def note(body: bytes = BODY, **more: object) -> DeliveryNote:
    """Return what a receiver tells of a request."""
    plain = DeliveryNote(
        sender="github", organisation="acme", received_at=1.0, status=202, ids=("github.webhook:1",), size=len(body),
        headers={"X-GitHub-Event": "push", "X-Hub-Signature": "sha1=abc"}, body=body,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **more)


def refused(body: bytes = BODY, **more: object) -> DeliveryNote:
    """Return what a receiver tells of a request that was not signed as it should be."""
    return note(body, status=401, reason="signature", detail="The header does not match", ids=(), **more)


def stored(database: Database, log: DeliveryLog, most: int = 1_000) -> list[Kept]:
    """Store what waits; return everything, newest first, whole."""
    log.flush(database, most)
    with database.reading() as connection:
        found = deliveries.listed(connection, "acme", "", "", None, 10_000)
        return [kept for one in found if (kept := deliveries.one(connection, "acme", one.id))]


def test_a_refusal_is_kept_with_its_reason_and_its_masked_body(database: Database) -> None:
    """No secret of it, in body or headers, reaches the store."""
    (kept,) = stored(database, _told(DeliveryLog(NAMES), refused()))
    assert (kept.source, kept.status, kept.reason) == ("github.webhook", 401, "signature")
    assert kept.detail == "The header does not match"
    assert json.loads(kept.body)["action"] == "opened"
    assert kept.can_be_replayed
    assert kept.headers == {"X-GitHub-Event": "push"}
    assert SECRET not in repr(kept)


@pytest.mark.parametrize("keeps_all", [True, False])
def test_bodies_of_what_went_well_are_kept_only_where_asked(database: Database, *, keeps_all: bool) -> None:
    """What could not be read is always kept."""
    log = _told(DeliveryLog(NAMES, keeps_all=keeps_all), note(), note(reason="unreadable", received_at=2.0))
    unreadable, well = stored(database, log)
    assert unreadable.body
    assert bool(well.body) is keeps_all


def test_the_last_of_a_source_are_left(database: Database) -> None:
    """Of each source so many, whatever others send."""
    log = DeliveryLog(NAMES)
    for at in range(10):
        stored(database, _told(log, refused(received_at=at)), most=3)
    stored(database, _told(log, note(sender="other", ids=())), most=3)
    found = stored(database, log)
    assert [kept.received_at for kept in found if kept.source == "github.webhook"] == [9.0, 8.0, 7.0]
    assert [kept.source for kept in found].count("other") == 1


def test_a_flood_leaves_its_last_and_what_went_wrong(database: Database) -> None:
    """A thousand good requests between two times of storing do not push out the one that was refused."""
    log = _told(DeliveryLog(NAMES), refused(), *[note(received_at=2.0 + at) for at in range(1_000)])
    found = stored(database, log)
    assert len(found) == WAITING + 1
    assert found[0].received_at == 1_001.0
    assert found[-1].status == 401
    assert log.dropped == 1_000 - WAITING


def test_bodies_that_wait_are_bounded() -> None:
    """What is beyond it is listed without its body."""
    large = b"x" * (1 << 20)
    log = _told(DeliveryLog(NAMES), *[refused(large, sender=f"s{number}") for number in range(50)])
    assert log._held <= HELD_BYTES  # what the promise is about


def test_what_is_listed_names_no_other_organisation(database: Database) -> None:
    """A number alone opens nothing."""
    (kept,) = stored(database, _told(DeliveryLog(NAMES), refused()))
    with database.reading() as connection:
        assert deliveries.one(connection, "other", kept.id) is None
        assert deliveries.listed(connection, "other", "", "", None, 10) == []


def test_outcomes_can_be_asked_for(database: Database) -> None:
    """What went well, what could not be read, what was refused; a page at a time."""
    log = _told(DeliveryLog(NAMES), note(), note(reason="unreadable", received_at=2.0), refused(received_at=3.0))
    stored(database, log)
    with database.reading() as connection:
        found = {
            outcome: [one.received_at for one in deliveries.listed(connection, "acme", "", outcome, None, 10)]
            for outcome in ("", *deliveries.OUTCOMES)
        }
        newest = deliveries.listed(connection, "acme", "", "", None, 1)[0]
        rest = deliveries.listed(connection, "acme", "github.webhook", "", newest.id, 10)
    assert found == {"": [3.0, 2.0, 1.0], "accepted": [1.0], "unreadable": [2.0], "refused": [3.0]}
    assert [one.received_at for one in rest] == [2.0, 1.0]


@pytest.mark.parametrize("body", [PACKED, PACKED[:-9], b"\x1f\x8bnot gzip"])
def test_packed_bodies_are_masked_too(body: bytes) -> None:
    """What cannot be unpacked whole is not told to be."""
    text, is_whole = masked(body)
    assert SECRET not in text
    assert is_whole is (body == PACKED)


def test_a_bomb_is_not_unpacked_whole() -> None:
    """What it grows to is bounded."""
    text, is_whole = masked(gzip.compress(bytes(50_000_000)))
    assert len(text) <= BODY_CHARACTERS
    assert not is_whole


@given(st.binary(max_size=2_000))
def test_any_body_is_text_the_store_can_keep(body: bytes) -> None:
    """Whatever strangers send."""
    text, _ = masked(body)
    assert "\0" not in text
    text.encode()


def _told(log: DeliveryLog, *notes: DeliveryNote) -> DeliveryLog:
    for one in notes:
        log.noted(one)
    return log
