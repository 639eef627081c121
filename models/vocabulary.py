"""Stable numbers for names, and the names back again for explanations."""

from __future__ import annotations

import hashlib
import sys

import numpy as np

from models.detector import Arrays

MAX_NAMES = 400_000
"""Names kept for explanations, and those of one more event; then the oldest are forgotten (numbers never change)."""


def stable_id(text: str) -> int:
    """Return a positive 63-bit number that is the same in every process and run.

    BLAKE2b, so that nobody can choose names that collide cheaply.

    >>> stable_id("user:mona") == stable_id("user:mona") > 0
    True
    """
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "little") & 0x7FFF_FFFF_FFFF_FFFF) or 1


class Vocabulary:
    """Interned names of one organisation: text to number and back, bounded in memory.

    Names are forgotten between batches only, and a batch ends where the vocabulary is full; together
    with the position at which a name came, this makes what an event can be told by independent of how
    the stream was cut into batches.
    """

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._came_at: dict[int, int] = {}
        self._position = 0

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def is_full(self) -> bool:
        """Whether the batch should end here, so that names can be forgotten."""
        return len(self._ids) >= MAX_NAMES

    def begin(self) -> None:
        """Begin a batch; where the vocabulary is full, forget the oldest names, down to half."""
        self._came_at.clear()
        self._position = 0
        if self.is_full:
            for text in list(self._ids)[: len(self._ids) - MAX_NAMES // 2]:
                self._names.pop(self._ids.pop(text), None)

    def turn_to(self, position: int) -> None:
        """Say which event of the batch the next names come with."""
        self._position = position

    def intern(self, text: str) -> int:
        """Return the number of `text`, remembering the name."""
        number = self._ids.get(text)
        if number is None:
            number = stable_id(text)
            self._ids[text] = number
            self._names[number] = text
            self._came_at[number] = self._position
        return number

    def name(self, number: int, position: int = sys.maxsize) -> str:
        """Return the name behind a number as known at an event of the batch, empty where it was forgotten."""
        return self._names.get(number, "") if self._came_at.get(number, 0) <= position else ""

    def arrays(self) -> Arrays:
        """Return the names, oldest first: their text, and the length of each in characters."""
        text = "".join(self._ids).encode("utf-8", "surrogatepass")
        return {"text": np.frombuffer(text, np.uint8), "lengths": np.array([len(name) for name in self._ids], np.int32)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Vocabulary:
        """Return the vocabulary that `arrays` describes."""
        vocabulary = cls()
        text = arrays["text"].tobytes().decode("utf-8", "surrogatepass")
        at = 0
        for length in arrays["lengths"].tolist():
            vocabulary.intern(text[at : at + length])
            at += length
        return vocabulary
