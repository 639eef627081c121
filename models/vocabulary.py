"""Stable numbers for names, and the names back again for explanations."""

from __future__ import annotations

import hashlib

MAX_NAMES = 400_000
"""Names kept for explanations; beyond it the oldest half is forgotten (numbers never change)."""


def stable_id(text: str) -> int:
    """Return a positive 63-bit number that is the same in every process and run.

    BLAKE2b, so that nobody can choose names that collide cheaply.

    >>> stable_id("user:mona") == stable_id("user:mona") > 0
    True
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "little") & 0x7FFF_FFFF_FFFF_FFFF) or 1


class Vocabulary:
    """Interned names of one organisation: text to number and back, bounded in memory."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._ids)

    def intern(self, text: str) -> int:
        """Return the number of `text`, remembering the name."""
        number = self._ids.get(text)
        if number is None:
            number = self._remember(text)
        return number

    def name(self, number: int) -> str:
        """Return the name behind a number, or an empty string where it was forgotten."""
        return self._names.get(number, "")

    def _remember(self, text: str) -> int:
        if len(self._ids) >= MAX_NAMES:
            self._forget_oldest_half()
        number = stable_id(text)
        self._ids[text] = number
        self._names[number] = text
        return number

    def _forget_oldest_half(self) -> None:
        for text in list(self._ids)[: MAX_NAMES // 2]:
            self._names.pop(self._ids.pop(text), None)
