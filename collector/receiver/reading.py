"""From what came over the wire to entries of the stream: events, or what could not be read with its reason."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

from collector.delivery import Delivery, decode_json, read_delivery
from collector.errors import DeliveryError
from collector.event import Event
from collector.masking import breaks_key, mask_headers, mask_text, mask_value
from collector.receiver.problem import Refused
from collector.sources import SOURCES, Context, source_named
from collector.stream.entry import MAX_KEPT, Entry, Observed, Unreadable
from collector.texts import storable_text

_LOG = logging.getLogger(__name__)
_TEXTS = frozenset({"joblog", "lockfile", "sbom", "action_refs"})
"""Sources whose body is text even where it happens to be JSON."""
_EITHER = frozenset({"cdevents", "cloudevents"})
"""Sources whose body is text where it is no JSON."""
_FORM = b"payload="
_LOOKED_AT = 20
"""Lines of which one must be JSON where a body is taken for lines of it."""
MAX_LETTERS = 1_000
"""Most dead letters of one request: what is broken through and through is told to its sender instead of kept."""
_MASKED_WHOLE = 1 << 20
"""Longest JSON that is masked value by value; of what is longer, the beginning is masked as text."""
_SPARE = 10_000
"""How much more than is kept is masked first, so that no secret is cut in two and shows."""

_NAMES = {
    "x-github-event": "X-GitHub-Event",
    "x-github-delivery": "X-GitHub-Delivery",
    "x-github-hook-id": "X-GitHub-Hook-ID",
    "x-event-key": "X-Event-Key",
    "x-request-uuid": "X-Request-UUID",
    "x-gitlab-event-uuid": "X-Gitlab-Event-UUID",
    "x-gitlab-webhook-uuid": "X-Gitlab-Webhook-UUID",
    "x-buildkite-event": "X-Buildkite-Event",
    "idempotency-key": "Idempotency-Key",
}
_PREFIXES = ("unwonted-", "x-github-", "x-gitlab-", "x-gitea-", "x-gogs-", "x-forgejo-", "ce-")


@dataclass
class Reading:
    """What one request came to."""

    entries: list[Entry] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    """Only where somebody records them."""
    unreadable: int = 0
    """Deliveries that no event was read from."""
    reason: str = ""
    """Why the first could not be read."""

    @property
    def letters(self) -> list[str]:
        """Return the ids of the dead letters."""
        return [entry.id for entry in self.entries if isinstance(entry, Unreadable)]

    def add(self, event: Event) -> None:
        """Add one event that was read."""
        self.entries.append(Observed(event=event))
        self.ids.append(event.id)

    def exchange(self, place: int, letter: Unreadable) -> None:
        """Put a dead letter in the place of one entry."""
        entry, self.entries[place] = self.entries[place], letter
        self.ids = [one for one in self.ids if not isinstance(entry, Observed) or one != entry.event.id]
        self.unreadable += isinstance(entry, Observed)
        self.reason = self.reason or letter.reason

    def refuse(self, letter: Unreadable) -> None:
        """Put one dead letter in the place of everything that was read."""
        self.entries, self.ids, self.unreadable, self.reason = [letter], [], 1, letter.reason


@dataclass(frozen=True)
class Reader:
    """Reads for one request: whose it is, when it came, and whether deliveries are kept for a recording."""

    context: Context
    received_at: float
    keeps: bool = False

    def body(self, source: str, headers: dict[str, str], body: bytes) -> Reading:
        """Return what the body of one delivery holds; lines of JSON are a delivery each."""
        reading = Reading()
        if source not in _TEXTS and body.startswith(_FORM):
            body = unquote_to_bytes(body[len(_FORM) :].partition(b"&")[0].replace(b"+", b" "))
        try:
            value = _value(source, body)
        except DeliveryError as error:
            lines = [line for line in body.split(b"\n") if line.strip()]
            if len(lines) < 2 or not any(map(_is_json, lines[:_LOOKED_AT])) or breaks_key(lines):
                lines = []
                self._park(reading, source, body, str(error), headers)
            for line in lines:
                self._line(reading, source, headers, line)
            return reading
        self._read(reading, self._delivery(source, headers, value), body, headers)
        return reading

    def delivery(self, reading: Reading, delivery: Delivery) -> None:
        """Add what one delivery holds, or that it could not be read."""
        self._read(reading, delivery, None)

    def recording(self, body: bytes) -> Reading:
        """Return what the deliveries of a recording hold, a line each."""
        reading = Reading()
        for line in filter(bytes.strip, body.split(b"\n")):
            try:
                delivery = read_delivery(line)
            except DeliveryError as error:
                self._park(reading, "recording", line, str(error))
            else:
                self._read(reading, delivery, line)
        return reading

    def parked(self, source: str, body: bytes, reason: str, headers: Mapping[str, str] | None = None) -> Unreadable:
        """Return the dead letter of what could not be read: masked, and cut to what may be kept.

        With headers it is kept as the line of a recording, so that it can be replayed once it can be read.
        """
        kept = body if headers is None else _as_line(source, self.received_at, headers, body)
        return Unreadable(
            organisation=self.context.organisation,
            id=f"unreadable:{storable_text(source)}:{self._digest(body)}",
            source=storable_text(source),
            received_at=self.received_at,
            reason=storable_text(mask_text(reason)[:500]),
            body=storable_text(_masked(kept)),
        )

    def unstorable(self, entry: Entry, reason: str) -> Unreadable:
        """Return the dead letter of one entry that no stream can carry; of a letter a shorter one."""
        if not isinstance(entry, Observed):
            return self.parked("unknown", getattr(entry, "id", "").encode(), reason)
        with suppress(ValueError, OverflowError, RecursionError):
            return self.parked(entry.event.source, msgspec.json.encode(entry.event), reason)
        return self.parked(entry.event.source, repr(entry.event).encode(errors="replace"), reason)

    def _digest(self, body: bytes) -> str:
        """Return what tells one organisation's unreadable bodies apart."""
        whose = hashlib.blake2b(self.context.organisation.encode(), digest_size=16).digest()
        return hashlib.blake2b(body, digest_size=12, key=whose).hexdigest()

    def _delivery(self, source: str, headers: dict[str, str], body: Any) -> Delivery:
        return Delivery(source=source, received_at=self.received_at, headers=headers, body=body)

    def _line(self, reading: Reading, source: str, headers: dict[str, str], line: bytes) -> None:
        try:
            value = decode_json(line)
        except DeliveryError as error:
            self._park(reading, source, line, str(error), headers)
        else:
            self._read(reading, self._delivery(source, headers, value), line, headers)

    def _read(
        self, reading: Reading, delivery: Delivery, raw: bytes | None, headers: Mapping[str, str] | None = None
    ) -> None:
        if self.keeps:
            reading.deliveries.append(delivery)
        try:
            events = source_named(delivery.source).parse(delivery, self.context)
        except DeliveryError as error:
            self._park(reading, delivery.source, _raw(delivery, raw), str(error), headers)
        except Exception as error:  # noqa: BLE001 (a reader's own fault must not cost the delivery)
            _LOG.exception("source_failed", extra={"source": delivery.source})
            reason = f"the source failed: {type(error).__name__}"
            self._park(reading, delivery.source, _raw(delivery, raw), reason, headers)
        else:
            for event in events:
                reading.add(event)

    def _park(
        self, reading: Reading, source: str, raw: bytes, reason: str, headers: Mapping[str, str] | None = None
    ) -> None:
        if reading.unreadable >= MAX_LETTERS:
            raise Refused(
                400,
                "broken",
                "Broken",
                f"More than {MAX_LETTERS:,} parts of it cannot be read, the first because: {reading.reason}. "
                "Nothing of it was stored: mend it, then send it again.",
            )
        reading.entries.append(self.parked(source, raw, reason, headers))
        reading.unreadable += 1
        reading.reason = reading.reason or reason


