"""Note: what a receiver tells of one request, as the watch reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from service.store.sources import Key

UNPROVEN = frozenset({"signature", "unsigned", "token"})
"""Why a request is refused that was not proven to be its sender's."""
NOBODYS = "unknown"
"""The source of what was refused under a name that nobody is known by: strangers may write any."""


class Note(Protocol):
    """One request, accepted or refused: `collector.receiver.journal.DeliveryNote` is one."""

    @property
    def sender(self) -> str:
        """Who sent it by its name on the URL; empty where that names none."""

    @property
    def organisation(self) -> str:
        """Whose it is; empty where nothing tells."""

    @property
    def received_at(self) -> float:
        """When it came, in seconds since 1970 UTC."""

    @property
    def status(self) -> int:
        """What it was answered."""

    @property
    def reason(self) -> str:
        """One word; empty for what was accepted and read."""

    @property
    def detail(self) -> str:
        """What was wrong, in words."""

    @property
    def ids(self) -> Sequence[str]:
        """Ids of the events it came to."""

    @property
    def letters(self) -> Sequence[str]:
        """Ids of the dead letters it came to."""

    @property
    def size(self) -> int:
        """Bytes of its body."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Those a source may look at."""

    @property
    def body(self) -> bytes:
        """Its body as it was sent, with what secrets it holds."""


MOST_KEYS = 10_000
"""Sources that are told apart, over all organisations."""


@dataclass(frozen=True)
class Names:
    """Under which organisation and source a request is counted and listed."""

    known: frozenset[str] = frozenset()
    """Sources whose refusals are told apart."""
    source_of: Callable[[str], str] = str
    """Names a sender's source."""
    home: str = "default"
    """Whose a refused request is where nothing tells."""
    met: set[Key] = field(default_factory=set)
    """Those something was accepted of: their refusals are told apart too."""

    def key(self, note: Note) -> Key:
        """Return a request's organisation, and the source of what it held: several come by some doors."""
        if note.ids and (told := note.ids[0].partition(":")[0]) in self.known:
            return self._key(note, told)
        return self.sender_key(note)

    def sender_key(self, note: Note) -> Key:
        """Return a request's organisation, and the source that its sender is: what is proven, or is not, is that."""
        return self._key(note, self.source_of(note.sender) if note.sender else NOBODYS)

    def _key(self, note: Note, source: str) -> Key:
        key = (note.organisation or self._whose(source), source)
        if key in self.met or (note.status >= _REFUSED and source in self.known):
            return key
        return key if note.status < _REFUSED and self.meets(key) else (key[0], NOBODYS)

    def _whose(self, source: str) -> str:
        """Return whose a refused request most likely is: of the only one of which such a source was let in."""
        heard = [organisation for organisation, name in self.met if name == source]
        return heard[0] if len(heard) == 1 else self.home

    def meets(self, key: Key) -> bool:
        """Note that a source delivers; return whether it can be told apart from others."""
        if key not in self.met and len(self.met) < MOST_KEYS:
            self.met.add(key)
        return key in self.met


_REFUSED = 300
