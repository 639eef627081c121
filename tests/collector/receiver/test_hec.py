"""What speaks to Splunk's HTTP Event Collector is heard, and answered in Splunk's words."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest

from collector.delivery import Delivery, read_delivery
from collector.errors import StreamError, UnstorableError
from collector.receiver import hec
from collector.sources import Context, source_named
from collector.stream.embedded import EmbeddedLog
from collector.stream.entry import Entry, Observed
from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import SECRET, Stand
from tests.collector.receiver.test_proofs import ELSEWHERE, basic
from tests.collector.samples import AT, audit_entry, cloud_record, cluster_entry, delivery, gitlab_entry

EVENT = "/services/collector/event"
TOKEN = {"Authorization": "Splunk live"}
ENCODE = msgspec.json.encode


def send(stand: Stand, *envelopes: Any, path: str = EVENT, **headers: str) -> Any:
    """Return the answer to envelopes, one after the other without space between."""
    body = b"".join(map(ENCODE, envelopes))
    answer = stand.client(ELSEWHERE).post(path, content=body, headers={**TOKEN, **headers})
    return answer.status_code, answer.json()


def wrapped(event: Any, **fields: Any) -> dict[str, Any]:
    """Return an event in Splunk's envelope."""
    return {"time": AT, "host": "sender.example", "source": "x", "sourcetype": "y", "event": event, **fields}


@pytest.mark.parametrize("version", ["", "/1.0"])
@pytest.mark.parametrize("path", ["/services/collector", EVENT])
def test_audit_stream_of_github(make: Make, path: str, version: str) -> None:
    """An entry of GitHub's audit log is the event that a poll or an export of it gives."""
    stand = make()
    entry = audit_entry()
    assert send(stand, wrapped(entry, sourcetype="github_audit"), path=path + version) == (
        200,
        {"text": "Success", "code": 0},
    )
    (polled,) = source_named("github.audit").parse(delivery("github.audit", entry, received_at=AT), Context("acme"))
    assert stand.events == [polled]


@pytest.mark.parametrize(
    ("event", "source"),
    [
        (audit_entry(), "github.audit"),
        (gitlab_entry(), "gitlab.audit"),
        (cloud_record(), "cloudtrail"),
        (cluster_entry(), "kubernetes.audit"),
        ({"build_number": 7}, "hec"),
        ("a line", "hec"),
        (7, "hec"),
        ([1, 2], "hec"),
    ],
)
def test_reader_is_found_by_content(make: Make, event: Any, source: str) -> None:
    """Whatever the sender calls it, an event is read by the source that writes such events, also where it is text."""
    stand = make()
    for sent in (event, msgspec.json.encode(event).decode()):
        assert send(stand, wrapped(sent))[0] == 200
    assert {event.source for event in stand.events} == {source}


@pytest.mark.parametrize("between", [b"", b"\n", b" \r\n\t", b"\n\n"])
def test_objects_may_touch(make: Make, between: bytes) -> None:
    """Objects follow one another with or without white space."""
    stand = make()
    body = between.join(ENCODE(wrapped({"n": n}, time=AT + n)) for n in range(3)) + between
    answer = stand.client(ELSEWHERE).post(EVENT, content=body, headers=TOKEN)
    assert (answer.status_code, [event.observed_at - AT for event in stand.events]) == (200, [0.0, 1.0, 2.0])


