"""Reading a repository: windows of commits through git, and an event for each, oldest first."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from collector.event import Event
from collector.sources.git.commit import Change, Commit
from collector.sources.git.content import SENSITIVE
from collector.sources.git.diffs import GITLINK, MISSING, Commits, Patches, Sizes, patch_of
from collector.sources.git.events import EventMaker, Read, place_of
from collector.sources.git.history import History, walk
from collector.sources.git.merges import CLEAN, EVIL_OCTOPUS, UNCHECKED, Remerge, remerged
from collector.sources.git.patch import FilePatch, files_of, own_files_of
from collector.sources.git.process import EmptyRepositoryError, NotARepositoryError, Shadow, ask
from collector.sources.git.snapshots import SnapshotReader
from collector.sources.source import Context

WINDOW = 512
"""Commits that are read together."""
MAX_WINDOW_BYTES = 4 << 20
MAX_COMMIT_BYTES = 2 << 20
"""Sizes of the files of a commit, before and after, beyond which only some of its files are compared."""
MAX_COMMIT_FILES = 400
MAX_SINGLE = 3000
"""Commits of a repository that may be compared one by one because they are large or incomplete."""
MAX_SINGLE_FILES = 64
LARGE = "too large to compare"
SHALLOW = "where a shallow clone begins"


@dataclass(slots=True)
class GitSummary:
    """What was read of a repository and what was not; complete once all events were taken."""

    repository: str = ""
    commits: int = 0
    total: int = 0
    refs: int = 0
    shallow: bool = False
    missing: int = 0
    """Commits whose content, or a part of it, is not in this clone."""
    large: int = 0
    """Commits of which only sensitive files and the smallest others were compared."""
    merges_unchecked: int = 0
    """Merges that git could not redo; lines that no parent has were read of them where they could be."""
    snapshots: int = 0
    """Lockfiles and workflows that were read as the main line's commits left them."""
    is_cut: bool = False
    """Whether older ones were left out, so that a scan does not take much longer for them."""
    unread: int = 0
    """States of them that could not be read."""
    reason: str = ""
    """Which was the first of these, and why."""
    problems: list[str] = field(default_factory=list)
    """Sentences for the reader: what could not be read and what to do about it."""

    def conclude(self) -> None:
        """Put what was counted into sentences."""
        if self.shallow:
            self.problems.append("this is a shallow clone: run `git fetch --unshallow` to learn from the whole history")
        if self.missing:
            self.problems.append(f"{self.missing:,} commits were read without files that this clone lacks")
        if self.is_cut:
            self.problems.append(f"of lockfiles, workflows and models the newest {self.snapshots:,} states were read")
        if self.unread:
            self.problems.append(
                f"{self.unread:,} states of lockfiles and workflows could not be read; the first: {self.reason}"
            )
        if self.merges_unchecked:
            self.problems.append(
                f"{self.merges_unchecked:,} merges could not be redone: files are missing or large, or git is too old"
            )


def is_repository(path: Path) -> bool:
    """Return whether the folder is a work tree, a linked one, or a bare repository; one inside another is none."""
    if not path.is_dir():
        return False
    if not (path / ".git").exists() and not ((path / "HEAD").is_file() and (path / "objects").is_dir()):
        return False
    return ask(path, "rev-parse", "--git-dir") is not None


