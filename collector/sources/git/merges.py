"""Merges against their own re-merge: what a merge holds that neither side nor git put there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from collector.sources.git.patch import FilePatch, files_of
from collector.sources.git.process import Shadow

CLEAN = "clean"
RESOLVED = "with resolved conflicts"
EVIL = "evil"
OCTOPUS = "octopus"
EVIL_OCTOPUS = "evil octopus"
UNCHECKED = "unchecked"
_REMERGE = (
    "-c",
    "core.looseCompression=0",
    "log",
    "--no-walk=unsorted",
    "--stdin",
    "--remerge-diff",
    "--format=%x00%H",
    "-p",
    "-U0",
    "--no-renames",
)
_PLAIN = ("--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
_MARKS = (b"<<<<<<< ", b"=======", b">>>>>>> ")


class Remerge(NamedTuple):
    """How a merge differs from what git makes of its parents."""

    kind: str
    files: list[FilePatch]
    """Only what differs; for an evil merge the files without a conflict."""


def remerged(shadow: Shadow, shas: Sequence[str]) -> dict[str, Remerge]:
    """Return merges compared with their re-merge; one that git cannot redo is not in the answer."""
    if not shas:
        return {}
    with shadow.start(*_REMERGE, *_PLAIN) as git:
        git.say("".join(f"{sha}\n" for sha in shas).encode())
        git.finish()
        printed = b"".join(git.rest())
        complete = git.wait() == 0
    found = _by_merge(printed, shas)
    if not complete and found:
        found.popitem()
    return {sha: _judged(files) for sha, files in found.items()}


def _by_merge(printed: bytes, shas: Sequence[str]) -> dict[str, list[FilePatch]]:
    """Split what was printed at a NUL and an id on a line of their own; a file's lines stand behind a sign."""
    found: dict[str, list[FilePatch]] = {}
    text, at, current = b"\n" + printed, 0, ""
    for sha in shas:
        mark = f"\n\0{sha}\n".encode()
        start = text.find(mark, at)
        if start < 0:
            continue
        if current:
            found[current] = list(files_of(text[at:start]))
        at, current = start + len(mark) - 1, sha
    if current:
        found[current] = list(files_of(text[at:]))
    return found


def _judged(files: list[FilePatch]) -> Remerge:
    own = [file for file in files if not _conflicted(file)]
    if own:
        return Remerge(EVIL, own)
    return Remerge(RESOLVED, files) if files else Remerge(CLEAN, [])


def _conflicted(file: FilePatch) -> bool:
    return b"\nremerge " in b"\n" + file.header or any(line.startswith(_MARKS) for line in file.deleted.split(b"\n"))
