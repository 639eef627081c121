"""sbom: the components a bill of materials lists, of a build, an image or a repository."""

from __future__ import annotations

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import Entity, Event, Kind
from collector.sboms import Sbom, of_object, read_sbom
from collector.sboms.component import clean
from collector.sources.lockfile import add_packages, add_sorts, packages_of
from collector.sources.snapshots import add_context
from collector.sources.source import Context, Draft, Source, digest_of


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event: every component of the SBOM; raise DeliveryError where it breaks the rules of its format."""
    body = delivery.body
    if isinstance(body, str):
        sbom = read_sbom(body)
    elif isinstance(body, dict):
        sbom = of_object(body)
    else:
        raise DeliveryError("the body must be the text of an SBOM, or a JSON object")
    draft = Draft("sbom", Kind.DEPENDENCY)
    add_context(draft, delivery)
    _add(draft, sbom, clean(delivery.header("Unwonted-Path")[:1024]))
    draft.number("size_bytes", float(len(body)) if isinstance(body, str) else None)
    return [draft.event(delivery, context, digest_of([delivery.headers, body]))]


def _add(draft: Draft, sbom: Sbom, path: str) -> None:
    # Its file is usually written anew by every build; what it is a bill of stays.
    place = sbom.subject or path or sbom.form
    repo = draft.links.get("repo", "")
    draft.entity = Entity("sbom", "/".join(filter(None, (repo, place))))
    draft.snapshot = sbom.snapshot(place)
    draft.fact("format", f"{sbom.form} {sbom.version}")
    draft.values("tool", sbom.tools)
    packages = packages_of(draft.snapshot)
    add_sorts(draft, packages)
    add_packages(draft, packages)


SOURCE = Source("sbom", parse)
