"""Logs of jobs arrive in parts, and none of them is ever in memory as a whole."""

from __future__ import annotations

import gzip
import hmac
import random
import resource
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from collector.snapshot import Printed
from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import SECRET
from tests.collector.receiver.test_server import MIB, served, until
from tests.collector.samples import SNAPSHOT, parse

LOG = b"##[group]Run make\nmake: nothing to be done\nconnected to repo.example\n" * 200
GZIP = {"Content-Encoding": "gzip"}


def in_parts(data: bytes, size: int = 1_000) -> Iterator[bytes]:
    """Yield a body in parts."""
    yield from (data[at : at + size] for at in range(0, len(data), size))


def signed(body: bytes) -> dict[str, str]:
    """Return the header of our own signature."""
    return {"X-Unwonted-Signature-256": "sha256=" + hmac.digest(SECRET, body, "sha256").hex()}


@pytest.mark.parametrize("headers", [{}, GZIP], ids=["plain", "gzip"])
def test_a_log_is_the_same_event_whichever_way_it_comes(make: Make, headers: dict[str, str]) -> None:
    """Sent whole, in parts, or packed, it is one event, and the one that a recording makes."""
    stand = make()
    body = gzip.compress(LOG) if headers else LOG
    for content in (body, in_parts(body)):
        answer = stand.client().post("/hooks/joblog", content=content, headers={**SNAPSHOT, **headers})
        assert answer.status_code == 202
        assert answer.json()["events"] == [parse("joblog", LOG.decode(), SNAPSHOT).id]
    (event, again) = stand.events
    assert event == again
    assert isinstance(event.snapshot, Printed)
    assert event.facts["host"] == ["repo.example"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_signature_is_over_what_was_sent(make: Make, packed: bool) -> None:  # noqa: FBT001
    """The parts of a log are proven together, as they came; a wrong signature stores nothing."""
    stand = make(secrets={"joblog": (b"an older one", SECRET)})
    body = gzip.compress(LOG) if packed else LOG
    headers = {**(GZIP if packed else {}), **signed(body)}
    away = stand.client("203.0.113.9")
    assert away.post("/hooks/joblog", content=in_parts(body), headers=headers).status_code == 202
    wrong = {**headers, **signed(body + b"x")}
    assert away.post("/hooks/joblog", content=in_parts(body), headers=wrong).status_code == 401
    assert away.post("/hooks/joblog", content=LOG).status_code == 401
    assert len(stand.events) == 1


@pytest.mark.parametrize("headers", [{}, GZIP])
def test_nothing_signed_is_unpacked_before_it_is_proven(make: Make, headers: dict[str, str]) -> None:
    """A stranger's bomb is no work: nobody looks what is in it, whether a header or only its bytes say gzip."""
    stand = make(secrets={"joblog": (SECRET,)}, max_log=MIB)
    bomb = gzip.compress(b"x" * 2_000_000)
    for right, status in ((False, 401), (True, 413)):
        sealed = signed(bomb if right else LOG)
        answer = stand.client().post("/hooks/joblog", content=bomb, headers={**headers, **sealed})
        assert (answer.status_code, stand.entries) == (status, [])


def test_what_is_signed_and_packed_has_a_limit_of_its_own(make: Make) -> None:
    """As much as a log in reading counts for."""
    stand = make(secrets={"joblog": (SECRET,)})
    body = gzip.compress(random.Random(1).randbytes(9 * MIB))
    answer = stand.client().post("/hooks/joblog", content=body, headers={**GZIP, **signed(body)})
    assert (answer.status_code, "with a token" in answer.json()["detail"]) == (413, True)


def test_a_readers_own_fault_is_a_dead_letter(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that our reader cannot stand is kept, with what failed."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    stand = make()
    stand.client().post("/hooks/joblog", content=b"a log that goes well")
    monkeypatch.setattr("collector.joblog.kept.Kept.take", fail)
    assert stand.client().post("/hooks/joblog", content=LOG).status_code == 202
    assert stand.unreadable[0].reason == "the source failed: ZeroDivisionError"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (gzip.compress(LOG)[:-9], 400),
        (b"\x1f\x8b", 400),
        (b"", 400),
        (LOG, 400),
        (gzip.compress(b"") * 5_000, 400),
        (gzip.compress(b"x" * 2_000_000), 413),
        (gzip.compress(gzip.compress(b"x" * 2_000_000)), 413),
    ],
    ids=["cut", "head", "empty", "plain", "members", "huge", "huge inside"],
)
def test_damaged_or_huge_package_is_refused(make: Make, body: bytes, status: int) -> None:
    """What is damaged, or too long once unpacked, is told as such and stores nothing."""
    stand = make(max_log=MIB)
    answer = stand.client().post("/hooks/joblog", content=body, headers=GZIP)
    assert (answer.status_code, stand.entries) == (status, [])


