"""One commit as git stores it: people, dates, message, and the files it changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from collector.masking import mask_text

MAX_MESSAGE = 1 << 16
MAX_PATH = 240
MAX_PERSON = 800
_PERSON = re.compile(rb"^(.*?) ?<([^>\n]*)>? ?(-?\d{1,18})? ?([+-]\d{1,8})?$")
_ENCODINGS = re.compile(
    r"^(?:iso-?8859-?\d+|latin-?\d|windows-?\d+|cp-?\d+|koi8-?[ru]|euc-?\w+|s(?:hift)?[-_]?jis|gb\w+|big5)$"
)
_CONTROL = {code: "\ufffd" for code in (*range(32), 127, *range(0x80, 0xA0)) if code not in {9, 10}}
MAX_PARENTS = 512
_MAX_HEADER = 1 << 16
_FARTHEST_ZONE = 14 * 60


@dataclass(frozen=True, slots=True)
class Person:
    """Who and when, as the commit claims."""

    name: str = ""
    email: str = ""
    date: float = 0.0
    zone: str = "+0000"

    @property
    def utc_offset(self) -> int:
        """Minutes ahead of UTC; 0 where the zone is none on Earth."""
        return offset_of(self.zone)

    @property
    def key(self) -> str:
        """The e-mail address in lower case, or the name where there is none."""
        return self.email.lower() or self.name or "nobody"


class Change(NamedTuple):
    """One file of a commit, as the trees before and after tell it."""

    path: str
    status: str
    """A added, M modified, D deleted, T another type."""
    old_mode: str
    new_mode: str
    old_sha: str
    new_sha: str
    raw_path: bytes = b""
    other_shas: tuple[str, ...] = ()
    """Of a merge: what the other parents have."""


@dataclass(slots=True)
class Commit:
    """One commit: what its object says and which files it changed."""

    sha: str
    author: Person = field(default_factory=Person)
    committer: Person = field(default_factory=Person)
    signed: bool = False
    message: str = ""
    parents: int = 0
    changes: list[Change] = field(default_factory=list)
    unread: str = ""
    """Why the content could not be read; empty where it was."""


def clean(text: str) -> str:
    """Return text that a terminal and a page can show: control characters replaced."""
    return text if text.isprintable() else text.translate(_CONTROL)


@lru_cache(maxsize=4096)
def offset_of(zone: str) -> int:
    """Return minutes ahead of UTC.

    >>> [offset_of(z) for z in ("+0530", "-0800", "+9999", "junk")]
    [330, -480, 0, 0]
    """
    if not re.fullmatch(r"[+-]\d{3,4}", zone):
        return 0
    value = int(zone[1:])
    minutes = value // 100 * 60 + value % 100
    if minutes > _FARTHEST_ZONE:
        return 0
    return -minutes if zone[0] == "-" else minutes


@lru_cache(maxsize=65536)
def text_of(raw: bytes) -> str:
    r"""Return bytes as text that can be shown and stored, whatever they are.

    >>> text_of(b"caf\xe9\x1b[31m").encode("ascii", "replace")
    b'caf??[31m'
    """
    return clean(raw.decode("utf-8", "replace"))


@lru_cache(maxsize=65536)
def path_text(raw: bytes) -> str:
    """Return a path as text, secrets masked; of a very long one the end, which holds its name."""
    text = mask_text(text_of(raw)).replace("\n", "\ufffd").replace("\t", "\ufffd")
    return text if len(text) <= MAX_PATH else "…" + text[-MAX_PATH:]


def person_of(raw: bytes) -> Person:
    """Return the person of an author or committer line; what cannot be read stays empty."""
    if len(raw) > MAX_PERSON:
        raw = raw[: MAX_PERSON // 2] + raw[-MAX_PERSON // 2 :]
    found = _PERSON.match(raw)
    if found is None:
        return Person(name=_name_of(raw))
    name, email, date, zone = found.groups()
    return Person(_name_of(name), _name_of(email), float(date or 0), (zone or b"+0000").decode("ascii"))


@lru_cache(maxsize=16384)
def _name_of(raw: bytes) -> str:
    return " ".join(text_of(raw[:200]).split())


def commit_of(sha: str, stored: bytes) -> Commit:
    """Return the commit that an object holds."""
    header, _, message = stored.partition(b"\n\n")
    commit = Commit(sha)
    encoding = ""
    # Git writes these in this order; a signature stands behind them and may be long.
    for line in header[:_MAX_HEADER].split(b"\n", MAX_PARENTS):
        if line.startswith(b"parent "):
            commit.parents += 1
        elif line.startswith(b"author "):
            commit.author = person_of(line[7:])
        elif line.startswith(b"committer "):
            commit.committer = person_of(line[10:])
            break
    if b"\ngpgsig" in header:
        commit.signed = True
    at = header.find(b"\nencoding ")
    if at >= 0:
        encoding = header[at + 10 : at + 40].split(b"\n", 1)[0].decode("ascii", "replace").strip().lower()
    commit.message = _message_of(message[:MAX_MESSAGE], encoding)
    return commit


def _message_of(raw: bytes, encoding: str) -> str:
    if encoding and _ENCODINGS.match(encoding):
        try:
            return raw.decode(encoding, "replace").encode("utf-8", "replace").decode("utf-8").strip()
        except LookupError:
            pass
    return raw.decode("utf-8", "replace").strip()


def changes_of(tokens: list[bytes], at: int) -> tuple[list[Change], int]:
    """Return the changes listed from a place of git's NUL-separated raw output, and the place after them.

    A merge lists only files that differ from every parent, against the first of them here.
    """
    changes: list[Change] = []
    count = len(tokens)
    while at + 1 < count and tokens[at][:1] == b":":
        meta = tokens[at].decode("ascii", "replace")
        raw = tokens[at + 1]
        at += 2
        columns = meta.lstrip(":").split(" ")
        parents = (len(columns) - 3) // 2
        if parents < 1:
            continue
        status = columns[-1][:1] if parents == 1 else _status_of_merge(columns[-1])
        old, new = columns[0], columns[parents]
        others = tuple(sha for sha in columns[parents + 2 : -2] if sha.strip("0"))
        changes.append(Change(path_text(raw), status, old, new, columns[parents + 1], columns[-2], raw, others))
    return changes, at


def _status_of_merge(status: str) -> str:
    """Return A where no parent had the file, D where the merge dropped it, else M."""
    return status[0] if len(set(status)) == 1 and status[0] in "AD" else "M"
