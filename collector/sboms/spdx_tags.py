"""SPDX as tags and values, a line each: 2.2 and 2.3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collector.parts import JSON
from collector.sboms.component import Sbom
from collector.sboms.spdx import read as read_json

_TAG = re.compile(r"([A-Za-z]{1,40}):[ \t]*(.*)")
_CHECKSUM = re.compile(r"([A-Za-z0-9-]{2,20}):[ \t]*([0-9a-fA-F]{1,200})")
_REFERENCE = re.compile(r"(\S{1,60})[ \t]+(\S{1,120})[ \t]+(\S{1,4000})")
_RELATION = re.compile(r"(\S{1,300})[ \t]+([A-Z_]{1,60})[ \t]+(\S{1,300})")
_FIELDS = {
    "PackageName": "name",
    "PackageVersion": "versionInfo",
    "PackageDownloadLocation": "downloadLocation",
    "SPDXID": "SPDXID",
}
_OTHERS = frozenset({"FileName", "SnippetSPDXID", "LicenseID"})
"""Tags that begin something that is no package."""


def is_like(start: str) -> bool:
    """Return whether text begins as tags and values do."""
    return re.search(r"(?m)^SPDXVersion:", start) is not None


def read(text: str) -> Sbom:
    """Return what a document lists; raise DeliveryError where it breaks the rules."""
    return read_json(_document(text))


def _document(text: str) -> JSON:
    """Return the document as it would be in JSON, as far as it tells of packages."""
    document: JSON = {"packages": [], "relationships": [], "creationInfo": {"creators": []}}
    package: JSON | None = None
    is_other = False
    for tag, value in _tags(text):
        if tag in _OTHERS:
            package, is_other = None, True
        elif tag == "PackageName":
            package, is_other = {"name": value}, False
            document["packages"].append(package)
        elif package is not None:
            _add_to_package(package, tag, value)
        elif not is_other and tag in {"SPDXVersion", "DocumentName"}:
            document["spdxVersion" if tag == "SPDXVersion" else "name"] = value
        _add_anywhere(document, tag, value)
    return document


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Yield tags with their values; text between <text> and </text> may run over lines, and is not looked at."""
    is_inside = False
    for line in text.split("\n"):
        if is_inside:
            is_inside = "</text>" not in line
            continue
        found = _TAG.match(line)
        if found:
            is_inside = "<text>" in line and "</text>" not in line
            yield found[1], found[2].strip()[:4000]


def _add_to_package(package: JSON, tag: str, value: str) -> None:
    if tag in _FIELDS:
        package.setdefault(_FIELDS[tag], value)
    elif tag == "PackageChecksum" and (found := _CHECKSUM.match(value)):
        package.setdefault("checksums", []).append({"algorithm": found[1], "checksumValue": found[2]})
    elif tag == "ExternalRef" and (reference := _REFERENCE.match(value)):
        told = {"referenceType": reference[2], "referenceLocator": reference[3]}
        package.setdefault("externalRefs", []).append(told)


def _add_anywhere(document: JSON, tag: str, value: str) -> None:
    if tag == "Relationship" and (found := _RELATION.match(value)):
        told = {"spdxElementId": found[1], "relationshipType": found[2], "relatedSpdxElement": found[3]}
        document["relationships"].append(told)
    elif tag == "Creator":
        document["creationInfo"]["creators"].append(value)
