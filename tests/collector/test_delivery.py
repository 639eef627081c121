"""Deliveries are read from recordings, and vendors' times from all their spellings."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.delivery import Delivery, parse_offset, parse_time, read_delivery
from collector.errors import DeliveryError
from tests.collector.samples import AT, line_of


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T10:00:00Z",
        "2026-03-01T10:00:00.0000000Z",
        "2026-03-01T23:00:00+13:00",
        "2026-03-01T10:00:00+0000",
        "2026-03-01 10:00:00 UTC",
        "2026-03-01 10:00:00",
        "2026-03-01 11:00:00 +0100",
        1772359200,
        1772359200.0,
        1772359200000,
        1772359200000000,
        1772359200000000000,
        "1772359200",
    ],
)
def test_every_spelling_of_a_time(written: object) -> None:
    """One moment is one number, however a vendor writes it."""
    assert parse_time(written) == AT


@pytest.mark.parametrize("written", [None, "", "soon", True, float("nan"), float("inf"), -5, 10**400, [], "0001-01-01"])
def test_what_is_no_time(written: object) -> None:
    """What is no time since 1970 is None, never an error."""
    assert parse_time(written) is None


@given(st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_time_survives_writing(moment: datetime) -> None:
    """A time written as RFC 3339 is read as the same moment."""
    aware = moment.replace(tzinfo=UTC)
    assert parse_time(aware.isoformat()) == aware.timestamp()


def test_offset_of_the_writers_clock() -> None:
    """A time tells how far its writer's clock is ahead of UTC."""
    assert (parse_offset("2026-03-01T10:00:00+13:00"), parse_offset("2026-03-01T10:00:00Z")) == (780, 0)


def test_line_of_a_recording() -> None:
    """A line holds source, time, headers and body."""
    read = read_delivery(line_of("jenkins", {"a": 1}, {"X-Kind": "b"}))
    assert read == Delivery(source="jenkins", received_at=AT + 5, headers={"X-Kind": "b"}, body={"a": 1})


def test_headers_have_no_case() -> None:
    """A header is found whatever the case of its name."""
    assert Delivery(source="x", headers={"x-github-event": "push"}).header("X-GitHub-Event") == "push"


@pytest.mark.parametrize(
    "line", [b"null", b"{", b"[]", b'{"body": 1}', b'{"source": "x", "received_at": "soon"}', b"\xff"]
)
def test_broken_line(line: bytes) -> None:
    """A line that holds no delivery is a typed error with a reason."""
    with pytest.raises(DeliveryError, match=r"\w"):
        read_delivery(line)


@given(st.text(), st.dictionaries(st.text(), st.text()), st.recursive(st.none() | st.text(), st.lists))
def test_any_delivery_survives_writing(source: str, headers: dict[str, str], body: object) -> None:
    """What is written as a line of a recording is read as it was."""
    line = json.dumps({"source": source, "received_at": AT, "headers": headers, "body": body})
    assert read_delivery(line) == Delivery(source=source, received_at=AT, headers=headers, body=body)


def test_nesting_is_refused() -> None:
    """A value nested beyond all reason is an error, not the end of the process."""
    with pytest.raises(DeliveryError, match="nested"):
        read_delivery(b'{"source": "x", "received_at": 1, "body": ' + b"[" * 100_000)
