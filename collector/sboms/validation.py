"""What breaks the rules of CycloneDX: documents held against the schemas its own library brings along."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from typing import Any, NoReturn

from jsonschema_rs import Draft7Validator, RegexOptions, Registry
from lxml import etree

from collector.delivery import MAX_DEPTH_WORDS, decode_json
from collector.errors import DeliveryError
from collector.masking import mask_text

JSON_VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
XML_VERSIONS = ("1.0", "1.1", *JSON_VERSIONS)
_STRICT = frozenset({"1.2", "1.3"})
"""Versions whose plain schema lets unknown fields pass."""
_SHARED = ("spdx", "jsf-0.82", "cryptography-defs")
_FOLDER = files("cyclonedx").joinpath("schema", "_res")
_MAX_REASON = 200
MAX_DEPTH = 200
"""Deepest nesting that is validated; components within components reach a dozen."""


def check_json(document: Any, version: str) -> None:
    """Raise DeliveryError, with place and reason, unless an object keeps the rules of a version of CycloneDX."""
    if version not in JSON_VERSIONS:
        raise DeliveryError(f"CycloneDX {version[:20] or 'without a specVersion'} is not known as JSON; 1.2 to 1.7 are")
    if _is_deeper(document, MAX_DEPTH):  # what validates takes the square of the depth
        raise DeliveryError(MAX_DEPTH_WORDS)
    validator = _json_schema(version)
    if not validator.is_valid(document):
        error = next(iter(validator.iter_errors(document)))
        place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)
        raise DeliveryError(_reason(version, place[:120].lstrip(".") or "its top", error.message))


def check_xml(document: Any, version: str) -> None:
    """Raise DeliveryError, with line and reason, unless an XML document keeps the rules of a version of CycloneDX."""
    schema = _xml_schema(version)
    if not schema.validate(document):
        error = schema.error_log[0]
        raise DeliveryError(_reason(version, f"line {error.line:,}", error.message))


def _reason(version: str, place: str, message: str) -> str:
    return f"no CycloneDX {version}: {mask_text(place)}: {mask_text(' '.join(message.split()))[:_MAX_REASON]}"


def _is_deeper(value: Any, most: int) -> bool:
    """Tell whether values are nested deeper than so many levels."""
    level = [value]
    for _ in range(most):
        level = [inner for outer in level for inner in _within(outer) if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def _within(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


@lru_cache(maxsize=len(JSON_VERSIONS))
def _json_schema(version: str) -> Draft7Validator:
    # Patterns run in linear time, and nothing is ever fetched.
    return Draft7Validator(
        _schema(f"bom-{version}{'-strict' if version in _STRICT else ''}"),
        registry=_shared(),
        validate_formats=True,
        pattern_options=RegexOptions(),
    )


@lru_cache(maxsize=1)
def _shared() -> Registry:
    found = [(f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", _schema(name)) for name in _SHARED]
    return Registry(found, draft=7, retriever=_refuse)


def _schema(name: str) -> Any:
    return decode_json(_FOLDER.joinpath(f"{name}.SNAPSHOT.schema.json").read_bytes())


def _refuse(address: str) -> NoReturn:
    raise LookupError(f"{address}: no schema is fetched")


@lru_cache(maxsize=len(XML_VERSIONS))
def _xml_schema(version: str) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    parser.resolvers.add(_Nearby())
    text = _FOLDER.joinpath(f"bom-{version}.SNAPSHOT.xsd").read_bytes()
    return etree.XMLSchema(etree.fromstring(text, parser))


class _Nearby(etree.Resolver):  # type: ignore[misc]
    """Finds the one schema that others import among the library's files, and nothing else."""

    def resolve(self, url: str, _: object, context: object) -> Any:
        """Return the schema of licences for whatever address it is imported by."""
        text = _FOLDER.joinpath("spdx.SNAPSHOT.xsd").read_bytes() if "spdx" in url else b""
        return self.resolve_string(text, context)
