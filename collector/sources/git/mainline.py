"""The main line's own files: which lockfiles, workflows and models its commits changed, newest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from collector.sources.git.commit import path_text
from collector.sources.git.diffs import Stream
from collector.sources.git.history import History
from collector.sources.git.process import Conversation, Shadow

_WINDOW = 128
"""Commits that git is asked about at once: what a merge brought in may be a long list."""
_CHANGES = (
    *("diff-tree", "--stdin", "-r", "--root", "--diff-merges=first-parent"),
    *("--raw", "-z", "--always", "--no-renames", "--no-abbrev"),
)


class Kept(NamedTuple):
    """A file as a commit of the main line left it."""

    place: int
    """Of the commit in the history."""
    path: str
    blob: str


def changed_on_mainline(shadow: Shadow, history: History, names: Names) -> Iterator[Kept]:
    """Yield the files whose names are asked for, as commits of the main line left them, newest first.

    A merge counts by what it brought into the main line. Where trees are missing, their commits are left out.
    """
    places = [place for place, branch in enumerate(history.branches) if branch and branch == history.main][::-1]
    stream = Stream(shadow, _CHANGES)
    try:
        for start in range(0, len(places), _WINDOW):
            window = {history.shas[place]: place for place in places[start : start + _WINDOW]}
            yield from _window(stream, window, names)
    finally:
        stream.close()


class Names:
    """The names of files that are looked for."""

    def __init__(self, names: Iterable[str], endings: Iterable[str], folders: Iterable[str]) -> None:
        self._names = frozenset(name.encode() for name in names)
        self._endings = tuple(ending.encode() for ending in endings)
        self._folders = tuple(folder.encode() for folder in folders)

    def has(self, path: bytes) -> bool:
        """Return whether a path is of such a name, ends so, or lies in such a folder."""
        folded = path.lower()
        if folded.endswith(self._endings) or folded.rsplit(b"/", 1)[-1] in self._names:
            return True
        return any(folder in folded for folder in self._folders)


def _window(stream: Stream, window: dict[str, int], names: Names) -> Iterator[Kept]:
    todo = list(window)
    while todo:
        stream.ask(todo)
        printed, is_complete = stream.answer()
        seen = 0
        for sha, kept in _by_commit(printed, window, names):
            seen += 1
            yield from (Kept(window[sha], path_text(path), blob) for path, blob in kept)
        if is_complete or not stream.may_restart():
            return
        todo = todo[seen + 1 :]


def _by_commit(printed: bytes, window: dict[str, int], names: Names) -> Iterator[tuple[str, list[tuple[bytes, str]]]]:
    tokens = printed.split(b"\0")
    current, at = "", 0
    kept: list[tuple[bytes, str]] = []
    while at < len(tokens):
        token = tokens[at]
        if token[:1] != b":":
            if current:
                yield current, kept
            sha = token.decode("ascii", "replace").strip()
            current, kept, at = sha if sha in window else "", [], at + 1
            continue
        path = tokens[at + 1] if at + 1 < len(tokens) else b""
        if names.has(path) and (blob := _file_in(token)):
            kept.append((path, blob))
        at += 2
    if current:
        yield current, kept


def _file_in(meta: bytes) -> str:
    """Return the id of the regular file that a change leaves; empty for what was deleted or is no file."""
    columns = meta.lstrip(b":").split(b" ")
    is_file = len(columns) == 5 and columns[1].startswith(b"100") and columns[4][:1] in {b"A", b"M", b"T"}
    return columns[3].decode("ascii", "replace") if is_file else ""


class Objects:
    """Reads objects by their id."""

    def __init__(self, shadow: Shadow) -> None:
        self._sizes: Conversation = shadow.start("cat-file", "--batch-check=%(objectname) %(objectsize)")
        self._contents: Conversation = shadow.start("cat-file", "--batch")

    def sizes(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the sizes of objects in bytes; -1 for those that are missing."""
        wanted = dict.fromkeys(ids)
        self._sizes.say("".join(f"{one}\n" for one in wanted).encode())
        return {one: _size(self._sizes.until(b"\n")) for one in wanted}

    def content(self, one: str) -> bytes | None:
        """Return what an object holds; None where it is missing."""
        self._contents.say(f"{one}\n".encode())
        size = _size(self._contents.until(b"\n"))
        found = self._contents.exactly(size + 1) if size >= 0 else None
        return None if found is None else found[:-1]

    def close(self) -> None:
        """End the commands."""
        self._sizes.close()
        self._contents.close()


def _size(answer: bytes | None) -> int:
    size = answer.rsplit(b" ", 1)[-1] if answer else b""
    return int(size) if size.isdigit() else -1