def test_batch_may_be_packed(make: Make) -> None:
    """Fluent Bit and Vector pack their batches with gzip."""
    stand = make()
    body = gzip.compress(b"".join(ENCODE(wrapped(audit_entry(_document_id=str(n)))) for n in range(50)))
    headers = {**TOKEN, "Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert stand.client(ELSEWHERE).post(EVENT, content=body, headers=headers).status_code == 200
    assert len(stand.events) == 50


@pytest.mark.parametrize("version", ["", "/1.0"])
def test_lines(make: Make, version: str) -> None:
    """Raw lines are an event each; what the query tells of them is told of each."""
    stand = make()
    body = b"starting\r\n\n" + ENCODE(audit_entry()) + b"\ndone\xff"
    path = f"/services/collector/raw{version}?host=agent-1&sourcetype=text%3Ajenkins&time={AT}&channel=7"
    answer = stand.client(ELSEWHERE).post(path, content=body, headers={**TOKEN, "X-Splunk-Request-Channel": "7"})
    assert (answer.status_code, [event.source for event in stand.events]) == (200, ["hec", "github.audit", "hec"])
    assert (stand.events[0].facts["x.sourcetype"], stand.events[0].links["runner"]) == ("text:jenkins", "agent-1")


def test_line_is_not_kept(make: Make) -> None:
    """A line is told by its shape, whatever secret it holds."""
    stand = make()
    send(stand, wrapped("deploy 17 with ghp_" + "a" * 36))
    assert "ghp_" not in repr(stand.events)
    assert stand.events[0].facts["message_shape"]


def test_lines_of_a_private_key_do_not_show(make: Make) -> None:
    """A key that a job prints comes as lines of their own, of which only the first says what it is."""
    stand = make()
    key = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n-----END PRIVATE KEY-----\n"
    client = stand.client(ELSEWHERE)
    client.post("/services/collector/raw", content=key, headers=TOKEN)
    client.post(EVENT, content=b"".join(ENCODE(wrapped(line.decode())) for line in key.splitlines()), headers=TOKEN)
    assert (len(stand.events), "MIIE" in repr(stand.entries)) == (6, False)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": "Splunk live"}, 200, 0),
        ({"Authorization": "splunk live"}, 200, 0),
        ({"Authorization": "Bearer live"}, 200, 0),
        ({"Authorization": basic(b"live")}, 200, 0),
        ({"Authorization": f"Splunk {SECRET.decode()}"}, 200, 0),
        ({"Authorization": basic(SECRET, b"x")}, 200, 0),
        ({}, 401, 2),
        ({"Authorization": "Digest live"}, 401, 3),
        ({"Authorization": "Splunk"}, 401, 3),
        ({"Authorization": "Basic live"}, 401, 3),
        ({"Authorization": "Splunk dead"}, 403, 4),
        ({"X-Unwonted-Token": "dead"}, 403, 4),
    ],
)
def test_token_and_its_replies(make: Make, headers: dict[str, str], status: int, code: int) -> None:
    """A token is shown in any of three ways; what is wrong with it is told by Splunk's codes."""
    stand = make(secrets={"hec": (SECRET,)})
    answer = stand.client(ELSEWHERE).post(EVENT, content=ENCODE(wrapped("x")), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert len(stand.entries) == (status == 200)


def test_token_in_the_query_is_none(make: Make) -> None:
    """Addresses end up in logs, so no token is taken from one."""
    answer = make().client(ELSEWHERE).post(f"{EVENT}?token=live", content=ENCODE(wrapped("x")))
    assert (answer.status_code, answer.json()["code"]) == (401, 2)


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        (b"", {"code": 5}),
        (b" \n", {"code": 5}),
        (b"{", {"code": 6, "invalid-event-number": 0}),
        (b'{"event": 1}{"event": 2}]', {"code": 6, "invalid-event-number": 2}),
        (b'[{"event": 1}]', {"code": 6, "invalid-event-number": 0}),
        (b'{"event": 1} 7', {"code": 6, "invalid-event-number": 1}),
        (b'{"event": 1}{"host": "x"}', {"code": 12, "invalid-event-number": 1}),
        (b'{"event": null}', {"code": 12, "invalid-event-number": 0}),
        (b'{"event": ""}', {"code": 13, "invalid-event-number": 0}),
        (b'{"event": 1, "time": "yesterday"}', {"code": 6, "invalid-event-number": 0}),
        (b'{"event": 1, "fields": 7}', {"code": 15, "invalid-event-number": 0}),
        (b'{"event": 1, "fields": {"a": {"b": 1}}}', {"code": 15, "invalid-event-number": 0}),
        (b"[" * 100_000, {"code": 6, "invalid-event-number": 0}),
        (b'{"event": ' + b"9" * 10_000 + b"}", {"code": 6, "invalid-event-number": 0}),
        (b'{"event": {"action": "x", "n": NaN}}', {"code": 6, "invalid-event-number": 0}),
        (b'{"event": "a"}{"event": {"n": 1e999}}', {"code": 6, "invalid-event-number": 1}),
        (b'{"event": "\\ud800"}', {"code": 6, "invalid-event-number": 0}),
    ],
)
def test_malformed_body_stores_nothing(make: Make, body: bytes, reply: dict[str, int]) -> None:
    """A body is stored whole or not at all, and the event that is at fault is named."""
    stand = make()
    answer = stand.client(ELSEWHERE).post(EVENT, content=body, headers=TOKEN)
    told = answer.json()
    assert (answer.status_code, bool(told.pop("text")), told) == (400, True, reply)
    assert stand.entries == []


