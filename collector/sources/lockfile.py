"""lockfile: the packages a repository pins, as they stand at one commit."""

from __future__ import annotations

from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import Entity, Event, Kind
from collector.lockfiles import Package, read_lockfile
from collector.sources.snapshots import add_context
from collector.sources.source import Context, Draft, Source, digest_of

MAX_PACKAGES = 5000


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return one event: every package of the lockfile, at most MAX_PACKAGES of them by name and version."""
    if not isinstance(delivery.body, str):
        raise DeliveryError("the body must be the text of a lockfile")
    path = delivery.header("Unwonted-Path")
    form, packages = read_lockfile(path, delivery.body)
    draft = Draft("lockfile", Kind.DEPENDENCY)
    add_context(draft, delivery)
    repo = draft.links.get("repo", "")
    draft.entity = Entity("lockfile", "/".join(filter(None, (repo, path))) or form)
    draft.fact("format", form)
    _fill(draft, packages)
    draft.number("size_bytes", float(len(delivery.body)))
    return [draft.event(delivery, context, digest_of([delivery.headers, delivery.body]))]


def _fill(draft: Draft, packages: list[Package]) -> None:
    draft.values("package", (package.name for package in packages), MAX_PACKAGES)
    draft.values("package_version", (f"{p.name}@{p.version}" for p in packages if p.version), MAX_PACKAGES)
    draft.values("scope", (scope_of(package.name) for package in packages), MAX_PACKAGES)
    draft.values("registry_host", (package.host for package in packages))
    scripted = [package.name for package in packages if package.runs_script]
    draft.values("install_script", scripted, MAX_PACKAGES)
    draft.values("integrity", (package.integrity or "none" for package in packages))
    draft.number("packages", float(len(packages)))
    draft.number("install_scripts", float(len(scripted)))


def scope_of(name: str) -> str:
    """Return who publishes a package, as far as its name tells; empty where it does not.

    >>> [scope_of(n) for n in ("@babel/core", "github.com/acme/pay/v2", "org.slf4j:api", "symfony/yaml", "left-pad")]
    ['@babel', 'github.com/acme', 'org.slf4j', 'symfony', '']
    """
    if ":" in name:
        return name.split(":", 1)[0]
    parts = name.split("/")
    if len(parts) < 2:
        return ""
    return "/".join(parts[:2]) if "." in parts[0] else parts[0]


SOURCE = Source("lockfile", parse)
