"""Whatever a sender writes, every store can keep what is read of it, and all keep the same."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.delivery import read_delivery
from collector.errors import DeliveryError
from collector.event import Event
from collector.receiver.reading import Reader
from collector.snapshot import Packages, Pinned
from collector.sources import Context, source_named
from collector.stream.entry import Observed, Unreadable
from collector.texts import storable, storable_text
from tests.service.stand_ins import make_event


@given(st.text(st.characters()))
def test_any_text_becomes_storable(text: str) -> None:
    """What comes out is UTF-8 without NUL, as long as it was, and what was storable is left alone."""
    kept = storable_text(text)
    assert "\0" not in kept
    assert len(kept) == len(text)
    kept.encode()
    assert storable_text(kept) == kept


def test_clean_event_is_left_alone() -> None:
    """Nearly every event is returned itself."""
    event = make_event()
    assert storable(event) is event


@pytest.mark.parametrize("field", ["id", "ref", "action"])
def test_every_text_is_cleaned(field: str) -> None:
    """Ids too: what a repeat is compared with is what is stored."""
    event = storable(msgspec.structs.replace(make_event(), **{field: "a\0b"}))
    assert getattr(event, field) == "a\ufffdb"


def test_texts_within_are_cleaned() -> None:
    """Names, links, facts and sets of facts."""
    dirty = msgspec.structs.replace(
        make_event(actor="mo\0na", entity="a\0/b"),
        links={"re\0po": "x\0"},
        facts={"host": "h\0", "set\0": ["one", "t\0wo"]},
        numbers={"n\0": 1.0},
    )
    assert "\\u0000" not in msgspec.json.encode(storable(dirty)).decode()
    assert "\\u0000" in msgspec.json.encode(dirty).decode()


def test_receiver_cleans_what_it_reads() -> None:
    """An event with NUL characters enters the stream without them."""
    body = {"action": "push\0", "actor": "mo\0na", "repo": "acme/pay", "time": "2026-03-01T10:00:00Z", "odd": "a\0b"}
    line = json.dumps({"source": "homemade", "received_at": 1.8e9, "body": body}).encode()
    for entry in Reader(Context(), 1.8e9).recording(line).entries:
        assert b"\\u0000" not in msgspec.json.encode(entry)


def test_what_cannot_be_read_is_kept_clean() -> None:
    """A dead letter of a body that is no text at all can be stored."""
    (entry,) = Reader(Context(), 1.0).body("github.audit", {}, b'{"a\0": \xed\xa0\x80').entries
    assert isinstance(entry, Unreadable)
    assert "\0" not in entry.body + entry.source + entry.reason


def test_half_a_character_is_unreadable() -> None:
    """JSON with half of a surrogate pair is no JSON, and goes to the dead letters with its reason."""
    (entry,) = Reader(Context(), 1.0).body("github.audit", {}, b'{"action": "\\ud800"}').entries
    assert isinstance(entry, Unreadable)


@pytest.mark.parametrize("at", [1e300, -1e12, 253402300800.0])
def test_event_beyond_the_calendar_is_refused(at: float) -> None:
    """A time that no calendar can show is told, before anything stores it."""
    event = msgspec.to_builtins(msgspec.structs.replace(make_event(), observed_at=at))
    delivery = read_delivery(json.dumps({"source": "event", "received_at": 1.8e9, "body": event}))
    with pytest.raises(DeliveryError, match="year 9999"):
        source_named("event").parse(delivery, Context())


def test_last_second_of_the_calendar_is_an_event() -> None:
    """The year 9999 is stored; what learns from times caps it."""
    event = msgspec.to_builtins(msgspec.structs.replace(make_event(), observed_at=253402300799.0))
    line = json.dumps({"source": "event", "received_at": 1.8e9, "body": event}).encode()
    (entry,) = Reader(Context(), 1.8e9).recording(line).entries
    assert isinstance(entry, Observed)
    assert isinstance(entry.event, Event)


def test_token_in_a_name_becomes_a_digest() -> None:
    """A token that was written as a name is kept nowhere, and what had the same one still has the same name."""
    token, other = "ghp_" + "Ab3" * 12, "ghp_" + "Xy9" * 12
    dirty = msgspec.structs.replace(
        make_event(actor=token, entity=f"acme/{token}"),
        id=f"hook:{token}",
        links={"branch": f"fix/{token}", "token": token, "sha": other},
        facts={"step": ["a", token]},
    )
    event = storable(dirty)
    assert token not in msgspec.json.encode(event).decode()
    assert event.links["token"] == event.actor.name != event.links["sha"]
    assert event.links["branch"].endswith(event.links["token"])


def test_ids_of_keys_are_no_secrets() -> None:
    """The id of a cloud's access key, by which its acts meet, is left as it is."""
    event = msgspec.structs.replace(make_event(), links={"token": "ASIAEXAMPLEEXAMPLE00"})
    assert storable(event) is event


def test_token_in_a_snapshot_becomes_a_digest() -> None:
    """A version or an address that holds a token is in no snapshot either."""
    token = "ghp_" + "Ab3" * 12
    pinned = (Pinned("pkg:npm/a", f"git+https://x:{token}@git.example/a"), Pinned("pkg:npm/b", "1.0"))
    event = storable(msgspec.structs.replace(make_event(), snapshot=Packages(pinned, place="package-lock.json")))
    assert token not in msgspec.json.encode(event).decode()
    assert isinstance(event.snapshot, Packages)
    assert event.snapshot.pinned[1] == pinned[1]
