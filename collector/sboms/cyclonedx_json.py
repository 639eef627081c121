"""CycloneDX as JSON, versions 1.2 to 1.7."""

from __future__ import annotations

from collections.abc import Iterator

from collector.parts import JSON, part_of, parts_of, text_in
from collector.sboms.component import Component, Sbom, clean, component_of, strongest, with_direct

_NO_PACKAGE = frozenset({"file", "data", "cryptographic-asset"})
"""Types of components that are packages only where a package URL says so."""


def is_like(document: JSON) -> bool:
    """Return whether an object claims to be CycloneDX."""
    schema = document.get("$schema")
    return document.get("bomFormat") == "CycloneDX" or (isinstance(schema, str) and "cyclonedx.org" in schema[:200])


def read(document: JSON) -> Sbom:
    """Return what a document lists; raise DeliveryError where it breaks the rules of its version."""
    from collector.sboms.validation import check_json  # noqa: PLC0415 - the schemas load where an SBOM is met

    version = text_in(document, "specVersion")
    check_json(document, version)
    root = part_of(document, "metadata", "component")
    found = ((text_in(item, "bom-ref"), component) for item in _items(document) if (component := _component(item)))
    return Sbom("cyclonedx", version, _name(root), with_direct(found, _asked(document, root)), _tools(document))


def _items(document: JSON) -> Iterator[JSON]:
    """Yield components, and those inside them, in the order of the document."""
    pending = [parts_of(document, "components")[::-1]]
    while pending:
        if not pending[-1]:
            pending.pop()
            continue
        item = pending[-1].pop()
        yield item
        pending.append(parts_of(item, "components")[::-1])


def _component(item: JSON) -> Component | None:
    purl = text_in(item, "purl")
    if not purl and text_in(item, "type") in _NO_PACKAGE:
        return None
    hashes = ((text_in(one, "alg"), text_in(one, "content")) for one in parts_of(item, "hashes"))
    return component_of(purl, _name(item), text_in(item, "version"), strongest(hashes))


def _name(item: JSON) -> str:
    return clean("/".join(filter(None, (text_in(item, "group"), text_in(item, "name")))))


def _asked(document: JSON, root: JSON) -> set[str] | None:
    """Return the references that the subject depends on; None where the document does not tell."""
    reference = text_in(root, "bom-ref")
    for one in parts_of(document, "dependencies") if reference else ():
        if text_in(one, "ref") == reference:
            asked = one.get("dependsOn")
            return set(map(str, asked)) if isinstance(asked, list) else set()
    return None


def _tools(document: JSON) -> tuple[str, ...]:
    metadata = part_of(document, "metadata")
    tools = parts_of(metadata, "tools") or parts_of(part_of(metadata, "tools"), "components")
    return tuple(dict.fromkeys(filter(None, (clean(text_in(tool, "name")) for tool in tools))))
