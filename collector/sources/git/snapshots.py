"""What the main line's lockfiles and workflows pinned after each commit that changed them, and which models came."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO

from collector.artifacts import MODEL_ENDINGS, read_artifact
from collector.delivery import Delivery
from collector.errors import DeliveryError
from collector.event import Entity, Event, Kind
from collector.lockfiles import FORMATS, format_by_name, read_lockfile
from collector.sources.action_refs import add_references
from collector.sources.git.commit import Commit, commit_of
from collector.sources.git.history import History
from collector.sources.git.mainline import Kept, Names, Objects, changed_on_mainline
from collector.sources.git.people import actor_of
from collector.sources.git.process import Shadow
from collector.sources.lockfile import add_lockfile
from collector.sources.model_artifact import add_artifacts
from collector.sources.source import Context, Draft
from collector.workflow_refs import is_workflow, references_in

MAX_BLOB = 8 << 20
"""Largest lockfile of a history that is read, in bytes."""
MAX_MODEL = 32 << 20
"""Largest model of a history that is read, in bytes."""
MAX_SNAPSHOTS = 3000
BASE_MS, MS_A_COMMIT = 2000.0, 0.6
"""What reading the files of a history may cost, by what is known of the formats: about a sixth of what reading and
scoring all its commits costs."""
_EACH_MS = 6.0
"""Of which the most is what a worker does with a state."""
_CHUNK = 256
_MODEL, _WORKFLOW = "model", "workflow"
_MS_A_MB = {_MODEL: 25.0, _WORKFLOW: 400.0, "npm": 30.0, "pnpm": 220.0, "pub": 400.0}
_OTHERS_MS = 80.0

NAMES = Names(
    (*(name for form in FORMATS.values() for name in form.files), "action.yml", "action.yaml"),
    (*MODEL_ENDINGS, ".gitlab-ci.yml", ".gitlab-ci.yaml"),
    (".github/workflows/", ".gitea/", ".forgejo/", ".gitlab/", "requirements", "constraints", "pylock."),
)


@dataclass
class SnapshotReader:
    """Makes events of the files of one history."""

    shadow: Shadow
    history: History
    repository: str
    context: Context
    received_at: float
    count: int = 0
    unread: int = 0
    """Files that are not what their names say."""
    reason: str = ""
    """Which was the first of them, and why."""
    is_cut: bool = False
    """Whether older ones were left out."""

    def events(self) -> Iterator[Event]:
        """Yield an event for each chosen file that can be read, oldest first."""
        objects = Objects(self.shadow)
        try:
            for kept in self._chosen(objects):
                event = self._event(objects, kept)
                if event is not None:
                    self.count += 1
                    yield event
        finally:
            objects.close()

    def _chosen(self, objects: Objects) -> list[Kept]:
        """Return the newest files that the time allows, oldest first."""
        left = BASE_MS + MS_A_COMMIT * len(self.history.shas)
        chosen: list[Kept] = []
        for chunk in _chunks(changed_on_mainline(self.shadow, self.history, NAMES)):
            sizes = objects.sizes([kept.blob for kept in chunk])
            for kept in chunk:
                form = _form_of(kept.path)
                if not form or not 0 <= sizes[kept.blob] <= (MAX_MODEL if form == _MODEL else MAX_BLOB):
                    continue
                left -= _EACH_MS + sizes[kept.blob] / 1e6 * _MS_A_MB.get(form, _OTHERS_MS)
                if left < 0 or len(chosen) >= MAX_SNAPSHOTS:
                    self.is_cut = True
                    return chosen[::-1]
                chosen.append(kept)
        return chosen[::-1]

    def _event(self, objects: Objects, kept: Kept) -> Event | None:
        sha = self.history.shas[kept.place]
        stored, content = objects.content(sha), objects.content(kept.blob)
        if stored is None or content is None:
            return None
        draft = self._draft(commit_of(sha, stored), kept)
        try:
            _READERS.get(_form_of(kept.path), _add_lockfile)(draft, kept.path, content)
        except DeliveryError as error:  # the commit's own event tells of it
            self.unread += 1
            self.reason = self.reason or f"{kept.path} in {sha[:12]}: {error}"
            return None
        delivery = Delivery(source="git", received_at=self.received_at)
        return draft.event(delivery, self.context, f"{sha}:{kept.path}", sha)

    def _draft(self, commit: Commit, kept: Kept) -> Draft:
        branch = self.history.main.removeprefix("refs/heads/")
        draft = Draft("lockfile", Kind.DEPENDENCY, actor_of(commit.author))
        draft.observed_at = self.history.times[kept.place]
        draft.utc_offset = commit.author.utc_offset
        draft.links |= {"repo": self.repository, "sha": commit.sha, "branch": branch[:128]}
        draft.fact("branch_class", "default")
        return draft


def _chunks(found: Iterator[Kept]) -> Iterator[list[Kept]]:
    chunk: list[Kept] = []
    for kept in found:
        chunk.append(kept)
        if len(chunk) >= _CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _form_of(path: str) -> str:
    if is_workflow(path):
        return _WORKFLOW
    if path.lower().endswith(MODEL_ENDINGS):
        return _MODEL
    form = format_by_name(path)
    return form.name if form else ""


def _add_lockfile(draft: Draft, path: str, content: bytes) -> None:
    add_lockfile(draft, read_lockfile(path, content.decode(errors="replace")), path)
    draft.number("size_bytes", float(len(content)))


def _add_workflow(draft: Draft, path: str, content: bytes) -> None:
    draft.action = "action_refs"
    draft.link("workflow", f"{draft.links['repo']}:{path}")
    add_references(draft, references_in(content.decode(errors="replace")), path)


def _add_model(draft: Draft, path: str, content: bytes) -> None:
    draft.action = "model.committed"
    draft.entity = Entity("model", f"{draft.links['repo']}/{path}")
    artifact = read_artifact(BytesIO(content), path)
    draft.values("format", [artifact.format])
    draft.values("digest", [f"{path.rsplit('/', 1)[-1][:80]}@{artifact.sha256[:16]}"])
    draft.number("size_bytes", float(artifact.size))
    add_artifacts(draft, [artifact])


_READERS: dict[str, Callable[[Draft, str, bytes], None]] = {_WORKFLOW: _add_workflow, _MODEL: _add_model}