def read_repository(
    path: Path,
    *,
    organisation: str = "default",
    progress: Callable[[int], None] | None = None,
    summary: GitSummary | None = None,
    now: float | None = None,
) -> Generator[Event, None, None]:
    """Yield an event for each commit of all refs, parents before children, by committer date.

    After them come events of what the main line's lockfiles and workflows pinned, again oldest first.
    `progress` is told how many commits more were read; `summary` is filled on the way. Raises NotARepositoryError,
    EmptyRepositoryError, DamagedRepositoryError or GitMissingError before the first event.
    """
    summary = summary if summary is not None else GitSummary()
    if not is_repository(path):
        raise NotARepositoryError(
            f"{path}: not a git repository: name the folder that holds .git, or a bare repository"
        )
    received_at = time.time() if now is None else now
    with Shadow(path) as shadow:
        shadow.index()
        history = walk(path, shadow, received_at)
        if not history.shas:
            raise EmptyRepositoryError(
                f"{path}: the repository has no commit yet: commit something, or fetch its history"
            )
        boundary = shadow.boundary()
        summary.repository = repository_name(path)
        summary.refs, summary.total, summary.shallow = len(shadow.refs), len(history.shas), bool(boundary)
        maker = EventMaker(organisation, summary.repository, history.main, received_at)
        with ExitStack() as stack:
            reader = _Reader(shadow, history, boundary, summary)
            stack.callback(reader.close)
            for read in reader.read(progress):
                yield maker.event(read)
        snapshots = SnapshotReader(shadow, history, summary.repository, Context(organisation), received_at)
        yield from snapshots.events()
        summary.snapshots, summary.is_cut = snapshots.count, snapshots.is_cut
        summary.unread, summary.reason = snapshots.unread, snapshots.reason
    summary.conclude()


def repository_name(path: Path) -> str:
    """Return OWNER/NAME of the origin, or the folder's name where there is none."""
    origin = (ask(path, "config", "--get", "remote.origin.url") or b"").decode("utf-8", "replace").strip()
    named = origin.rstrip("/").removesuffix(".git").replace(":", "/").split("/")
    if "://" in origin or "@" in origin.split("/")[0]:
        return "/".join(named[-2:])[:200]
    folder = path.resolve()
    names = [name for name in (folder.name, folder.parent.name) if name not in {"", ".git"}]
    return (names[0] if names else "repository").removesuffix(".git")


@dataclass(slots=True)
class _Window:
    """Commits read together, and what git was asked to compare of them."""

    start: int
    commits: list[Commit]
    sizes: dict[str, int]
    batches: list[list[str]] = field(default_factory=list)
    merges: list[str] = field(default_factory=list)


class _Reader:
    """The pipeline: trees and sizes of one window while git compares the lines of the one before."""

    def __init__(self, shadow: Shadow, history: History, boundary: frozenset[str], summary: GitSummary) -> None:
        self._shadow = shadow
        self._history = history
        self._boundary = boundary
        self._summary = summary
        self._commits = Commits(shadow)
        self._sizes = Sizes(shadow)
        self._patches = Patches(shadow)
        self._combined = Patches(shadow, "--cc")
        self._singles = 0

    def read(self, progress: Callable[[int], None] | None) -> Iterator[Read]:
        """Yield commits in order."""
        ahead: _Window | None = None
        for start in range(0, len(self._history.shas), WINDOW):
            window = self._window(start)
            for batch in window.batches:
                self._patches.ask(batch)
            self._combined.ask(window.merges)
            if ahead is not None:
                yield from self._finish(ahead, progress)
            ahead = window
        if ahead is not None:
            yield from self._finish(ahead, progress)

    def _window(self, start: int) -> _Window:
        commits = self._commits.read(self._history.shas[start : start + WINDOW])
        for commit in commits:
            if commit.sha in self._boundary:
                commit.changes, commit.unread = [], SHALLOW
        window = _Window(start, commits, self._sizes.of(commits))
        weight = 0
        for commit in commits:
            commit.unread = commit.unread or _why_not_whole(commit, window.sizes)
            if commit.unread or not commit.changes:
                continue
            if commit.parents > 1:
                window.merges.append(commit.sha)
                continue
            expected = sum(_expected(change, window.sizes) for change in commit.changes)
            if not window.batches or weight + expected > MAX_WINDOW_BYTES:
                window.batches.append([])
                weight = 0
            weight += expected
            window.batches[-1].append(commit.sha)
        return window

    def _finish(self, window: _Window, progress: Callable[[int], None] | None) -> Iterator[Read]:
        merges = self._merges(window)
        patches: dict[str, bytes] = {}
        batches = iter([*window.batches, []])
        batch = next(batches)
        for i, commit in enumerate(window.commits, window.start):
            if batch and commit.sha == batch[0]:
                patches = self._patches.answer()
                batch = next(batches)
            remerge = merges.get(commit.sha)
            found = self._patch(commit, window, patches)
            self._count(commit, remerge)
            times, branches = self._history.times, self._history.branches
            yield Read(commit, found, window.sizes, remerge, times[i], branches[i])
        if progress is not None:
            progress(len(window.commits))

    def _merges(self, window: _Window) -> dict[str, Remerge]:
        """Return what merges hold of their own; only those with lines that no parent has are redone."""
        combined = self._combined.answer()
        parents = {commit.sha: commit.parents for commit in window.commits}
        found = {sha: Remerge(CLEAN, []) for sha in combined}
        own = [sha for sha, patch in combined.items() if b"\ndiff --c" in patch]
        redone = remerged(self._shadow, [sha for sha in own if parents[sha] == 2])
        for sha in own:
            kind = UNCHECKED if parents[sha] == 2 else EVIL_OCTOPUS
            found[sha] = redone.get(sha) or Remerge(kind, list(own_files_of(combined[sha], parents[sha])))
        return found

    def _count(self, commit: Commit, remerge: Remerge | None) -> None:
        self._summary.commits += 1
        self._summary.missing += commit.unread == MISSING
        self._summary.large += commit.unread == LARGE
        if commit.parents > 1 and commit.changes and (remerge is None or remerge.kind == UNCHECKED):
            self._summary.merges_unchecked += 1

    def _patch(self, commit: Commit, window: _Window, patches: dict[str, bytes]) -> Iterable[FilePatch] | None:
        if commit.parents > 1:
            return None
        if not commit.changes:
            return []
        if not commit.unread:
            found = patches.get(commit.sha)
            commit.unread = "" if found is not None else MISSING
            return None if found is None else list(files_of(found))
        paths = _selected(commit, window.sizes)
        if not paths or self._singles >= MAX_SINGLE:
            return None
        self._singles += 1
        return patch_of(self._shadow, commit.sha, paths)

    def close(self) -> None:
        """End git."""
        for part in (self._commits, self._sizes, self._patches, self._combined):
            part.close()


