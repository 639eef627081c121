"""How new each line of a log is: for its job, then for the repository's other jobs, then for the organisation's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from collector.snapshot import Line
from service.printed.history import DAY_S, Counts, Hashes, History, Table
from service.printed.outcome import GOOD

KNOWN = 6
"""Weight from which a shape was printed before: by one of the last few hundred runs, or by three that failed."""
CAP = 12.0
"""Most bits one line is worth."""
STRANGE = 3.0
"""Bits from which a new line is a fact to be learned, and not only shown."""
TOLD = 0.5
"""Bits from which it is shown: less is what most of the job's peers print."""
FLOOR = 0.25
"""What a line counts all of whose words this job has printed before."""
MAX_WORDS = 32
"""Words of a line that are looked at."""
PEER_DOUBT = 0.5
"""Peers assumed to print what none was seen to print."""

Bits = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
_WORD = re.compile(r"[^\W_]{2,40}")


@dataclass(frozen=True)
class Words:
    """The words of some lines."""

    hashes: Hashes
    """Each word once."""
    lines: Indices
    """For each word of each line, which of those lines it is in ..."""
    of: Indices
    """... and which of `hashes` it is."""


@dataclass(frozen=True)
class NewLines:
    """The lines of a log that its job did not print before."""

    lines: Sequence[Line]
    shapes: Hashes
    counts: Counts
    """How much of the job's runs printed each: those that failed."""
    words: Words


def hashes_of(texts: Iterable[str]) -> Hashes:
    """Return the hash of each text: BLAKE2b, so that nobody can print a line that passes for another."""
    digests = (blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts)
    return np.frombuffer(b"".join(digests), "<u8")


def words_of(lines: Sequence[Line]) -> Words:
    """Return the words of lines, each once a line."""
    ids: dict[str, int] = {}
    of_line, of_word = [], []
    for i, line in enumerate(lines):
        for word in dict.fromkeys(_WORD.findall(line.shape)[:MAX_WORDS]):
            of_line.append(i)
            of_word.append(ids.setdefault(word, len(ids)))
    return Words(hashes_of(ids), np.array(of_line, np.int64), np.array(of_word, np.int64))


def new_lines(lines: Sequence[Line], shapes: Hashes, history: History, at: int) -> NewLines:
    """Return those lines that the job did not print, or only in runs that failed: all where no run is a day old."""
    is_known = history.is_known(at)
    empty = np.zeros(len(shapes), np.int64)
    counts = history.shapes.counts(shapes, history.runs + 1, at - DAY_S) if is_known else empty
    new = np.flatnonzero(counts < KNOWN)
    chosen = [lines[i] for i in new.tolist()]
    return NewLines(chosen, shapes[new], counts[new], words_of(chosen))


def novelty(new: NewLines, history: History, peers: Sequence[History], at: int) -> Bits:
    """Return in bits how new each of the lines is.

    The job's own runs speak first: -log2 of the share of them that printed it, where one run is reserved for
    what its peers would print. So a job without runs borrows from its peers, and soon no more. What is made of words
    that this job or its peers use counts less.
    """
    weight = history.weight if history.is_known(at) else 0
    of_peers = _share(new.shapes, [(peer.runs, peer.shapes) for peer in peers], at)
    share = np.minimum((new.counts + GOOD * of_peers) / (weight + GOOD), 1.0)
    return np.asarray(np.minimum(-np.log2(share), CAP) * (FLOOR + (1.0 - FLOOR) * _newness(new, history, peers, at)))


def _share(keys: Hashes, tables: Sequence[tuple[int, Table]], at: int) -> Bits:
    """Return in which share of some jobs' tables each key is; that of none in no table is never quite 0."""
    found = np.full(len(keys), PEER_DOUBT)
    for runs, table in tables:
        found += table.counts(keys, runs, at - DAY_S) > 0
    return found / (len(tables) + 1.0)


def _newness(new: NewLines, history: History, peers: Sequence[History], at: int) -> Bits:
    """Return, for each line, how much of its words this job never printed, and how few of its peers did."""
    words, lines = new.words, len(new.lines)
    is_new = history.words.counts(words.hashes, history.runs + 1, at - DAY_S) == 0
    share = _share(words.hashes, [(peer.runs, peer.words) for peer in peers], at)
    weights = is_new * np.log2(share) / math.log2(PEER_DOUBT / (len(peers) + 1.0))
    unknown = np.bincount(words.lines, weights=weights[words.of], minlength=lines)
    return unknown / (np.bincount(words.lines, minlength=lines) + 1.0)  # a word alone says less than a sentence
