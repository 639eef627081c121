"""What a service writes to stderr."""

from __future__ import annotations

import json
import logging

import pytest

from unwonted.serving.logs import JsonLines, Seldom, TextLines


def make_record(message: str, *values: object, **fields: object) -> logging.LogRecord:
    """Return a record of the log."""
    record = logging.makeLogRecord({"name": "unwonted.x", "levelname": "WARNING", "msg": message, "args": values})
    record.created = 1_772_359_200.0
    vars(record).update(fields)
    return record


def test_text_is_one_line() -> None:
    """What came from outside can neither break the line nor steer a terminal."""
    text = TextLines().format(make_record("bad %s", "a\nb\x1b[31m", incident="i-1"))
    assert text.startswith("10:00:00 warning bad a")
    assert text.endswith("(incident=i-1)")
    assert text.isprintable()


def test_json_holds_message_and_fields() -> None:
    """A log collector gets an object a line."""
    told = json.loads(JsonLines().format(make_record("bad %d", 7, incident="i-1")))
    assert told == {
        "time": "2026-03-01T10:00:00+00:00",
        "level": "warning",
        "logger": "unwonted.x",
        "message": "bad 7",
        "incident": "i-1",
    }


def test_error_is_a_field() -> None:
    """An exception is told in one line, without its traceback."""
    error = ValueError("no")
    record = make_record("failed", exc_info=(type(error), error, None))
    assert TextLines().format(record).endswith("failed (error=ValueError: no)")


@pytest.mark.parametrize("library", ["kafka.net", "uvicorn.error"])
def test_what_a_library_repeats_is_told_once_a_minute(library: str) -> None:
    """What is said again and again, of a lost server or of bytes that are no HTTP, is told once; ours always."""
    seldom, said = Seldom(), []
    for second in range(0, 90, 10):
        for name in (library, "unwonted.x"):
            record = make_record("No broker")
            record.name, record.created = name, record.created + second
            said += [f"{name} {second}"] if seldom.filter(record) else []
    assert [one for one in said if one.startswith(library)] == [f"{library} 0", f"{library} 60"]
    assert len(said) == 11
