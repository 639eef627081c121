"""osv: what was declared of packages in the OSV format: malicious versions, and vulnerable ones."""

from __future__ import annotations

from collections.abc import Iterator

from collector.delivery import Delivery, parse_time
from collector.errors import DeliveryError
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.masking import mask_text
from collector.purls import purl_of, split_purl
from collector.snapshot import MAX_AFFECTED, MAX_VERSIONS, Advisory, Affected, Border
from collector.sources.fields import JSON, record, records, text, texts
from collector.sources.source import Context, Draft, Source, digest_of, object_of

_KINDS = {
    "npm": "npm",
    "PyPI": "pypi",
    "Go": "golang",
    "crates.io": "cargo",
    "RubyGems": "gem",
    "Packagist": "composer",
    "Maven": "maven",
    "NuGet": "nuget",
    "Pub": "pub",
    "Hex": "hex",
    "GitHub Actions": "githubactions",
    "SwiftURL": "swift",
}
"""Ecosystems of OSV, by the type of package URL that lockfiles and workflows are read as."""
_TELLER = Actor(ActorType.APP, "osv")
_MALICIOUS = "MAL-"
_EMBEDDED_CODE = "CWE-506"
_MAX_NAME = 100


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the event of one record; none where it is about nothing that lockfiles, SBOMs or workflows name."""
    body = object_of(delivery)
    name = mask_text(text(body, "id"))[:_MAX_NAME]
    if not name or not isinstance(body.get("affected"), list | None):
        raise DeliveryError("no OSV record: it needs an `id`, and `affected` is a list")
    affected = tuple(_affected(body))
    if not affected:
        return []
    published, modified = (parse_time(body.get(field)) for field in ("published", "modified"))
    withdrawn = bool(text(body, "withdrawn"))
    advisory = Advisory(name, affected, _is_malicious(name, body), withdrawn, published or modified or 0.0)
    draft = Draft("advisory.withdrawn" if withdrawn else "advisory.published", Kind.DEPENDENCY)
    draft.actor, draft.entity = _TELLER, Entity("advisory", name)
    draft.observed_at = None if delivery.received_at else published or modified
    draft.snapshot = advisory
    return [draft.event(delivery, context, f"{name}:{text(body, 'modified') or digest_of(body)}", name)]


def _is_malicious(name: str, body: JSON) -> bool:
    """Tell whether it declares the package itself malicious, and not only weak."""
    names = (name, *texts(body, "aliases", MAX_AFFECTED))
    return any(one.startswith(_MALICIOUS) for one in names) or _EMBEDDED_CODE in texts(
        record(body, "database_specific"), "cwe_ids", MAX_AFFECTED
    )


def _affected(body: JSON) -> Iterator[Affected]:
    for entry in records(body, "affected", MAX_AFFECTED):
        purl = _purl(record(entry, "package"))
        versions = tuple(texts(entry, "versions", MAX_VERSIONS))
        ranges = tuple(filter(None, map(_borders, records(entry, "ranges", MAX_AFFECTED))))
        # ranges of commits alone name no version: without this it would seem that all are meant
        if purl and (versions or ranges or not entry.get("ranges")):
            yield Affected(purl, versions, ranges)


def _purl(package: JSON) -> str:
    kind = _KINDS.get(text(package, "ecosystem").partition(":")[0])
    if kind is None:
        return ""
    purl, _ = split_purl(text(package, "purl"))
    if purl.startswith(f"pkg:{kind}/"):
        return purl
    name = text(package, "name")
    return purl_of(kind, name.replace(":", "/", 1) if kind == "maven" else name) if name else ""


def _borders(entry: JSON) -> tuple[tuple[Border, str], ...]:
    if text(entry, "type") not in {"SEMVER", "ECOSYSTEM"}:
        return ()
    return tuple(
        (border, version)
        for event in records(entry, "events", MAX_VERSIONS)
        for border in Border
        if (version := text(event, border.value))
    )


SOURCE = Source("osv", parse)