def test_a_package_of_another_kind_is_refused(make: Make) -> None:
    """Only gzip is unpacked."""
    answer = make().client().post("/hooks/joblog", content=LOG, headers={"Content-Encoding": "br"})
    assert answer.status_code == 415


@pytest.mark.parametrize("content", [b"x" * (MIB + 1), in_parts(b"x" * (MIB + 1), 100_000)], ids=["whole", "parts"])
def test_too_long_a_log_is_refused(make: Make, content: bytes | Iterator[bytes]) -> None:
    """A log has a limit of its own."""
    stand = make(max_log=MIB, max_body=1_000)
    assert stand.client().post("/hooks/joblog", content=content).status_code == 413
    assert stand.client().post("/hooks/joblog", content=b"x" * MIB).status_code == 202
    assert len(stand.events) == 1


def test_what_cannot_be_read_is_a_dead_letter_without_secrets(make: Make) -> None:
    """A file of gzip that breaks off is kept as far as it could be read, masked, and answered 202."""
    stand = make()
    body = gzip.compress(b"export PAY_TOKEN=correct-horse\n" * 9_000)[:-20]
    answer = stand.client().post("/hooks/joblog", content=body, headers=SNAPSHOT)
    assert (answer.status_code, answer.json()["unreadable"]) == (202, 1)
    (letter,) = stand.unreadable
    assert "breaks off" in letter.reason
    assert "PAY_TOKEN=***" in letter.body
    assert "correct-horse" not in letter.body


def test_full_memory_is_a_pause(make: Make) -> None:
    """Where too many bodies are in memory already, the sender of a log is asked to come again."""
    assert make(max_held=1_000).client().post("/hooks/joblog", content=LOG).status_code == 503


@pytest.mark.service
def test_a_large_log_needs_room(tmp_path: Path) -> None:
    """A log of more than one part counts for the memory that reading it takes, and only as long as that lasts."""
    with served(tmp_path, max_held=2 * MIB) as stand:
        for body, status in ((b"x" * MIB, 503), (LOG, 202), (LOG, 202)):
            with closing(stand.connect()) as connection:
                chunks = in_parts(body, 1 << 16)
                connection.request(
                    "POST", "/hooks/joblog", chunks, {"Transfer-Encoding": "chunked"}, encode_chunked=True
                )
                assert connection.getresponse().status == status


def test_a_recorder_still_gets_logs(make: Make) -> None:
    """Where deliveries are recorded, a log is held as every other body is."""
    kept: list[object] = []
    stand = make(record=lambda delivery: kept.append(delivery.body))
    assert stand.client().post("/hooks/joblog", content=gzip.compress(LOG), headers=GZIP).status_code == 202
    assert kept == [LOG.decode()]


@pytest.mark.service
def test_a_large_log_takes_little_memory(tmp_path: Path) -> None:
    """90 MB come in over a socket, and the process hardly grows; others are answered meanwhile."""
    line = b"2026-03-01T10:00:00.1234567Z Building module core of the app in 12 ms\n"
    with served(tmp_path) as stand, closing(stand.connect()) as connection:
        connection.request("POST", "/hooks/joblog", LOG)
        connection.getresponse().read()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        parts = (line * 15_000 for _ in range(85))
        connection.request("POST", "/hooks/joblog", parts, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        assert stand.post() == 202
        assert connection.getresponse().status == 202
        until(lambda: len(stand.events) == 3)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024
        assert stand.events[-1].numbers["log_lines"] == 15_000 * 85
