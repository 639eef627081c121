"""Component: what one entry of an SBOM says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import parse_qsl

from collector.masking import mask_text
from collector.purls import MAX_NAME, MAX_VERSION, name_in, purl_of, split_purl
from collector.shapes import host_of
from collector.snapshot import MAX_PINNED, Packages, Pinned
from collector.texts import storable_text

_MAX_INTEGRITY = 140
_SOURCES = ("repository_url", "download_url", "vcs_url")


class Component(NamedTuple):
    """One component; empty texts where the document does not tell."""

    purl: str
    """Package URL without version."""
    version: str = ""
    host: str = ""
    integrity: str = ""
    is_direct: bool | None = None

    @property
    def name(self) -> str:
        """The name as its ecosystem writes it."""
        return name_in(self.purl)


class Sbom(NamedTuple):
    """What an SBOM lists."""

    form: str
    version: str
    """Of the format."""
    subject: str
    """What it is a bill of: the name in it; empty where it does not tell."""
    components: list[Component]
    tools: tuple[str, ...] = ()
    """Names of what made it."""

    def snapshot(self, place: str) -> Packages:
        """Return it as a snapshot: masked, bounded, by package URL."""
        pinned = dict.fromkeys(Pinned(*component) for component in self.components)
        return Packages(tuple(pinned)[:MAX_PINNED], place, is_cut=len(pinned) > MAX_PINNED)


def component_of(purl: str, name: str, version: str, integrity: str = "", url: str = "") -> Component | None:
    """Return a component by its package URL, or by its name where it has none; None where it has neither.

    `url` is where it is downloaded from; what the package URL says of that comes first.
    """
    base, written = split_purl(purl)
    if not base and not name.strip():
        return None
    if base.startswith("pkg:golang/"):  # as go.mod and go.sum are read
        version, written = version.removeprefix("v"), written.removeprefix("v")
    return Component(
        base or purl_of("generic", clean(name)),
        clean(version or written)[:MAX_VERSION],
        clean(_source_of(purl) or (host_of(url) if "://" in url else ""))[:MAX_NAME],
        clean(integrity)[:_MAX_INTEGRITY],
    )


def _source_of(purl: str) -> str:
    """Return the host that the qualifiers of a package URL name."""
    _, asked, query = purl[:4000].partition("?")
    if not asked:
        return ""
    qualifiers = dict(parse_qsl(query.split("#", 1)[0]))
    return next((host_of(qualifiers[name].removeprefix("git+")) for name in _SOURCES if name in qualifiers), "")


def strongest(hashes: Iterable[tuple[str, str]]) -> str:
    """Return of (algorithm, value) pairs the one with the longest value, as `sha256-…`."""
    found = [
        (len(value), f"{algorithm.lower().replace('-', '').replace('_', '')}-{value}") for algorithm, value in hashes
    ]
    return max(found, default=(0, ""))[1]


def with_direct(components: Iterable[tuple[str, Component]], asked: set[str] | None) -> list[Component]:
    """Return components once each, direct where their reference is asked for; None of it told where that is None."""
    kept: dict[Component, bool | None] = {}
    for reference, component in components:
        is_direct = None if asked is None else reference in asked or bool(kept.get(component))
        kept[component] = is_direct
    return [component._replace(is_direct=is_direct) for component, is_direct in kept.items()]


def clean(text: str) -> str:
    """Return a text masked, and as every store can keep it."""
    return storable_text(mask_text(text[:2000]))
