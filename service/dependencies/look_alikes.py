"""Look-alikes: a name that somebody could take for one that is popular, or usual in the organisation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 5
"""Letters of a name from which on one letter more, less or other is a likeness: short names are near to one another."""
LONG = 10
"""Letters from which on two are."""
MOST_USUAL = 5_000
"""Names of one ecosystem that a new one is held against beside the popular ones."""
_SEPARATORS = re.compile(r"[-_.\s]+")
_READS_AS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("3", "e"), ("5", "s"), ("$", "s"))
_FOREIGN = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u0501\u0261\u04cf\u03bf\u03b1\u03bd",
    "aeopcyxijsdgloav",
)
"""Letters of other scripts that look like ours."""
_CLAIMS = frozenset(
    "js node nodejs npm py python python2 python3 pip pypi official original real new latest free".split()
)
"""Words that make a name look like the thing itself."""
_MISSPELLED = frozenset({"one letter off", "two letters off", "reads alike"})
_FILLERS = frozenset("pkg package module lib api sdk client tool tools util utils helper beta dev test pro".split())
"""Words that do not, and may stand beside."""


class Likeness(NamedTuple):
    """What a name is like, and how."""

    name: str
    """The other name."""
    how: str

    @property
    def is_misspelling(self) -> bool:
        """Tell whether the two differ in letters: of honest new names one in two hundred does, of typosquats most."""
        return self.how in _MISSPELLED


class Names:
    """Names of one ecosystem, in the forms by which another is found to be like one of them."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = sorted({name.lower() for name in names})
        self._known = frozenset(self._names)
        self._by_letters = {letters_of(name): name for name in reversed(self._names)}
        self._by_reading = {reading_of(name): name for name in reversed(self._names)}
        self._by_words = {"\0".join(words_of(name)): name for name in reversed(self._names)}

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._known

    def find(self, name: str) -> Likeness | None:
        """Return what a name is like; None for what is itself one of these, and for most others."""
        name = name.lower()
        if name in self._known or len(letters_of(name)) < SHORTEST - 1:
            return None
        return self._same_letters(name) or self._near(name) or self._with_affix(name)

    def _same_letters(self, name: str) -> Likeness | None:
        for known, form, how in (
            (self._by_letters, letters_of(name), "written alike"),
            (self._by_reading, reading_of(name), "reads alike"),
            (self._by_words, "\0".join(words_of(name)), "the same words"),
        ):
            if (found := known.get(form)) is not None:
                return Likeness(found, how)
        return None

    def _near(self, name: str) -> Likeness | None:
        if len(name) < SHORTEST:
            return None
        most = 2 if len(name) >= LONG else 1
        found = process.extract(name, self._names, scorer=OSA.distance, score_cutoff=most, limit=None)
        near = [(int(distance), other) for other, distance, _ in found if _is_misspelling(name, other, int(distance))]
        if not near:
            return None
        distance, other = min(near)
        return Likeness(other, "one letter off" if distance == 1 else "two letters off")

    def _with_affix(self, name: str) -> Likeness | None:
        words = _SEPARATORS.split(name)
        if _CLAIMS.isdisjoint(words):
            return None
        rest = "".join(word for word in words if word not in _CLAIMS and word not in _FILLERS)
        found = self._by_letters.get(rest) if len(rest) >= SHORTEST else None
        return Likeness(found, "with an affix") if found else None


@lru_cache(maxsize=65_536)
def letters_of(name: str) -> str:
    """Return a name without scope and separators.

    >>> letters_of("@babel/core"), letters_of("Python_dateutil")
    ('babelcore', 'pythondateutil')
    """
    return _SEPARATORS.sub("", name.lower().replace("@", "").replace("/", "").replace(":", ""))


@lru_cache(maxsize=65_536)
def reading_of(name: str) -> str:
    """Return how a name reads at a glance: letters that look the same are the same.

    >>> reading_of("l0dash") == reading_of("lodash"), reading_of("mornent") == reading_of("moment")
    (True, True)
    """
    text = unicodedata.normalize("NFKD", letters_of(name)).translate(_FOREIGN)
    text = "".join(letter for letter in text if not unicodedata.combining(letter))
    for seen, read in _READS_AS:
        text = text.replace(seen, read)
    return text.replace("i", "l")


@lru_cache(maxsize=65_536)
def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name in one order."""
    return tuple(sorted(filter(None, _SEPARATORS.split(name.lower().replace("@", "").replace("/", "-")))))


@cache
def popular(ecosystem: str) -> tuple[str, ...]:
    """Return the names that everyone knows, of a type of package URL; none where no list is kept."""
    file = files(__package__) / "popular" / f"{ecosystem}.txt"
    names = file.read_text(encoding="utf-8").split() if ecosystem.isalnum() and file.is_file() else []
    return tuple(_SEPARATORS.sub("-", name) if ecosystem == "pypi" else name for name in names)


@cache
def popular_names(ecosystem: str) -> Names:
    """Return the popular names of an ecosystem, ready to be held against."""
    return Names(popular(ecosystem))


def _is_misspelling(name: str, other: str, distance: int) -> bool:
    """Tell whether near names differ in the letters of a long word: other digits and short words are other packages."""
    if re.sub(r"\d", "", name) == re.sub(r"\d", "", other):
        return False
    words, others = _SEPARATORS.split(name), _SEPARATORS.split(other)
    if len(words) != len(others):
        return True
    changed = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    return all(len(b) >= 4 * OSA.distance(a, b) for a, b in changed) and len(changed) <= distance
