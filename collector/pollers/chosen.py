"""Which repositories to fetch from: names and patterns, and `!` before what is left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

_WILD = frozenset("*?[")


@dataclass(frozen=True)
class Chosen:
    """Names and patterns of the repositories of one owner, or one group."""

    owner: str
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """Return the names, where no list is needed to know what they stand for; else nothing.

        >>> Chosen("acme", ("acme/pay",)).names, Chosen("acme", ("acme/*",)).names
        (['acme/pay'], [])
        """
        is_plain = not any(_WILD & set(name) for name in self.wanted)
        return [name for name in self.wanted if self.includes(name)] if is_plain else []

    def includes(self, name: str) -> bool:
        """Return whether a repository is chosen; `*` stands for slashes too, and case does not count.

        >>> [Chosen("acme", ("acme/*",), ("acme/site",)).includes(name) for name in ("Acme/Pay", "acme/site")]
        [True, False]
        """
        folded = name.lower()
        return _matches(folded, self.wanted) and not _matches(folded, self.unwanted)


def chosen_of(listed: Iterable[str]) -> list[Chosen]:
    """Return what is chosen of each owner; raise ValueError where a name has none.

    >>> chosen_of(["acme/pay", "acme/web-*", "!acme/web-old", "mona/tool"])[0]
    Chosen(owner='acme', wanted=('acme/pay', 'acme/web-*'), unwanted=('acme/web-old',))
    """
    wanted: dict[str, list[str]] = {}
    unwanted: list[str] = []
    for name in listed:
        owner, _, rest = name.removeprefix("!").partition("/")
        if not rest or not owner or _WILD & set(owner):
            raise ValueError(f"{name} names no repository: write OWNER/NAME, or OWNER/* for all that an owner has")
        if name.startswith("!"):
            unwanted.append(name[1:])
        else:
            wanted.setdefault(owner, []).append(name)
    return [Chosen(owner, tuple(names), tuple(unwanted)) for owner, names in wanted.items()]


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern.lower()) for pattern in patterns)
