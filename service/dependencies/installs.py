"""Installs: which packages an organisation ever pinned, in which versions, where first and when."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from collector.purls import name_in
from service.dependencies.diff import key_of

MAX_PACKAGES = 100_000
"""Packages that are remembered: those that arrived nowhere for longest give way."""
MAX_VERSIONS = 48
"""Versions of one package; the oldest give way."""
MAX_PLACES = 24
"""Repositories in which one version is remembered to have arrived."""
SPREAD_S = 7 * 86400.0
"""How long a version that is new to the organisation is seen to spread."""


class Arrival(msgspec.Struct, frozen=True, array_like=True):
    """A version of a package came to a repository."""

    repo: str
    at: float
    is_change: bool
    """Whether it was seen to come; else it was there when the repository was seen first."""


class Package(msgspec.Struct, array_like=True):
    """What is known of one package."""

    first_at: float
    repos: list[str] = []
    """Where it was pinned, at most `MAX_PLACES`."""
    versions: dict[str, list[Arrival]] = {}


class Installs:
    """What one organisation installed, by the packages' URLs, the one that arrived last being the last."""

    def __init__(self) -> None:
        self._packages: OrderedDict[str, Package] = OrderedDict()

    def find(self, purl: str) -> Package | None:
        """Return what is known of a package; None where the organisation never had it."""
        return self._packages.get(key_of(purl))

    def add(self, purl: str, version: str, arrival: Arrival) -> None:
        """Remember that a version came to a repository."""
        key = key_of(purl)
        package = self._packages.setdefault(key, Package(arrival.at))
        self._packages.move_to_end(key)
        if arrival.repo not in package.repos and len(package.repos) < MAX_PLACES:
            package.repos.append(arrival.repo)
        arrivals = package.versions.setdefault(version, [])
        if len(arrivals) < MAX_PLACES and all(known.repo != arrival.repo for known in arrivals):
            arrivals.append(arrival)
        while len(package.versions) > MAX_VERSIONS:
            del package.versions[next(iter(package.versions))]
        while len(self._packages) > MAX_PACKAGES:
            self._packages.popitem(last=False)

    def first_at(self, purl: str, version: str) -> float | None:
        """Return when a version was first seen anywhere; None where it never was."""
        package = self._packages.get(key_of(purl))
        arrivals = package.versions.get(version) if package else None
        return min(arrival.at for arrival in arrivals) if arrivals else None

    def reach(self, purl: str, version: str, repo: str, at: float) -> int:
        """Return to how many other repositories a version came lately, if it is new to the organisation."""
        package = self._packages.get(key_of(purl))
        arrivals = package.versions.get(version, []) if package else []
        if any(at - arrival.at > SPREAD_S for arrival in arrivals):
            return 0
        return sum(arrival.is_change and arrival.repo != repo for arrival in arrivals)

    def usual(self, prefix: str, since: float, repos: int) -> list[str]:
        """Return the names of the packages of one ecosystem that so many repositories had by a moment."""
        return [
            name_in(purl)
            for purl, known in self._packages.items()
            if purl.startswith(prefix) and len(known.repos) >= repos and known.first_at <= since
        ]

    def to_bytes(self) -> bytes:
        """Return all of it."""
        return msgspec.msgpack.encode(list(self._packages.items()))

    @classmethod
    def from_bytes(cls, data: bytes) -> Installs:
        """Return what `to_bytes` described."""
        installs = cls()
        installs._packages = OrderedDict(msgspec.msgpack.decode(data, type=list[tuple[str, Package]]))
        return installs
