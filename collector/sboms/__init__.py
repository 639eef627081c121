"""SBOMs: the components a bill of materials lists, whatever its format, read from text alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from collector.delivery import decode_json
from collector.errors import DeliveryError
from collector.masking import mask_text
from collector.sboms import cyclonedx_json, cyclonedx_xml, spdx, spdx_tags
from collector.sboms.component import Component, Sbom
from collector.yaml_text import yaml_value

T = TypeVar("T")
_BEGINS = re.compile(
    r'\s*\{\s*"(?:\$schema|@context|@graph|SPDXID|bomFormat|comment|components|creationInfo|dataLicense|metadata|name|sbom|'
    r'serialNumber|spdxVersion|specVersion|version)"'
)
_CLAIMS = re.compile(
    r'"bomFormat"\s*:\s*"CycloneDX"|"spdxVersion"\s*:\s*"SPDX-|"@context"\s*:\s*"https?://spdx\.org/rdf/'
)
_XML_CLAIM = re.compile(r"<[\w:]{0,40}bom\s[^>]{0,2000}cyclonedx\.org/schema/bom/")
MAX_TEXT = 64 << 20
"""Longest SBOM read, in characters."""


def read_sbom(text: str) -> Sbom:
    """Return what an SBOM lists: CycloneDX as JSON or XML, SPDX as JSON, tags and values, or YAML.

    Raises DeliveryError, with where and why, for what is broken, breaks the rules of its format or is in another one.
    """
    if len(text) > MAX_TEXT:
        raise DeliveryError(f"longer than {MAX_TEXT >> 20} MiB: not read as an SBOM")
    return _guarded(_read, text)


def of_object(document: object) -> Sbom:
    """Return what an SBOM lists that is JSON; raise DeliveryError."""
    return _guarded(_of_object, document)


def _guarded(read: Callable[[T], Sbom], given: T) -> Sbom:
    try:
        return read(given)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        reason = str(error).split("\n", 1)[0][:160] or type(error).__name__
        raise DeliveryError(f"no SBOM that can be read: {mask_text(reason)}") from None


def _read(text: str) -> Sbom:
    start = text[:4096].lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return _of_object(decode_json(text.removeprefix("\ufeff")))
    if start.startswith("<"):
        return cyclonedx_xml.read(text)
    if spdx_tags.is_like(start):
        return spdx_tags.read(text)
    if "spdxVersion:" in start:
        return _of_object(yaml_value(text))
    raise DeliveryError(
        "no SBOM that is known: give CycloneDX as JSON or XML, or SPDX as JSON, YAML or tags and values"
    )


def looks_like_sbom(head: str) -> bool:
    """Return whether a text that begins so claims to be an SBOM.

    >>> looks_like_sbom('{"bomFormat": "CycloneDX",'), looks_like_sbom("SPDXVersion: SPDX-2.3"), looks_like_sbom("{}")
    (True, True, False)
    """
    start = head.lstrip("\ufeff \t\r\n")
    if start.startswith("{"):
        return _BEGINS.match(start) is not None and _CLAIMS.search(start) is not None
    if start.startswith("<"):
        return _XML_CLAIM.search(start[:16_384]) is not None
    return spdx_tags.is_like(start[:4096]) or "spdxVersion: SPDX-" in start[:4096]


def _of_object(document: object) -> Sbom:
    if isinstance(document, dict) and isinstance(document.get("sbom"), dict):
        document = document["sbom"]  # as GitHub's API wraps it
    if not isinstance(document, dict):
        raise DeliveryError("no SBOM: an object was expected")
    if cyclonedx_json.is_like(document):
        return cyclonedx_json.read(document)
    if spdx.is_like(document):
        return spdx.read(document)
    raise DeliveryError("no SBOM that is known: it names neither bomFormat, spdxVersion nor an SPDX context")


__all__ = ["MAX_TEXT", "Component", "Sbom", "looks_like_sbom", "of_object", "read_sbom"]
