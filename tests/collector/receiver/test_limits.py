"""What is too much is refused at once, says so, and leaves nothing behind."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import msgspec
import pytest

from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import PUSH, SECRET, github
from tests.collector.samples import cloud_record


def parts(size: int, count: int) -> Iterator[bytes]:
    """Yield parts of a body that nobody announced the length of."""
    yield from (b"x" * size for _ in range(count))


@pytest.mark.parametrize("content", [b"x" * 1001, parts(100, 11)], ids=["announced", "streamed"])
def test_long_body_is_refused(make: Make, content: bytes | Iterator[bytes]) -> None:
    """A body over the limit is 413 whether its length was announced or found out."""
    stand = make(max_body=1000)
    answer = stand.client().post("/hooks/lockfile", content=content)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    assert (stand.entries, stand.metrics.refused["long"]) == ([], 1)


def test_body_at_the_limit_is_taken(make: Make) -> None:
    """The limit itself is allowed."""
    assert make(max_body=1000).client().post("/hooks/lockfile", content=b"x" * 1000).status_code == 202


def test_full_memory_is_a_pause(make: Make) -> None:
    """Where too many bodies are in memory the sender is asked to come again."""
    answer = make(max_held=100).client().post("/hooks/lockfile", content=b"x" * 101)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_full_queue_is_a_pause(make: Make) -> None:
    """Where too many wait for the disk the sender is asked to come again."""
    answer = make(max_waiting=0).client().post("/hooks/joblog", content=b"x")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")


def test_full_disk_is_a_pause(make: Make) -> None:
    """A log that may not grow is 503 until it may, and keeps nothing of what it refused."""
    stand = make()
    pages = stand.log._writer.execute("PRAGMA page_count").fetchone()[0]
    stand.log._writer.execute(f"PRAGMA max_page_count = {pages}")
    lines = b"\n".join([b'{"source": "jenkins", "received_at": 1.0, "body": {"n": %d}}' % n for n in range(500)])
    answer = stand.client().post("/hooks/recording", content=lines)
    assert (answer.status_code, answer.headers["Retry-After"], stand.entries) == (503, "5", [])
    stand.log._writer.execute("PRAGMA max_page_count = 1000000")
    assert stand.client().post("/hooks/github", content=PUSH, headers=github(PUSH, None)).status_code == 202
    assert len(stand.entries) == 1


@pytest.mark.parametrize("path", ["/hooks/github", "/hooks/cloudtrail", "/hooks/recording"])
def test_what_is_broken_throughout_is_told_to_its_sender(make: Make, path: str) -> None:
    """A body of a thousand broken lines is refused and stores nothing; what has no line of JSON is one dead letter."""
    stand = make()
    answer = stand.client().post(path, content=b"{}\n" + b"{broken\n" * 1_100)
    assert (answer.status_code, stand.entries) == (400, [])
    if path != "/hooks/recording":
        stand.client().post(path, content=b"<html>\n" * 10_000)
        assert len(stand.entries) == len(stand.unreadable) == 1


def test_broken_first_line_costs_only_itself(make: Make) -> None:
    """Lines are known by any of the first of them."""
    stand = make()
    body = b"{broken\n" + msgspec.json.encode(cloud_record()) + b"\n"
    answer = stand.client().post("/hooks/cloudtrail", content=body).json()
    assert (len(answer["events"]), answer["unreadable"]) == (1, 1)


def test_everything_is_counted(make: Make) -> None:
    """What was received is accepted or refused, with the reason."""
    stand = make()
    client = stand.client()
    client.post("/hooks/github", content=PUSH, headers=github(PUSH, None))
    client.post("/hooks/github", content=b"no JSON")
    client.post("/hooks/UPPER", content=b"")
    metrics = stand.metrics
    assert (metrics.received, metrics.accepted, metrics.events, metrics.unreadable) == (3, 2, 1, 1)
    assert metrics.refused == {"unknown": 1}
    assert metrics.bytes == len(PUSH) + len(b"no JSON")
    assert set(metrics.accepted_at) == {"github"}


def test_packed_body_is_unpacked(make: Make) -> None:
    """Gzip is read as what it holds, in one member or several."""
    stand = make()
    for number, body in enumerate((gzip.compress(PUSH), gzip.compress(PUSH[:9]) + gzip.compress(PUSH[9:]) + b"\0\0")):
        headers = {**github(PUSH, None, guid=str(number)), "Content-Encoding": "gzip"}
        assert stand.client().post("/hooks/github", content=body, headers=headers).status_code == 202
    assert [event.action for event in stand.events] == ["push", "push"]


@pytest.mark.parametrize(
    ("body", "encoding", "status"),
    [
        (gzip.compress(PUSH), "br", 415),
        (gzip.compress(PUSH)[:-9], "gzip", 400),
        (b"\x1f\x8b", "gzip", 400),
        (b"", "gzip", 400),
        (PUSH, "gzip", 400),
        (gzip.compress(b"") * 100, "gzip", 400),
        (gzip.compress(b"x" * 100_001), "gzip", 413),
    ],
)
def test_damaged_or_huge_package_is_refused(make: Make, body: bytes, encoding: str, status: int) -> None:
    """What is packed otherwise, damaged or too long once unpacked is told as such and stores nothing."""
    stand = make(max_body=100_000)
    answer = stand.client().post("/hooks/event", content=body, headers={"Content-Encoding": encoding})
    assert (answer.status_code, stand.entries) == (status, [])


def test_unpacked_bodies_count_as_memory(make: Make) -> None:
    """A small body that becomes a large one takes the room of the large one."""
    packed = gzip.compress(b"x" * 50_000)
    answer = (
        make(max_held=20_000).client().post("/hooks/lockfile", content=packed, headers={"Content-Encoding": "gzip"})
    )
    assert answer.status_code == 503


def test_signature_is_over_what_was_sent(make: Make) -> None:
    """A packed body is proven as it came over the wire, before any of it is unpacked."""
    stand, packed = make(secrets={"github": (SECRET,)}), gzip.compress(PUSH)
    for signed, status in ((packed, 202), (PUSH, 401)):
        headers = {**github(signed), "Content-Encoding": "gzip"}
        assert stand.client().post("/hooks/github", content=packed, headers=headers).status_code == status


def test_only_post_is_answered(make: Make) -> None:
    """Nothing can be read from a hook."""
    assert make().client().get("/hooks/github").status_code == 405
