"""What the main line pinned after each commit: lockfiles and workflows, whole, in order, and bounded."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from collector.event import Event
from collector.snapshot import Packages, Pinned
from collector.sources.git import GitSummary, snapshots
from tests.collector.sources.git.repository import Repository, pinned

_USES = "jobs:\n  build:\n    steps:\n      - uses: actions/checkout@{}\n"


def _lock(**versions: str) -> str:
    packages = {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    return json.dumps({"lockfileVersion": 3, "packages": packages})


def _pins(event: Event) -> tuple[Pinned, ...]:
    assert isinstance(event.snapshot, Packages)
    return event.snapshot.pinned


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return an empty repository."""
    return Repository.new(tmp_path / "pay")


def test_a_lockfile_is_a_state_after_each_commit(repository: Repository) -> None:
    """Each commit that changes a lockfile gives all that it pins then, by whom and when; others give nothing."""
    first = repository.commit("Add", {"web/package-lock.json": _lock(a="1.0.0")})
    repository.commit("Other", {"README.md": "x"})
    second = repository.commit("Bump", {"web/package-lock.json": _lock(a="1.0.0", b="2.0.0")})
    events = pinned(repository.path)
    assert [(event.ref, event.action, str(event.entity)) for event in events] == [
        (first, "lockfile", "lockfile:pay/web/package-lock.json"),
        (second, "lockfile", "lockfile:pay/web/package-lock.json"),
    ]
    assert [len(_pins(event)) for event in events] == [1, 2]
    assert events[1].links == {"repo": "pay", "sha": second, "branch": "main"}
    assert (str(events[1].actor), events[1].observed_at) == ("user:mona@acme.example", 1_700_000_180.0)
    assert events[0].id != events[1].id


def test_a_workflow_is_a_state_of_its_references(repository: Repository) -> None:
    """A commit that changes a workflow gives the references it has then."""
    repository.commit("Add", {".github/workflows/ci.yml": _USES.format("v4")})
    repository.commit("Pin", {".github/workflows/ci.yml": _USES.format("a" * 40)})
    events = pinned(repository.path)
    assert [event.facts["pinned_by"] for event in events] == [["a tag"], ["a full SHA"]]
    assert _pins(events[1]) == (Pinned("pkg:githubactions/actions/checkout", "a" * 40, "", "a" * 40, is_direct=True),)
    assert events[1].links["workflow"] == "pay:.github/workflows/ci.yml"


def test_a_merge_counts_by_what_it_brings_in(repository: Repository) -> None:
    """What a branch did is told once, by the merge that brought it into the main line."""
    repository.commit("Add", {"package-lock.json": _lock(a="1.0.0")})
    repository.git("checkout", "-q", "-b", "topic")
    repository.commit("Topic", {"package-lock.json": _lock(a="2.0.0")})
    repository.git("checkout", "-q", "main")
    repository.commit("Meanwhile", {"README.md": "x"})
    repository.git("merge", "-q", "--no-ff", "-m", "Merge", "topic", variables=repository.dates())
    events = pinned(repository.path)
    assert [_pins(event)[0].version for event in events] == ["1.0.0", "2.0.0"]
    assert events[1].ref == repository.git("rev-parse", "HEAD").decode().strip()


def test_what_is_no_lockfile_is_left_to_its_commit(repository: Repository) -> None:
    """Files that only have the name of one are counted, with a reason; links and files that are gone give nothing."""
    sha = repository.commit(
        "Junk", {"package-lock.json": b"\xff{", ".github/workflows/x.yml": "[", "go.sum": "hello\n"}
    )
    (repository.path / "yarn.lock").symlink_to("/etc/passwd")
    repository.commit("Link")
    repository.commit("Good", {"Cargo.lock": '[[package]]\nname = "a"\nversion = "1.0.0"\n'})
    repository.commit("Gone", {"Cargo.lock": None})
    summary = GitSummary()
    assert [event.facts["format"] for event in pinned(repository.path, summary)] == ["cargo"]
    assert summary.unread == 3
    (problem,) = summary.problems
    assert problem.startswith("3 states of lockfiles and workflows could not be read; the first: ")
    assert f" in {sha[:12]}: no " in problem


def test_a_model_tells_what_it_would_run(repository: Repository) -> None:
    """A model that a commit brings in is told with its format, digest and imports; nothing of it is loaded."""
    model = b"cos\nsystem\n(S'exit 3'\ntR."
    sha = repository.commit("Add", {"models/tax.pkl": model, "models/tax.txt": model})
    (event,) = pinned(repository.path)
    assert (event.ref, event.action, str(event.entity)) == (sha, "model.committed", "model:pay/models/tax.pkl")
    assert event.facts["model_import"] == ["os.system"]
    assert event.facts["format"] == ["pickle"]
    assert event.facts["digest"] == [f"tax.pkl@{hashlib.sha256(model).hexdigest()[:16]}"]
    assert (event.numbers["model_calls"], event.numbers["size_bytes"], event.snapshot) == (1.0, float(len(model)), None)


def test_the_newest_come_first_where_time_is_short(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a history has more than may be read, the newest states are read, without a gap, and the reader is told."""
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 2)
    for version in ("1.0.0", "2.0.0", "3.0.0"):
        repository.commit("Bump", {"package-lock.json": _lock(a=version)})
    summary = GitSummary()
    assert [_pins(event)[0].version for event in pinned(repository.path, summary)] == ["2.0.0", "3.0.0"]
    assert summary.problems == ["of lockfiles, workflows and models the newest 2 states were read"]


def test_a_giant_is_left_out(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file larger than is read leaves the others."""
    monkeypatch.setattr(snapshots, "MAX_BLOB", 200)
    repository.commit("Add", {"package-lock.json": _lock(a="1.0.0"), "b/package-lock.json": _lock(a="1" * 300)})
    assert len(pinned(repository.path)) == 1


def test_without_a_main_line_there_is_nothing(repository: Repository) -> None:
    """Where no branch is the main one, no state is the repository's."""
    repository.commit("Add", {"package-lock.json": _lock(a="1.0.0")})
    repository.git("checkout", "-q", "--detach")
    repository.git("branch", "-m", "main", "work")
    assert pinned(repository.path) == []
