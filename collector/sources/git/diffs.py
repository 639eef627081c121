"""Streams of git's answers about many commits, window by window, that survive objects which are missing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence

from collector.sources.git.commit import Change, Commit, changes_of, commit_of
from collector.sources.git.patch import FilePatch, files_of
from collector.sources.git.process import Conversation, Shadow

MAX_RESTARTS = 200
"""How often a stream that broke off at a missing object is taken up again behind it."""
_TREES = ("diff-tree", "--stdin", "-r", "--root", "-c", "--raw", "-z", "--always", "--no-renames", "--no-abbrev")
_LINES = ("diff-tree", "-r", "--root", "-p", "-U0", "--always", "--no-renames", "--no-ext-diff", "--no-textconv")
_PLAIN = ("--no-color", "--no-indent-heuristic", "--src-prefix=a/", "--dst-prefix=b/")
LINES = (*_LINES, *_PLAIN)
MISSING = "objects are missing"
GITLINK = "160000"


class Stream:
    """A `diff-tree` asked in windows; where a commit makes it fail, that one is named and the rest goes on."""

    def __init__(self, shadow: Shadow, arguments: Sequence[str]) -> None:
        self._shadow = shadow
        self._arguments = arguments
        self._git: Conversation | None = None
        self._mark = f"unwonted-{secrets.token_hex(16)}\n".encode()
        self._restarts = 0

    def ask(self, shas: Sequence[str]) -> None:
        """Send a window of commits without waiting for the answer."""
        if self._git is None:
            self._git = self._shadow.start(*self._arguments)
        self._git.say("".join(f"{sha}\n" for sha in shas).encode() + self._mark)

    def answer(self) -> tuple[bytes, bool]:
        """Return what git printed for the window asked longest ago, and whether it got to its end."""
        if self._git is None:
            return b"", False
        found = self._git.until(self._mark)
        if found is not None:
            return found, True
        rest = b"".join(self._git.rest())
        self.close()
        return rest, False

    def may_restart(self) -> bool:
        """Count one more start after a failure, and return whether it is still worth it."""
        self._restarts += 1
        return self._restarts <= MAX_RESTARTS

    def close(self) -> None:
        """End the command."""
        if self._git is not None:
            self._git.close()
            self._git = None


class Commits:
    """Commits with their changed files, read from trees alone."""

    def __init__(self, shadow: Shadow) -> None:
        self._objects = shadow.start("cat-file", "--batch")
        self._trees = Stream(shadow, _TREES)

    def read(self, shas: Sequence[str]) -> list[Commit]:
        """Return a window of commits; one whose trees are missing says so in `unread`."""
        self._objects.say("".join(f"{sha}\n" for sha in shas).encode())
        self._trees.ask(shas)
        commits = [self._object(sha) for sha in shas]
        self._fill({commit.sha: commit for commit in commits}, shas)
        return commits

    def _object(self, sha: str) -> Commit:
        header = self._objects.until(b"\n")
        size = header.rsplit(b" ", 1)[-1] if header else b""
        if not size.isdigit():
            return Commit(sha, unread=MISSING)
        return commit_of(sha, (self._objects.exactly(int(size) + 1) or b"")[:-1])

    def _fill(self, commits: dict[str, Commit], shas: Sequence[str]) -> None:
        todo = list(shas)
        while todo:
            printed, complete = self._trees.answer()
            seen = _fill_changes(printed, commits)
            if complete:
                return
            todo = todo[seen:]
            lost = 1 if self._trees.may_restart() else len(todo)
            for sha in todo[:lost]:
                commits[sha].unread = MISSING
            todo = todo[lost:]
            if todo:
                self._trees.ask(todo)

    def close(self) -> None:
        """End the commands."""
        self._objects.close()
        self._trees.close()


def _fill_changes(printed: bytes, commits: dict[str, Commit]) -> int:
    """Give each commit its changes; return how many commits were printed whole."""
    tokens = printed.split(b"\0")
    at, seen = 0, 0
    while at < len(tokens):
        commit = commits.get(tokens[at].decode("ascii", "replace"))
        at += 1
        if commit is not None:
            commit.changes, at = changes_of(tokens, at)
            seen += 1
    return seen


def patch_of(shadow: Shadow, sha: str, paths: Sequence[bytes]) -> list[FilePatch]:
    """Return the line diffs of some files of one commit; nothing where they cannot be compared."""
    with shadow.start(*LINES, "--no-commit-id", sha, "--", *(os.fsdecode(path) for path in paths)) as git:
        git.finish()
        printed = b"".join(git.rest())
        return list(files_of(printed)) if git.wait() == 0 else []


class Sizes:
    """Sizes of files by their id; -1 for one that is missing."""

    def __init__(self, shadow: Shadow) -> None:
        self._git = shadow.start("cat-file", "--batch-check=%(objectname) %(objectsize)")

    def of(self, commits: Sequence[Commit]) -> dict[str, int]:
        """Return the sizes of all files that the commits changed, before and after."""
        wanted = dict.fromkeys(sha for commit in commits for change in commit.changes for sha in _blobs(change))
        self._git.say("".join(f"{sha}\n" for sha in wanted).encode())
        return {sha: _size(self._git.until(b"\n")) for sha in wanted}

    def close(self) -> None:
        """End the command."""
        self._git.close()


def _blobs(change: Change) -> Iterator[str]:
    if change.old_sha.strip("0") and change.old_mode != GITLINK:
        yield change.old_sha
    yield from change.other_shas
    if change.status != "D" and change.new_mode != GITLINK:
        yield change.new_sha


def _size(answer: bytes | None) -> int:
    size = answer.rsplit(b" ", 1)[-1] if answer else b""
    return int(size) if size.isdigit() else -1


class Patches:
    """Line diffs of commits, one window ahead of the reader so that git works while we do."""

    def __init__(self, shadow: Shadow, *options: str) -> None:
        self._stream = Stream(shadow, (LINES[0], "--stdin", *options, *LINES[1:]))
        self._asked: list[list[str]] = []

    def ask(self, shas: list[str]) -> None:
        """Send a window of commits without waiting."""
        self._asked.append(shas)
        self._stream.ask(shas)

    def answer(self) -> dict[str, bytes]:
        """Return the patches of the window asked longest ago; a commit that could not be compared is not in it."""
        shas = self._asked.pop(0)
        later = self._asked
        printed, complete = self._stream.answer()
        patches = _by_commit(printed, shas)
        if complete:
            return patches
        # The commit printed last is the one it broke off at.
        broken = max((i for i, sha in enumerate(shas) if sha in patches), default=-1)
        for sha in shas[broken : broken + 1]:
            patches.pop(sha, None)
        rest = shas[broken + 1 :] if broken >= 0 else shas[1:]
        if not self._stream.may_restart():
            rest = []
        self._asked = []
        self.ask(rest)
        for window in later:
            self.ask(window)
        return patches | self.answer()

    def close(self) -> None:
        """End the command."""
        self._stream.close()


def _by_commit(printed: bytes, shas: Sequence[str]) -> dict[str, bytes]:
    """Split what was printed at the ids that stand alone on a line; a file's lines never do."""
    found: dict[str, bytes] = {}
    text = b"\n" + printed
    at, current = 0, ""
    for sha in shas:
        mark = f"\n{sha}\n".encode()
        start = text.find(mark, at)
        if start < 0:
            break
        if current:
            found[current] = text[at:start]
        at, current = start + len(mark) - 1, sha
    if current:
        found[current] = text[at:]
    return found
