"""CycloneDX as XML, versions 1.0 to 1.7."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from collector.errors import DeliveryError
from collector.masking import mask_text
from collector.sboms.component import Component, Sbom, clean, component_of, strongest, with_direct

_NAMESPACE = re.compile(r"http://cyclonedx\.org/schema/bom/(\d+\.\d+)")
_DECLARED = re.compile(r"<!(?:DOCTYPE|ENTITY)")
_NO_PACKAGE = frozenset({"file", "data", "cryptographic-asset"})


def read(text: str) -> Sbom:
    """Return what a document lists; raise DeliveryError where it is broken or breaks the rules of its version.

    One that declares a document type is refused before it is parsed: entities can be made to grow without bound, or to
    read files.
    """
    from collector.sboms.validation import XML_VERSIONS, check_xml  # noqa: PLC0415 - they load where an SBOM is met

    root = _parse(text)
    version = (_NAMESPACE.fullmatch(_split(root.tag)[0]) or [""] * 2)[1]
    if _split(root.tag)[1] != "bom" or version not in XML_VERSIONS:
        raise DeliveryError("no SBOM that is known: XML, but no CycloneDX of the versions 1.0 to 1.7")
    check_xml(root, version)
    return _Reader(root).sbom(version)


def _parse(text: str) -> Any:
    from lxml import etree  # noqa: PLC0415

    if _DECLARED.search(text):
        raise DeliveryError("no SBOM: XML that declares a document type or entities; remove the declaration")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True
    )
    try:
        return etree.fromstring(text.removeprefix("\ufeff").encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise DeliveryError(f"no SBOM: broken XML: {mask_text(str(error))[:160]}") from None


def _split(tag: object) -> tuple[str, str]:
    namespace, _, name = str(tag).removeprefix("{").rpartition("}")
    return namespace, name


class _Reader:
    """Reads the elements of one document."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._prefix = f"{{{_split(root.tag)[0]}}}"

    def sbom(self, version: str) -> Sbom:
        """Return what the document lists."""
        subject = self._root.find(self._path("metadata", "component"))
        listed = self._root.find(self._path("components"))
        items = [] if listed is None else listed.iter(f"{self._prefix}component")
        found = ((item.get("bom-ref", ""), one) for item in items if (one := self._component(item)) is not None)
        tools = self._root.iterfind(self._path("metadata", "tools"))
        names = [clean(str(name.text or "")) for tool in tools for name in tool.iter(f"{self._prefix}name")]
        return Sbom(
            "cyclonedx",
            version,
            "" if subject is None else self._name(subject),
            with_direct(found, self._asked(subject)),
            tuple(dict.fromkeys(filter(None, names)))[:16],
        )

    def _path(self, *names: str) -> str:
        return "/".join(f"{self._prefix}{name}" for name in names)

    def _text(self, item: Any, name: str) -> str:
        return str(item.findtext(f"{self._prefix}{name}") or "").strip()[:4000]

    def _name(self, item: Any) -> str:
        return clean("/".join(filter(None, (self._text(item, "group"), self._text(item, "name")))))

    def _component(self, item: Any) -> Component | None:
        purl = self._text(item, "purl")
        if not purl and item.get("type") in _NO_PACKAGE:
            return None
        hashes = item.iterfind(self._path("hashes", "hash"))
        integrity = strongest((one.get("alg", ""), (one.text or "").strip()) for one in hashes)
        return component_of(purl, self._name(item), self._text(item, "version"), integrity)

    def _asked(self, subject: Any) -> set[str] | None:
        """Return the references that the subject depends on; None where the document does not tell."""
        reference = "" if subject is None else subject.get("bom-ref", "")
        for one in self._dependencies() if reference else ():
            if one.get("ref") == reference:
                return {inner.get("ref", "") for inner in one}
        return None

    def _dependencies(self) -> Iterator[Any]:
        return iter(self._root.iterfind(self._path("dependencies", "dependency")))