def test_too_many_events_are_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request of more events than are taken at once is 413."""
    monkeypatch.setattr(hec, "MAX_EVENTS", 3)
    stand = make()
    for path, body in ((EVENT, b'{"event": 1}' * 4), ("/services/collector/raw", b"line\n" * 4)):
        answer = stand.client(ELSEWHERE).post(path, content=body, headers=TOKEN)
        assert (answer.status_code, answer.json()["code"], stand.entries) == (413, 27, [])


def test_long_body_and_full_queue_are_told_in_splunks_words(make: Make) -> None:
    """What is too much now or for ever has a code of its own."""
    assert send(make(max_body=10), wrapped("x")) == (413, {"text": "Request entity too large", "code": 27})
    assert send(make(max_waiting=0), wrapped("x")) == (503, {"text": "Server is busy", "code": 9})


def test_health(make: Make) -> None:
    """Whether it would be heard is told without a token."""
    for path in ("/services/collector/health", "/services/collector/health/1.0"):
        answer = make().client(ELSEWHERE).get(path)
        assert (answer.status_code, answer.json()) == (200, {"text": "HEC is healthy", "code": 17})
    full = make(max_waiting=0).client(ELSEWHERE).get("/services/collector/health")
    assert (full.status_code, full.json()["code"]) == (503, 18)


def test_health_after_a_failure(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that fails is told, but not for ever: a sender that waits for good news must be able to bring them."""
    now = [AT]
    stand = make(clock=lambda: now[0])

    def fails(_: EmbeddedLog, __: Iterable[Entry]) -> int:
        raise StreamError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(EmbeddedLog, "append", fails)
        assert send(stand, wrapped("x")) == (503, {"text": "Server is busy", "code": 9})
    health = stand.client(ELSEWHERE)
    assert health.get("/services/collector/health").status_code == 503
    now[0] += 20.0
    assert health.get("/services/collector/health").status_code == 200


def test_acknowledgements_are_declined(make: Make) -> None:
    """There is nothing to ask for later: 200 already says that it is durable."""
    answer = make().client(ELSEWHERE).post("/services/collector/ack?channel=7", content=b'{"acks": [0]}', headers=TOKEN)
    assert (answer.status_code, answer.json()) == (400, {"text": "ACK is disabled", "code": 14})


def test_docker_asks_first(make: Make) -> None:
    """Docker's log driver asks with OPTIONS, and does not start a container where that is refused."""
    assert make().client(ELSEWHERE).options("/services/collector/event/1.0", headers=TOKEN).status_code == 200


def test_same_entry_twice_is_one_event(make: Make) -> None:
    """At-least-once senders repeat: the ids are the same."""
    stand = make()
    for _ in range(2):
        send(stand, wrapped(audit_entry()), wrapped("line", time=str(AT)), wrapped({"n": 1}, time=None))
    ids = [event.id for event in stand.events]
    assert (len(ids), ids[:3]) == (6, ids[3:])


def test_what_no_reader_can_read_is_a_dead_letter_that_can_be_replayed(make: Make) -> None:
    """An event that is of the form and cannot be read costs none of the others."""
    stand = make()
    assert send(stand, wrapped({"_document_id": 7, "action": "x", "actor": "m", "created_at": None}))[0] == 200
    assert (
        send(stand, {"event": {"id": 1, "kind": 2, "action": 3, "actor": 4, "entity": 5, "observed_at": 6}})[0] == 200
    )
    (letter,) = stand.unreadable
    assert read_delivery(letter.body).source == letter.source == "event"


def test_recording_of_it_is_read_again(make: Make) -> None:
    """What was recorded at this entrance gives, replayed, the events that were stored."""
    kept: list[Delivery] = []
    stand = make(record=kept.append)
    send(stand, wrapped(audit_entry()), wrapped("a line"), wrapped({"n": 1}))
    events = [event for one in kept for event in source_named(one.source).parse(one, Context("acme"))]
    assert events == stand.events


def test_event_that_no_stream_can_carry_costs_none_of_the_others(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a batch with one event too large for the stream, the others are stored and that one is a dead letter."""
    stand, append = make(), EmbeddedLog.append

    def refuses(log: EmbeddedLog, entries: Iterable[Entry]) -> int:
        kept = list(entries)
        if any(isinstance(entry, Observed) and entry.event.observed_at == AT + 1 for entry in kept):
            raise UnstorableError("too large")
        return append(log, kept)

    monkeypatch.setattr(EmbeddedLog, "append", refuses)
    assert send(stand, *(wrapped({"n": n}, time=AT + n) for n in range(3)))[0] == 200
    assert ([event.observed_at - AT for event in stand.events], len(stand.unreadable)) == ([0.0, 2.0], 1)
    assert (stand.unreadable[0].reason, stand.metrics.events, stand.metrics.unreadable) == ("too large", 2, 1)
