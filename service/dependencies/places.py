"""Places: the packages that were accepted last at each place, so that the next state is held against them."""

from __future__ import annotations

import hashlib
from collections import OrderedDict

import msgspec

from collector.snapshot import Pinned
from service.dependencies.diff import pins_of

MAX_PLACES = 5_000
MAX_BYTES = 96 << 20
"""Most that is kept of all places of one organisation: those that were not seen for longest give way."""
MAX_HOSTS = 10_000
MAX_BRANCHES = 16
"""Branches of a place of which is known what they showed last."""
_LONGEST_SEAL = 24

Pins = dict[str, tuple[Pinned, ...]]


class Place(msgspec.Struct, array_like=True):
    """What one place pins."""

    body: bytes
    """The packages as they were accepted."""
    at: float
    """When, by the events' own clock."""
    is_accepted: bool
    """Whether they stood on the default branch; else they are a first guess, until that is seen."""
    branch: str = ""
    shown: dict[str, bytes] = {}
    """What other branches showed last, by name: a digest."""


class Places:
    """The places of one organisation, the one seen last being the last."""

    def __init__(self) -> None:
        self.hosts: dict[str, None] = {}
        """Hosts that packages of accepted states came from; empty is where everyone's come from."""
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._places)

    def find(self, name: str) -> Place | None:
        """Return what is known of a place."""
        return self._places.get(name)

    def pins(self, place: Place) -> Pins:
        """Return what was accepted there."""
        return pins_of(_decode(place.body))

    def accept(self, name: str, pins: Pins, at: float, branch: str = "", *, is_default: bool) -> None:
        """Hold what comes next against this; what its other branches showed last is forgotten with it."""
        self._drop(name)
        body = _encode([pin for versions in pins.values() for pin in versions])
        self._places[name] = Place(body, at, is_default, branch)
        self._bytes += len(name) + len(body)
        self.hosts |= dict.fromkeys(sorted(hosts_of(pins)))
        while len(self.hosts) > MAX_HOSTS:
            del self.hosts[next(iter(self.hosts))]
        while len(self._places) > 1 and (self._bytes > MAX_BYTES or len(self._places) > MAX_PLACES):
            self._drop(next(iter(self._places)))

    def is_shown_again(self, name: str, branch: str, pins: Pins) -> bool:
        """Tell whether a branch of a known place shows what it showed last, and remember what it shows."""
        self._places.move_to_end(name)
        shown, digest = self._places[name].shown, digest_of(pins)
        is_again = shown.pop(branch, b"") == digest
        shown[branch] = digest
        while len(shown) > MAX_BRANCHES:
            del shown[next(iter(shown))]
        return is_again

    def to_bytes(self) -> bytes:
        """Return all of it."""
        return msgspec.msgpack.encode((list(self.hosts), list(self._places.items())))

    @classmethod
    def from_bytes(cls, data: bytes) -> Places:
        """Return what `to_bytes` described."""
        places = cls()
        hosts, known = msgspec.msgpack.decode(data, type=tuple[list[str], list[tuple[str, Place]]])
        places.hosts, places._places = dict.fromkeys(hosts), OrderedDict(known)
        places._bytes = sum(len(name) + len(place.body) for name, place in places._places.items())
        return places

    def _drop(self, name: str) -> None:
        place = self._places.pop(name, None)
        if place is not None:
            self._bytes -= len(name) + len(place.body)


def sealed(pins: Pins) -> Pins:
    """Return pins as they are kept: of a checksum its kind and as much as tells one content from another."""
    return {purl: tuple(map(_sealed, versions)) for purl, versions in pins.items()}


def hosts_of(pins: Pins) -> set[str]:
    """Return the hosts that packages come from."""
    return {pin.host for versions in pins.values() for pin in versions}


def digest_of(pins: Pins) -> bytes:
    """Return what tells one state of a place from another."""
    return hashlib.blake2b(_encode(list(pins.items())), digest_size=8).digest()


def _sealed(pin: Pinned) -> Pinned:
    kind, dash, value = pin.integrity.partition("-")
    if len(pin.integrity) <= _LONGEST_SEAL or not dash:
        return pin
    short = hashlib.blake2b(value.encode(errors="surrogatepass"), digest_size=6).hexdigest()
    return msgspec.structs.replace(pin, integrity=f"{kind}-{short}")


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Pinned]).decode