def _why_not_whole(commit: Commit, sizes: dict[str, int]) -> str:
    """Return why the files of a commit cannot all be compared at once; empty where they can."""
    if not commit.changes:
        return ""
    found = [_both(change, sizes) for change in commit.changes]
    if min(found) < 0:
        return MISSING
    return LARGE if len(found) > MAX_COMMIT_FILES or sum(found) > MAX_COMMIT_BYTES else ""


def _both(change: Change, sizes: dict[str, int]) -> int:
    """Return the size of a file before and after; negative where one is missing; 0 for what is not text."""
    old = sizes.get(change.old_sha, 0) if change.status != "A" else 0
    new = sizes.get(change.new_sha, 0) if change.status != "D" else 0
    if old < 0 or new < 0 or any(sizes.get(sha, 0) < 0 for sha in change.other_shas):
        return -1
    return 0 if GITLINK in (change.old_mode, change.new_mode) else old + new


def _expected(change: Change, sizes: dict[str, int]) -> int:
    """Return about how many bytes the diff of a file will have."""
    old, new = sizes.get(change.old_sha, 0), sizes.get(change.new_sha, 0)
    if change.status in "AD":
        return max(old, new, 0)
    return abs(new - old) + min(old, new) // 8


def _selected(commit: Commit, sizes: dict[str, int]) -> list[bytes]:
    """Return the files of an incomplete or large commit that are compared all the same.

    Sensitive ones come first, then the smallest: a large file beside it must not hide a small change.
    """
    candidates = [(_order(change), size, change) for change in commit.changes if (size := _both(change, sizes)) >= 0]
    room = MAX_COMMIT_BYTES
    paths: list[bytes] = []
    for _, size, change in sorted(candidates, key=lambda candidate: candidate[:2]):
        room -= size
        if room < 0 or len(paths) >= MAX_SINGLE_FILES:
            break
        paths.append(change.raw_path)
    return paths


def _order(change: Change) -> int:
    zone = place_of(change.path).zone
    return 0 if zone in SENSITIVE and zone != "lock" else 1


__all__ = ["GitSummary", "is_repository", "read_repository", "repository_name"]
