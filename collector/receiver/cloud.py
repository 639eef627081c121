"""The CloudEvents entrance: one event, structured or binary, or a batch; and the handshake of its webhooks."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

from collector.delivery import Delivery, decode_json
from collector.errors import DeliveryError
from collector.receiver.entrance import Arrived
from collector.receiver.problem import Refused
from collector.receiver.reading import Reader, Reading, headers_of
from collector.sources.source import MAX_FAN_OUT

SENDERS = frozenset({"cdevents", "cloudevents"})
ANY = "cloudevents"
"""Sender of what comes to `/v1/events`."""
_BATCH = "application/cloudevents-batch"
_ORIGIN = re.compile(r"[A-Za-z0-9.:_-]{1,253}")


def read(reader: Reader, arrived: Arrived) -> Reading:
    """Return what a request holds; each event of a batch is read for itself."""
    is_batch = arrived.headers.get("content-type", "").lower().startswith(_BATCH)
    if is_batch or (arrived.body.lstrip()[:1] == b"[" and "ce-id" not in arrived.headers):
        batch = _batch(arrived.body)
        if batch is not None:
            reading = Reading()
            for body in batch:
                reader.delivery(reading, Delivery(source=arrived.sender, received_at=reader.received_at, body=body))
            return reading
    return reader.body(arrived.sender, headers_of(arrived.headers), arrived.body)


def _batch(body: bytes) -> list[object] | None:
    try:
        value = decode_json(body)
    except DeliveryError:
        return None
    if isinstance(value, list) and len(value) > MAX_FAN_OUT:
        raise Refused(413, "long", "Too long", f"A batch may hold {MAX_FAN_OUT:,} events: send smaller ones.")
    return value if isinstance(value, list) else None


async def handshake(request: Request) -> Response:
    """Agree to be sent events, as the CloudEvents specification of webhooks has a sender ask."""
    origin = request.headers.get("webhook-request-origin", "")
    headers = {"Allow": "POST, OPTIONS"}
    if _ORIGIN.fullmatch(origin):
        headers |= {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"}
    return Response(status_code=200, headers=headers)
