"""Advisories: which versions somebody declared malicious or vulnerable, as much as is needed to know them again."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence

import msgspec

from collector.snapshot import Advisory, Affected
from service.dependencies.diff import ecosystem_of, key_of
from service.dependencies.ranges import is_affected

MAX_PACKAGES = 500_000
"""Packages of which advisories are remembered: the ones named first give way."""
MAX_OF_ONE = 200
"""Advisories of one package; the oldest give way."""


class Known(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What one advisory says of one package."""

    name: str
    affected: Affected
    """Its purl is left out: it is the key."""
    is_malicious: bool = False
    declared_at: float = 0.0


class Advisories:
    """All advisories an organisation was told, by a digest of their package's URL."""

    def __init__(self) -> None:
        self._by_package: OrderedDict[int, bytes] = OrderedDict()

    def of(self, purl: str) -> Sequence[Known]:
        """Return what is said of a package, in the order it was told."""
        body = self._by_package.get(_digest(purl))
        return _decode(body) if body else ()

    def matching(self, purl: str, version: str) -> Iterator[Known]:
        """Yield what is said of one version of a package."""
        ecosystem = ecosystem_of(purl)
        return (known for known in self.of(purl) if is_affected(ecosystem, version, known.affected))

    def learn(self, advisory: Advisory) -> None:
        """Know what an advisory says now, in place of what one of its name said before of the same packages."""
        for affected in _by_purl(advisory.affected):
            kept = [known for known in self.of(affected.purl) if known.name != advisory.name]
            if not advisory.is_withdrawn:
                plain = msgspec.structs.replace(affected, purl="")
                kept.append(Known(advisory.name, plain, advisory.is_malicious, advisory.declared_at))
            self._keep(_digest(affected.purl), kept[-MAX_OF_ONE:])

    def to_bytes(self) -> bytes:
        """Return all of it."""
        return msgspec.msgpack.encode(list(self._by_package.items()))

    @classmethod
    def from_bytes(cls, data: bytes) -> Advisories:
        """Return what `to_bytes` described."""
        advisories = cls()
        advisories._by_package = OrderedDict(msgspec.msgpack.decode(data, type=list[tuple[int, bytes]]))
        return advisories

    def _keep(self, key: int, known: list[Known]) -> None:
        if not known:
            self._by_package.pop(key, None)
            return
        self._by_package[key] = _encode(known)
        while len(self._by_package) > MAX_PACKAGES:
            self._by_package.popitem(last=False)


def _by_purl(affected: Sequence[Affected]) -> list[Affected]:
    """Return one entry for each package; of several for one, all versions and ranges, and all where one means all."""
    found: dict[str, list[Affected]] = {}
    for one in affected:
        found.setdefault(one.purl, []).append(one)
    return [some[0] if len(some) == 1 else _together(purl, some) for purl, some in found.items()]


def _together(purl: str, some: Sequence[Affected]) -> Affected:
    if any(not one.versions and not one.ranges for one in some):
        return Affected(purl)
    versions = tuple(version for one in some for version in one.versions)
    return Affected(purl, versions, tuple(borders for one in some for borders in one.ranges))


def _digest(purl: str) -> int:
    return int.from_bytes(hashlib.blake2b(key_of(purl).encode(errors="surrogatepass"), digest_size=8).digest())


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Known]).decode