def _is_json(line: bytes) -> bool:
    try:
        decode_json(line)
    except DeliveryError:
        return False
    return True


def _raw(delivery: Delivery, raw: bytes | None) -> bytes:
    """Return what was sent; of a part of a larger body the line of a recording that holds it."""
    if raw is not None:
        return raw
    with suppress(ValueError, OverflowError, RecursionError):  # there is JSON that can be read and not be written
        return msgspec.json.encode(delivery)
    return repr(delivery.body).encode(errors="replace")


def headers_of(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers a source may look at, by the names recordings use; none of them is a credential.

    >>> headers_of({"x-github-event": "push", "x-gitlab-token": "s3cret", "user-agent": "x"})
    {'X-GitHub-Event': 'push'}
    """
    return {name: value for header, value in headers.items() if (name := _kept_as(header))}


@lru_cache(maxsize=512)
def _kept_as(header: str) -> str:
    if header not in _NAMES and not (header.startswith(_PREFIXES) and mask_headers({header: ""})):
        return ""
    return _NAMES.get(header) or "-".join(part.capitalize() for part in header.split("-"))


def _value(source: str, body: bytes) -> Any:
    """Return a body as its source reads it: text, or JSON, or text where it is neither and the source is unknown."""
    if source in _TEXTS:
        return body.decode(errors="replace")
    try:
        return decode_json(body)
    except DeliveryError:
        if source in SOURCES and source not in _EITHER:
            raise
        return body.decode(errors="replace")


def _as_line(source: str, received_at: float, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the line of a recording that holds a delivery, its body as text where it is no JSON or very long."""
    line = {"source": source, "received_at": received_at, "headers": headers}
    if len(body) <= _MASKED_WHOLE:
        with suppress(DeliveryError, ValueError, OverflowError):  # there is JSON that can be read and not be written
            return msgspec.json.encode({**line, "body": decode_json(body)})
    return msgspec.json.encode({**line, "body": body[: 4 * MAX_KEPT].decode(errors="replace")})


def _masked(body: bytes) -> str:
    if len(body) <= _MASKED_WHOLE:
        # what is no JSON, or none that can be written, is masked as the text it is
        with suppress(DeliveryError, ValueError, OverflowError):
            body = msgspec.json.encode(mask_value(decode_json(body)))
    return mask_text(body[: 4 * MAX_KEPT].decode(errors="replace")[: MAX_KEPT + _SPARE])[:MAX_KEPT]
