"""SBOMs: the components a bill of materials lists, whatever its format, read from text alone."""

from __future__ import annotations

from collector.delivery import decode_json
from collector.errors import DeliveryError
from collector.masking import mask_text
from collector.sboms import cyclonedx_json, cyclonedx_xml, spdx, spdx_tags
from collector.sboms.component import Component, Sbom
from collector.yaml_text import yaml_value

MAX_TEXT = 64 << 20
"""Longest SBOM read, in characters."""


def read_sbom(text: str) -> Sbom:
    """Return what an SBOM lists: CycloneDX as JSON or XML, SPDX as JSON, tags and values, or YAML.

    Raises DeliveryError, with where and why, for what is broken, breaks the rules of its format or is in another one.
    """
    if len(text) > MAX_TEXT:
        raise DeliveryError(f"longer than {MAX_TEXT >> 20} MiB: not read as an SBOM")
    start = text[:4096].lstrip("\ufeff \t\r\n")
    try:
        return _read(text, start)
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        reason = str(error).split("\n", 1)[0][:160] or type(error).__name__
        raise DeliveryError(f"no SBOM that can be read: {mask_text(reason)}") from None


def _read(text: str, start: str) -> Sbom:
    if start.startswith("{"):
        return of_object(decode_json(text.removeprefix("\ufeff")))
    if start.startswith("<"):
        return cyclonedx_xml.read(text)
    if spdx_tags.is_like(start):
        return spdx_tags.read(text)
    if "spdxVersion:" in start:
        return of_object(yaml_value(text))
    raise DeliveryError(
        "no SBOM that is known: give CycloneDX as JSON or XML, or SPDX as JSON, YAML or tags and values"
    )


def of_object(document: object) -> Sbom:
    """Return what an SBOM lists that is JSON; raise DeliveryError."""
    if not isinstance(document, dict):
        raise DeliveryError("no SBOM: an object was expected")
    if cyclonedx_json.is_like(document):
        return cyclonedx_json.read(document)
    if spdx.is_like(document):
        return spdx.read(document)
    raise DeliveryError("no SBOM that is known: it names neither bomFormat, spdxVersion nor an SPDX context")


__all__ = ["MAX_TEXT", "Component", "Sbom", "of_object", "read_sbom"]
