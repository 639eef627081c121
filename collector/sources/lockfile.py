"""lockfile: the packages a repository pins, as they stand at one commit."""

from __future__ import annotations

from collections.abc import Iterable

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import Entity, Event, Kind
from collector.lockfiles import Lockfile, Package, read_lockfile
from collector.lockfiles.requirements import included_in
from collector.masking import mask_text
from collector.purls import name_in, scope_of
from collector.snapshot import Packages
from collector.sources.snapshots import add_context
from collector.sources.source import Context, Draft, Source, digest_of
from collector.texts import storable_text

MAX_PACKAGES = 5000


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event: every package of the lockfile, at most MAX_PACKAGES of them by name and version."""
    if not isinstance(delivery.body, str):
        raise DeliveryError("the body must be the text of a lockfile")
    path = delivery.header("Unwonted-Path")[:1024]
    lock = read_lockfile(path, delivery.body)
    draft = Draft("lockfile", Kind.DEPENDENCY)
    add_context(draft, delivery)
    add_lockfile(draft, lock, path)
    add_packages(draft, lock.packages)
    if lock.form == "requirements":
        draft.values("included", map(mask_text, included_in(delivery.body)))
    draft.number("size_bytes", float(len(delivery.body)))
    return [draft.event(delivery, context, digest_of([delivery.headers, delivery.body]))]


def add_lockfile(draft: Draft, lock: Lockfile, path: str) -> None:
    """Add what a lockfile pins, as a snapshot and as what sorts of things it holds."""
    repo = draft.links.get("repo", "")
    place = storable_text(mask_text(path)) or lock.form
    draft.entity = Entity("lockfile", "/".join(filter(None, (repo, place))))
    draft.snapshot = lock.snapshot(place)
    draft.fact("format", lock.form)
    add_sorts(draft, lock.packages)


def add_sorts(draft: Draft, packages: Iterable[Package]) -> None:
    """Add hosts, kinds of checksum and install scripts of packages, and how many there are."""
    packages = list(packages)
    draft.values("registry_host", (host for package in packages for host in package.host.split(", ")))
    scripted = [package.name for package in packages if package.runs_script]
    draft.values("install_script", scripted, MAX_PACKAGES)
    draft.values("integrity", (_kind_of(package.integrity) for package in packages))
    draft.number("packages", float(len(packages)))
    draft.number("install_scripts", float(len(scripted)))
    told = [package.is_direct for package in packages if package.is_direct is not None]
    draft.number("direct_packages", float(sum(told)) if told else None)


def _kind_of(integrity: str) -> str:
    kind, dash, _ = integrity.partition("-")
    return kind if dash else "commit" if integrity else "none"


def add_packages(draft: Draft, packages: list[Package]) -> None:
    """Add names, versions and publishers of packages."""
    draft.values("package", (package.name for package in packages), MAX_PACKAGES)
    draft.values("package_version", (f"{p.name}@{p.version}" for p in packages if p.version), MAX_PACKAGES)
    draft.values("scope", (scope_of(package.name) for package in packages), MAX_PACKAGES)


def packages_of(snapshot: Packages) -> list[Package]:
    """Return what a snapshot pins, each by the name its ecosystem writes."""
    return [
        Package(name_in(one.purl), one.version, one.host, one.integrity, one.is_direct, one.runs_script)
        for one in snapshot.pinned
    ]


SOURCE = Source("lockfile", parse)
