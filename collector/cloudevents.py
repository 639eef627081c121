"""CloudEvents: the envelope that many systems share, in each of the ways HTTP carries it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any
from urllib.parse import unquote

import msgspec

from collector.delivery import Delivery, decode_json
from collector.errors import DeliveryError

MAX_ATTRIBUTE = 2_000
"""Longest attribute that is looked at."""
_PREFIX = "ce-"
_NAME = re.compile(r"[a-z0-9_]{1,60}")
_QUOTED = re.compile(r"\\(.)")
_VERSIONS = ("0.3", "1.")
_REQUIRED = ("id", "source", "type")
_NO_ATTRIBUTES = frozenset({"data", "data_base64"})
_JAVA = re.compile(r"^CloudEvent\{id=.*?data=BytesCloudEventData\{value=\[([0-9, -]*)\]\}", re.DOTALL)
"""What a CloudEvent of Java's is as text: Jenkins' CDEvents plugin sends that, and calls it JSON."""


class CloudEvent(msgspec.Struct, frozen=True):
    """One event: what stands on the envelope, and what is in it."""

    attributes: dict[str, str]
    """Those of the standard and others, by their lower-case names."""
    data: Any = None
    """Of JSON its value; else text."""

    @property
    def type(self) -> str:
        """Return what happened, by its sender's name for it."""
        return self.attributes["type"]

    @property
    def unique(self) -> list[str]:
        """Return what no other event has, however it is carried."""
        return [self.attributes["source"], self.attributes["id"]]


def envelope_of(delivery: Delivery) -> CloudEvent | None:
    """Return the CloudEvent a delivery carries: structured, where its body is one, or binary, in headers `ce-…`.

    None where it carries none; raises DeliveryError where it carries one that breaks the standard.
    """
    body = delivery.body
    if isinstance(body, dict) and "specversion" in body and "type" in body:
        return _structured(body)
    attributes = {
        name.lower()[len(_PREFIX) :]: _decoded(value)
        for name, value in delivery.headers.items()
        if name.lower().startswith(_PREFIX)
    }
    return _checked(attributes, body) if attributes else None


def from_java(body: str) -> Any:
    """Return the JSON inside the text that Java writes of a CloudEvent; None where the text is no such thing."""
    found = _JAVA.match(body)
    if not found:
        return None
    try:
        data = bytes(int(number) & 0xFF for number in found[1].split(","))
    except ValueError:
        raise DeliveryError("the data of Java's text of a CloudEvent is no list of bytes") from None
    return decode_json(data)


def _structured(body: dict[str, Any]) -> CloudEvent:
    attributes = {
        name: str(value).lower() if isinstance(value, bool) else str(value)[:MAX_ATTRIBUTE]
        for name, value in body.items()
        if name not in _NO_ATTRIBUTES and isinstance(value, str | int | float) and _NAME.fullmatch(name)
    }
    packed = body.get("data_base64")
    if packed is None and body.get("datacontentencoding") == "base64":  # as version 0.3 has it
        packed = body.get("data")
    if packed is not None:
        return _checked(attributes, _unpacked(packed))
    return _checked(attributes, body.get("data"))


def _checked(attributes: dict[str, str], data: Any) -> CloudEvent:
    version = attributes.get("specversion", "")
    if not version.startswith(_VERSIONS):
        raise DeliveryError(f"no CloudEvent of a version that is known: specversion is {version[:20]!r}, not 1.0")
    missing = [name for name in _REQUIRED if not attributes.get(name)]
    if missing:
        raise DeliveryError(f"the CloudEvent lacks {' and '.join(missing)}")
    return CloudEvent(attributes, data)


def _unpacked(packed: Any) -> Any:
    try:
        data = base64.b64decode(packed, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise DeliveryError("the data of the CloudEvent is no base64") from None
    try:
        return decode_json(data)
    except DeliveryError:
        return data.decode(errors="replace")


def _decoded(value: str) -> str:
    """Return an attribute as it was before it became a header: unquoted, and its percent signs resolved.

    >>> _decoded("Euro%20%E2%82%AC%20%F0%9F%98%80"), _decoded('"a quoted%20one"')
    ('Euro € 😀', 'a quoted one')
    """
    value = value[:MAX_ATTRIBUTE].strip()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = _QUOTED.sub(r"\1", value[1:-1])
    return unquote(value, errors="replace")
