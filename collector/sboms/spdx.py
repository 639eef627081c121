"""SPDX as JSON: 2.2 and 2.3, and what 3.0 lists as a graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collector.errors import DeliveryError
from collector.parts import JSON, part_of, parts_of, text_in, texts_of
from collector.sboms.component import Component, Sbom, clean, component_of, strongest, with_direct

_NOWHERE = frozenset({"NOASSERTION", "NONE", ""})


def is_like(document: JSON) -> bool:
    """Return whether an object claims to be SPDX."""
    return "spdxVersion" in document or ("@graph" in document and "spdx" in str(document.get("@context"))[:400].lower())


def read(document: JSON) -> Sbom:
    """Return what a document lists; raise DeliveryError where it breaks the rules."""
    return _read_graph(document) if "@graph" in document else _read_2(document)


def _read_2(document: JSON) -> Sbom:
    version = text_in(document, "spdxVersion").removeprefix("SPDX-")
    if not version.startswith("2."):
        raise DeliveryError(f"SPDX {clean(version)[:20]} is not known; 2.2, 2.3 and the graphs of 3.0 are")
    items = _packages(document)
    relations = list(_relations(document))
    roots = set(texts_of(document, "documentDescribes"))
    roots |= {other for one, kind, other in relations if kind == "DESCRIBES" and one == "SPDXRef-DOCUMENT"}
    subjects = [clean(text_in(item, "name")) for item in items if text_in(item, "SPDXID") in roots]
    found = ((text_in(item, "SPDXID"), one) for item in items if (one := _component(item)))
    kept = (pair for pair in found if pair[0] not in roots or len(roots) > 1)
    subject = subjects[0] if len(subjects) == 1 else clean(text_in(document, "name"))
    return Sbom("spdx", version, subject, with_direct(kept, asked_by(roots, relations)), _creators(document))


def _packages(document: JSON) -> list[JSON]:
    given = document.get("packages", [])
    if not isinstance(given, list):
        raise DeliveryError("no SPDX: its packages are no list")
    items = parts_of(document, "packages")
    for number, item in enumerate(items):
        if not text_in(item, "name") or not text_in(item, "SPDXID"):
            raise DeliveryError(f"no SPDX: packages[{number}] has no name or no SPDXID")
    return items


def _relations(document: JSON) -> Iterator[tuple[str, str, str]]:
    for one in parts_of(document, "relationships"):
        yield (
            text_in(one, "spdxElementId"),
            text_in(one, "relationshipType").upper(),
            text_in(one, "relatedSpdxElement"),
        )


def asked_by(roots: set[str], relations: Iterable[tuple[str, str, str]]) -> set[str] | None:
    """Return what the roots depend on; None where no relation tells of dependencies."""
    found, is_told = set(), False
    for one, kind, other in relations:
        if kind.endswith("DEPENDS_ON"):
            is_told = True
            found |= {other} if one in roots else set()
        elif kind.endswith("DEPENDENCY_OF"):
            is_told = True
            found |= {one} if other in roots else set()
    return found if is_told and roots else None


def _component(item: JSON) -> Component | None:
    references = parts_of(item, "externalRefs")
    purl = next((text_in(one, "referenceLocator") for one in references if text_in(one, "referenceType") == "purl"), "")
    hashes = ((text_in(one, "algorithm"), text_in(one, "checksumValue")) for one in parts_of(item, "checksums"))
    location = text_in(item, "downloadLocation")
    url = "" if location in _NOWHERE else location.removeprefix("git+")
    return component_of(purl, text_in(item, "name"), text_in(item, "versionInfo"), strongest(hashes), url)


def _creators(document: JSON) -> tuple[str, ...]:
    creators = texts_of(part_of(document, "creationInfo"), "creators")
    return tuple(clean(one[6:]).rsplit("-", 1)[0] for one in creators if one.startswith("Tool: "))


def _read_graph(document: JSON) -> Sbom:
    items = parts_of(document, "@graph")
    packages = [item for item in items if _type(item) == "Package"]
    roots = {
        root for item in items if _type(item) in {"Sbom", "Bom", "SpdxDocument"} for root in _refs(item, "rootElement")
    }
    relations = [relation for item in items for relation in _graph_relations(item)]
    found = ((_ref(item), one) for item in packages if (one := _graph_component(item)))
    kept = (pair for pair in found if pair[0] not in roots or len(roots) > 1)
    names = [clean(text_in(item, "name")) for item in packages if _ref(item) in roots]
    versions = (text_in(item, "specVersion") for item in items if _type(item) == "CreationInfo")
    version = next(filter(None, versions), "3.0")
    return Sbom(
        "spdx", version[:20], names[0] if len(names) == 1 else "", with_direct(kept, asked_by(roots, relations))
    )


def _type(item: JSON) -> str:
    return text_in(item, "type", "@type").rsplit("_", 1)[-1].rsplit("/", 1)[-1]


def _ref(item: JSON) -> str:
    return text_in(item, "spdxId", "@id")


def _refs(item: JSON, name: str) -> list[str]:
    return texts_of(item, name)


def _graph_relations(item: JSON) -> Iterator[tuple[str, str, str]]:
    if _type(item).endswith("Relationship") and text_in(item, "relationshipType") == "dependsOn":
        yield from ((text_in(item, "from"), "DEPENDS_ON", other) for other in _refs(item, "to"))


def _graph_component(item: JSON) -> Component | None:
    identifiers = parts_of(item, "externalIdentifier")
    purls = [text_in(one, "identifier") for one in identifiers if "ackageUrl" in text_in(one, "externalIdentifierType")]
    purl = next(iter(purls), "") or text_in(item, "software_packageUrl", "packageUrl")
    hashes = ((text_in(one, "algorithm"), text_in(one, "hashValue")) for one in parts_of(item, "verifiedUsing"))
    version = text_in(item, "software_packageVersion", "packageVersion")
    url = text_in(item, "software_downloadLocation", "downloadLocation")
    return component_of(purl, text_in(item, "name"), version, strongest(hashes), url)
