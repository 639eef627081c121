"""The Splunk HEC entrance: what speaks to Splunk's HTTP Event Collector speaks to us, with the replies it expects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.contents import source_of
from collector.delivery import Delivery, decode_json, parse_time
from collector.errors import DeliveryError
from collector.receiver.entrance import Arrived, Entrance
from collector.receiver.problem import Refused
from collector.receiver.reading import Reader, Reading
from collector.sources.fields import JSON

SENDER = "hec"
MAX_EVENTS = 50_000
"""Most events of one request."""
_ENCODE = msgspec.json.Encoder().encode
_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"
_TEXTS = {
    0: "Success",
    2: "Token is required",
    3: "Invalid authorization",
    4: "Invalid token",
    5: "No data",
    6: "Invalid data format",
    8: "Internal server error",
    9: "Server is busy",
    12: "Event field is required",
    13: "Event field cannot be blank",
    14: "ACK is disabled",
    15: "Error in handling indexed fields",
    17: "HEC is healthy",
    18: "HEC is unhealthy, queues are full",
    27: "Request entity too large",
}
"""Splunk's own words, which clients look for."""
_CODES = {"unsigned": (401, 2), "not_local": (401, 2), "scheme": (401, 3), "token": (403, 4), "signature": (403, 4)}
_STATUSES = {413: 27, 503: 9, 500: 8}


class _Malformed(Refused):
    """A body that is not of the form; nothing of it is stored."""

    def __init__(self, code: int, number: int | None = None) -> None:
        super().__init__(400, "malformed", "Malformed", f"{_TEXTS[code]}: see the code in Splunk's documentation")
        self.code = code
        self.number = number
        """Which event of the body is wrong, from 0."""


def reply(code: int, status: int = 200, headers: Mapping[str, str] | None = None, **more: object) -> Response:
    """Return an answer in Splunk's form."""
    body = _ENCODE({"text": _TEXTS[code], "code": code, **more})
    return Response(body, status, headers, "application/json")


def _refused(refused: Refused) -> Response:
    if isinstance(refused, _Malformed):
        more: dict[str, object] = {} if refused.number is None else {"invalid-event-number": refused.number}
        return reply(refused.code, 400, None, **more)
    status, code = _CODES.get(refused.reason) or (refused.status, _STATUSES.get(refused.status, 6))
    return reply(code, status, refused.headers)


def _accepted(_reading: Reading, _sender: str) -> Response:
    return reply(0)


def _read_events(reader: Reader, arrived: Arrived) -> Reading:
    """Read JSON objects, one after the other with or without space between; all of them, or none."""
    return _read(reader, list(_envelopes(_objects(arrived.body))))


def _read_lines(reader: Reader, arrived: Arrived) -> Reading:
    """Read lines, whose time, host and kind the query tells."""
    told: JSON = {
        name: value for name in ("time", "host", "source", "sourcetype") if (value := arrived.query.get(name))
    }
    lines = [line.decode(errors="replace") for line in arrived.body.split(b"\n") if line.strip()]
    if len(lines) > MAX_EVENTS:
        raise _too_many()
    return _read(reader, [{**told, "event": line.rstrip("\r")} for line in lines])


def _read(reader: Reader, envelopes: list[JSON]) -> Reading:
    if not envelopes:
        raise _Malformed(5)
    reading = Reading()
    for envelope in envelopes:
        reader.delivery(reading, _delivery(envelope, reader.received_at))
    return reading


def _delivery(envelope: JSON, received_at: float) -> Delivery:
    """Return what an envelope carries as its own system would have sent it; where no reader knows it, the envelope."""
    event = envelope["event"]
    if isinstance(event, str) and event.lstrip()[:1] == "{":
        try:
            event = decode_json(event)
        except DeliveryError:
            event = envelope["event"]
    source = source_of(event)
    if source in {"", "recording"}:
        return Delivery(source=SENDER, received_at=received_at, body={**envelope, "event": event})
    at = str(envelope.get("time") or "")  # for what tells no time of its own
    return Delivery(source=source, received_at=received_at, headers={"Unwonted-Time": at} if at else {}, body=event)


def _objects(body: bytes) -> Iterator[Any]:
    text, at = body.decode(errors="replace").lstrip("\ufeff"), 0
    for number in range(MAX_EVENTS + 1):
        while at < len(text) and text[at] in _SPACE:
            at += 1
        if at == len(text):
            return
        value, at = _object_at(text, at, number)
        yield value
    raise _too_many()


def _object_at(text: str, start: int, number: int) -> tuple[Any, int]:
    """Return the object that begins at a place, and where it ends.

    Python's decoder finds the end; what stands there is decoded as at every other entrance, which knows no NaN, no
    infinity and no half of a character: no event could be written with them.
    """
    try:
        _, end = _DECODER.raw_decode(text, start)
        return decode_json(text[start:end]), end
    except (ValueError, RecursionError, DeliveryError):
        raise _Malformed(6, number) from None


def _envelopes(values: Iterator[Any]) -> Iterator[JSON]:
    for number, value in enumerate(values):
        if not isinstance(value, dict):
            raise _Malformed(6, number)
        event, fields = value.get("event"), value.get("fields")
        if event is None:
            raise _Malformed(12, number)
        if event == "":
            raise _Malformed(13, number)
        if fields is not None and (not isinstance(fields, dict) or any(isinstance(v, dict) for v in fields.values())):
            raise _Malformed(15, number)
        if value.get("time") not in (None, "") and parse_time(value["time"]) is None:
            raise _Malformed(6, number)
        yield value


def _too_many() -> Refused:
    return Refused(413, "long", "Too long", f"A request may hold {MAX_EVENTS:,} events: send smaller batches.")


def _sender_of(_request: Request) -> str:
    return SENDER


EVENTS = Entrance(_sender_of, _read_events, _accepted, _refused)
"""`/services/collector/event`: objects."""
LINES = Entrance(_sender_of, _read_lines, _accepted, _refused)
"""`/services/collector/raw`: lines."""


async def acknowledge(_request: Request) -> Response:
    """Say that there are no acknowledgements: an answer of 200 already means that everything is durable."""
    return reply(14, 400)


async def welcome(_request: Request) -> Response:
    """Answer a client that asks with OPTIONS whether it would be heard, as Docker's does before its first line."""
    return Response(status_code=200, headers={"Allow": "POST, OPTIONS"})
