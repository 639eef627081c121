"""A folder that others put files into: audit exports, CloudTrail files, Kubernetes audit logs, by date or not."""

from __future__ import annotations

import logging
import os
from collections import deque
from pathlib import Path
from typing import NamedTuple

import msgspec

from collector.errors import EmptySourceError, PollError, SourceError
from collector.pollers.files import Entry, File, Opened
from collector.pollers.places import read, written
from collector.pollers.poller import Fetched, Kept
from collector.pollers.reading import Fetcher
from collector.stream.entry import Entry as StreamEntry

AT_ONCE = 1_000
"""Entries of one step."""
SETTLED_S = 6 * 3_600.0
"""How long a file that breaks off may stay as it is before it counts as damaged."""
_UNFINISHED = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")
_BETWEEN = "//"
"""Stands between folder and name of a file that is kept: no path holds it."""
_LOG = logging.getLogger(__name__)


class _Found(NamedTuple):
    """A file that is to be read."""

    key: str
    path: Path
    before: File | None


class Folder:
    """Reads every file once, in the order of their paths, and what is added to a file later.

    A file that breaks off is read as far as it goes, and on when it has changed.
    """

    source = "folder"
    name = "folder"
    clock_ahead_s = None

    def __init__(self, root: Path, fetcher: Fetcher, *, every_s: float = 60.0) -> None:
        self.organisation = fetcher.organisation
        self._root = root
        self._fetcher = fetcher
        self._every_s = every_s
        self._folders: deque[Path] = deque()
        self._files: deque[_Found] = deque()
        self._opened: tuple[_Found, Opened] | None = None
        self._is_begun = False
        self._is_tidy = False
        self._warned: set[Path] = set()

    def fetch(self, kept: Kept, now: float) -> Fetched:
        """Read some entries of a file, or look into a folder."""
        if self._opened is None and self._files:
            found = self._files.popleft()
            return self._open(found, kept, now)
        if self._opened is not None:
            return self._read(*self._opened, kept, now)
        if self._folders:
            return self._look(self._folders.popleft(), kept, now)
        if self._is_begun:
            self._is_begun = False
            return Fetched(next_in_s=self._every_s, reached_at=now)
        if not self._root.is_dir():
            raise PollError(f"there is no folder {self._root}; make it, mount it, or name another")
        self._is_begun = True
        self._folders.append(self._root)
        return Fetched(changes=self._gone(kept))

    def _gone(self, kept: Kept) -> dict[str, bytes | None]:
        """Return what is forgotten, as its folder is gone; looked for once a process."""
        if self._is_tidy:
            return {}
        self._is_tidy = True
        folders = {key: key.rpartition(_BETWEEN)[0] for key in kept.under("")}
        there = {folder for folder in set(folders.values()) if (self._root / folder).is_dir()}
        return {key: None for key, folder in folders.items() if folder not in there}

    def _look(self, folder: Path, kept: Kept, now: float) -> Fetched:
        """Find the files of a folder that are new or have changed; those that are gone are forgotten."""
        prefix = f"{folder.relative_to(self._root).as_posix()}{_BETWEEN}"
        known = {key: read(body, File) for key, body in kept.under(prefix).items()}
        try:
            files, folders = _listed(folder)
        except OSError as error:
            if folder == self._root:
                raise PollError(f"{folder} cannot be read: {error.strerror}; let this user read it") from None
            return self._warn(folder, error)
        self._folders.extendleft(reversed(folders))
        keys = {f"{prefix}{path.name}": path for path in files}
        for key, path in keys.items():
            before = known.get(key)
            if before is None or _is_changed(path, before) or _is_stuck(before, now):
                self._files.append(_Found(key, path, before))
        return Fetched(changes={key: None for key in known if key not in keys})

    def _open(self, found: _Found, kept: Kept, now: float) -> Fetched:
        try:
            self._opened = (found, Opened(found.path, found.before, now))
        except (OSError, SourceError) as error:
            return self._warn(found.path, error)
        return self._read(*self._opened, kept, now)

    def _read(self, found: _Found, opened: Opened, kept: Kept, now: float) -> Fetched:
        kept.get(found.key)
        try:
            entries = opened.read(AT_ONCE)
        except SourceError as error:
            self._opened = None
            return self._break_off(found, opened, error, now)
        except OSError as error:
            self._opened = None
            return self._warn(found.path, error)
        if opened.place.is_over:
            self._opened = None
        told = [one for entry in entries for one in self._told(entry, found.path, now)]
        return Fetched(entries=told, changes={found.key: written(opened.place)})

    def _break_off(self, found: _Found, opened: Opened, error: SourceError, now: float) -> Fetched:
        """Keep how far a file could be read; what stayed as it is for long is told, once."""
        before = found.before
        is_same = before is not None and (before.size, before.changed) == (opened.place.size, opened.place.changed)
        seen_at = before.seen_at if before is not None and is_same and before.seen_at else now
        is_empty, is_settled = isinstance(error, EmptySourceError), now - seen_at >= SETTLED_S
        place = msgspec.structs.replace(opened.place, seen_at=seen_at, is_over=is_empty or is_settled)
        told: list[StreamEntry] = []
        if is_settled and not is_empty:
            body = {"file": found.path.relative_to(self._root).as_posix(), "entries": opened.place.entries}
            told.append(self._fetcher.unreadable(self.source, body, str(error), now))
        return Fetched(entries=told, changes={found.key: written(place)})

    def _warn(self, path: Path, error: Exception) -> Fetched:
        """Leave a file that cannot be read for the next round; it is told once."""
        if path not in self._warned:
            _LOG.warning("%s cannot be read: %s. It is tried again in every round", path, error)
        self._warned.add(path)
        return Fetched()

    def _told(self, entry: Entry, path: Path, now: float) -> list[StreamEntry]:
        if entry.delivery is None:
            return [self._fetcher.unreadable(self.source, entry.raw, entry.reason, now)]
        return self._fetcher.delivery(entry.delivery, now, f"{path.name.removesuffix('.gz')}:{entry.number}")


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the files and folders in a folder, by name; not what is hidden, linked or marked as unfinished."""
    files: list[Path] = []
    folders: list[Path] = []
    with os.scandir(folder) as found:
        for one in found:
            if one.name.startswith(".") or one.is_symlink():
                continue
            if one.is_dir(follow_symlinks=False):
                folders.append(Path(one.path))
            elif one.is_file(follow_symlinks=False) and not one.name.endswith(_UNFINISHED):
                files.append(Path(one.path))
    return sorted(files), sorted(folders)


def _is_changed(path: Path, before: File) -> bool:
    try:
        stat = path.stat()
    except OSError:
        return False  # gone meanwhile
    return (stat.st_size, stat.st_mtime_ns) != (before.size, before.changed)


def _is_stuck(before: File, now: float) -> bool:
    """Return whether a file breaks off for so long that it must be told."""
    return not before.is_over and (before.seen_at == 0.0 or now - before.seen_at >= SETTLED_S)
