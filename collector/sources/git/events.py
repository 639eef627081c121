"""A commit made an event: the facts, numbers and links that the models learn from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from collector.event import Entity, Event, Kind
from collector.shapes import branch_class_of, shape_of, short_branch
from collector.sources.git.commit import Change, Commit, path_text
from collector.sources.git.content import SENSITIVE, Added, Said, listen
from collector.sources.git.merges import CLEAN, OCTOPUS, UNCHECKED, Remerge
from collector.sources.git.patch import FilePatch, path_of
from collector.sources.git.people import UNREVIEWED, actor_of, committer_class, review_of, subject_shape, trailers_of
from collector.zones import ZONES, zone_of

MAX_SET = 64
SOURCE = "git"
_RANK = {zone: i for i, zone in enumerate(ZONES)}
_MODES = {"100755": "executable", "120000": "a symbolic link", "160000": "a submodule"}


class Place(NamedTuple):
    """What a path tells by itself."""

    zone: str
    extension: str
    top: str


@lru_cache(maxsize=1 << 16)
def place_of(path: str) -> Place:
    """Return zone, extension and top-level name of a path.

    >>> place_of("src/web/App.test.TSX")
    Place(zone='test', extension='.tsx', top='src/')
    """
    top, slash, _ = path.partition("/")
    name = path.rsplit("/", 1)[-1]
    stem, dot, extension = name.rpartition(".")
    kind = f".{extension.lower()[:16]}" if dot and stem else "none"
    return Place(zone_of(path), kind, f"{top}{slash}"[:MAX_SET])


class Read(NamedTuple):
    """One commit with everything that was read of it."""

    commit: Commit
    patches: Iterable[FilePatch] | None
    """None where the lines were not compared."""
    sizes: dict[str, int]
    remerge: Remerge | None
    observed_at: float
    branch: str


@dataclass(frozen=True)
class EventMaker:
    """Makes events of one repository."""

    organisation: str
    repository: str
    main: str
    received_at: float

    def event(self, read: Read) -> Event:
        """Return the event of one commit."""
        commit = read.commit
        facts: dict[str, str | list[str]] = {}
        numbers = _numbers_of(commit)
        _add_identity(facts, commit)
        facts["merge"] = _merge_of(read)
        facts["review"] = review_of(commit, read.branch, self.main)
        _add_message(facts, commit)
        changes = commit.changes if commit.parents < 2 else _changes_of_merge(read)
        _add_changes(facts, numbers, changes, read.sizes)
        _add_way(facts)
        _add_content(facts, numbers, read, changes)
        branch = short_branch(read.branch)
        if read.branch:
            facts["branch_class"] = "default" if read.branch == self.main else branch_class_of(read.branch, self.main)
        if commit.unread:
            facts["unread"] = commit.unread
        return Event(
            organisation=self.organisation,
            id=f"git:{commit.sha}",
            ref=commit.sha,
            source=SOURCE,
            kind=Kind.COMMIT,
            action="merge" if commit.parents > 1 else "commit",
            actor=actor_of(commit.author),
            entity=Entity("repo", self.repository),
            observed_at=read.observed_at,
            received_at=self.received_at,
            utc_offset=commit.author.utc_offset,
            links=self._links(commit, facts, branch),
            facts=facts,
            numbers=numbers,
        )

    def _links(self, commit: Commit, facts: dict[str, str | list[str]], branch: str) -> dict[str, str]:
        parts = (commit.author.key, facts["committer_class"], commit.author.zone, facts["signature"])
        links = {
            "repo": self.repository,
            "sha": commit.sha,
            "committer": commit.committer.key,
            "author_name": commit.author.name or commit.author.key,
            "identity": " ".join(str(part) for part in parts),
        }
        if branch:
            links["branch"] = branch[: MAX_SET * 2]
        return links


def _add_identity(facts: dict[str, str | list[str]], commit: Commit) -> None:
    author, committer = commit.author, commit.committer
    facts["timezone"] = author.zone
    facts["author_domain"] = author.key.rpartition("@")[2] if "@" in author.key else "none"
    facts["committer_class"] = committer_class(author, committer)
    facts["signature"] = "signed" if commit.signed else "unsigned"
    facts["name_for_email"] = author.name or "none"
    facts["email_for_name"] = author.key


def _add_message(facts: dict[str, str | list[str]], commit: Commit) -> None:
    subject = commit.message.split("\n", 1)[0][:400]
    facts["subject_shape"] = subject_shape(subject)
    facts["message_shape"] = shape_of(subject, 80)
    trailers = trailers_of(commit.message)
    if trailers:
        facts["trailer"] = trailers


def _numbers_of(commit: Commit) -> dict[str, float]:
    subject, _, _ = commit.message.partition("\n")
    numbers = {
        "subject_length": float(len(subject)),
        "message_length": float(len(commit.message)),
    }
    if commit.author.date > 0 and commit.committer.date > 0:
        numbers["author_committer_skew_s"] = abs(commit.committer.date - commit.author.date)
    return numbers


def _merge_of(read: Read) -> str:
    commit = read.commit
    if commit.parents < 2:
        return "no"
    if commit.unread or (commit.changes and read.remerge is None):
        return UNCHECKED
    if read.remerge is not None and read.remerge.kind != CLEAN:
        return read.remerge.kind
    return CLEAN if commit.parents == 2 else OCTOPUS


def _changes_of_merge(read: Read) -> list[Change]:
    """Return the files a merge changed by itself: nothing for one that git would have made the same."""
    if read.remerge is None:
        return read.commit.changes
    touched = {path_text(path_of(file.header)) for file in read.remerge.files}
    known = {change.path: change for change in read.commit.changes}
    return [known.get(path) or Change(path, "M", "100644", "100644", "", "") for path in sorted(touched)]


def _add_changes(
    facts: dict[str, str | list[str]], numbers: dict[str, float], changes: Sequence[Change], sizes: dict[str, int]
) -> None:
    numbers["files"] = float(len(changes))
    if not changes:
        return
    places = [place_of(change.path) for change in changes]
    facts["zone"] = _set(place.zone for place in places)
    facts["extension"] = _set(place.extension for place in places)
    facts["top"] = _set(place.top for place in places)
    order = range(len(changes))
    if len(changes) > 1:
        order = sorted(order, key=lambda i: _RANK.get(places[i].zone, 99))  # type: ignore[assignment]
    facts["commit_path"] = [changes[i].path for i in order[:MAX_SET]]
    new = [place.zone for change, place in zip(changes, places, strict=True) if change.status == "A"]
    gone = [place.zone for change, place in zip(changes, places, strict=True) if change.status == "D"]
    numbers["new_files"] = float(len(new))
    if new:
        facts["new_path_zone"] = _set(new)
    if gone:
        facts["deleted_path_zone"] = _set(gone)
    modes = _set(mode for change in changes for mode in _modes_of(change))
    if modes:
        facts["mode"] = modes
    numbers["largest_blob_bytes"] = float(max((sizes.get(change.new_sha, 0) for change in changes), default=0))


def _add_way(facts: dict[str, str | list[str]]) -> None:
    """Add which files came in past all review, of those that can make a machine run something."""
    way = facts["review"]
    unseen = [f"{zone} files by {way}" for zone in facts.get("zone", ()) if zone in SENSITIVE and way in UNREVIEWED]
    if unseen:
        facts["zone_review"] = unseen


def _modes_of(change: Change) -> Iterator[str]:
    if change.new_mode in _MODES and change.old_mode != change.new_mode:
        yield _MODES[change.new_mode]
    if change.status == "T":
        yield "another type"


def _set(values: Iterator[str] | Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))[:MAX_SET]


def _add_content(
    facts: dict[str, str | list[str]], numbers: dict[str, float], read: Read, changes: Sequence[Change]
) -> None:
    found = read.remerge.files if read.remerge else read.patches
    if found is None:
        return
    patches = list(found)
    said = Said()
    added_lines = deleted_lines = added_bytes = 0
    for change, patch in _paired(changes, patches):
        added_lines += patch.added_lines
        deleted_lines += patch.deleted_lines
        added_bytes += len(patch.added)
        zone = place_of(change.path).zone
        if patch.added:
            listen(Added(change.path, zone, patch.added, patch.deleted if zone in SENSITIVE else b""), said)
        elif patch.binary and change.status != "D" and zone != "media":
            said.add("content.blob", [f"a binary file {place_of(change.path).extension} in {zone}"])
    facts.update(said.facts())
    if read.commit.parents > 1 and not patches:
        return
    if not read.commit.unread:
        numbers["added_lines"], numbers["deleted_lines"] = float(added_lines), float(deleted_lines)
    if added_lines:
        numbers["bytes_per_added_line"] = added_bytes / added_lines
        numbers["longest_line"] = float(said.longest_line)


def _paired(changes: Sequence[Change], patches: Sequence[FilePatch]) -> Iterator[tuple[Change, FilePatch]]:
    """Pair files with their diffs: by order, which git keeps, or by path where one is missing."""
    if len(changes) == len(patches) and not any(change.status == "T" for change in changes):
        yield from zip(changes, patches, strict=True)
        return
    known = {change.path: change for change in changes}
    for patch in patches:
        change = known.get(path_text(path_of(patch.header)))
        if change is not None:
            yield change, patch
