"""Every repository is read whole, in order, whatever state it is in."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from pathlib import Path

import pytest

from collector.errors import CollectorError
from collector.event import Kind
from collector.sources.git import (
    DamagedRepositoryError,
    EmptyRepositoryError,
    GitSummary,
    NotARepositoryError,
    is_repository,
    read_repository,
)
from tests.collector.sources.git.repository import NOW, START, Repository, facts, last, read


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return an empty repository."""
    return Repository.new(tmp_path / "pay")


def test_a_commit_is_an_event(repository: Repository) -> None:
    """Who, what, where and when of a commit stand in its event."""
    sha = repository.commit("fix: rounding", {"src/pay.py": "x = 1\n"})
    event = last(repository.path)
    assert (event.id, event.ref, event.kind, event.action) == (f"git:{sha}", sha, Kind.COMMIT, "commit")
    assert (str(event.actor), str(event.entity)) == ("user:mona@acme.example", "repo:pay")
    assert (event.observed_at, event.received_at, event.utc_offset) == (START + 60, NOW, 120)
    assert event.links["identity"] == "mona@acme.example self +0200 unsigned"


def test_all_refs_are_read(repository: Repository) -> None:
    """A commit that no branch holds, only a tag or another ref, is read too."""
    repository.commit(files={"a": "1"})
    repository.git("checkout", "-q", "--detach")
    sha = repository.commit(files={"b": "2"})
    repository.git("update-ref", "refs/pull/7/head", sha)
    repository.git("checkout", "-q", "main")
    assert [event.ref for event in read(repository.path)][-1] == sha


def test_a_detached_head_is_read(repository: Repository) -> None:
    """Commits made on no branch at all are not overlooked."""
    repository.commit(files={"a": "1"})
    repository.git("checkout", "-q", "--detach")
    sha = repository.commit(files={"b": "2"})
    assert last(repository.path).ref == sha


def test_parents_come_first(repository: Repository) -> None:
    """A commit dated before its parent comes after it all the same, at the parent's time."""
    first = repository.commit()
    second = repository.commit(GIT_COMMITTER_DATE="1500000000 +0000")
    events = read(repository.path)
    assert [event.ref for event in events] == [first, second]
    assert events[1].observed_at == events[0].observed_at


def test_bare_linked_and_work_trees_are_repositories(repository: Repository, tmp_path: Path) -> None:
    """A work tree, a bare clone and a linked work tree hold the same history."""
    repository.commit(files={"a": "1"})
    repository.git("clone", "-q", "--bare", str(repository.path), str(tmp_path / "bare.git"))
    repository.git("worktree", "add", "-q", str(tmp_path / "linked"))
    places = [repository.path, tmp_path / "bare.git", tmp_path / "linked"]
    assert [is_repository(place) for place in places] == [True] * 3
    assert len({tuple(event.ref for event in read(place)) for place in places}) == 1


def test_a_folder_inside_a_work_tree_is_no_repository(repository: Repository) -> None:
    """A folder is not read as the repository around it."""
    repository.commit(files={"src/a": "1"})
    assert not is_repository(repository.path / "src")


def test_what_is_no_repository_says_what_to_do(tmp_path: Path) -> None:
    """The error names the folder and the next step."""
    with pytest.raises(NotARepositoryError, match=r"plain.*name the folder that holds \.git") as error:
        read(tmp_path / "plain")
    assert isinstance(error.value, CollectorError)


def test_an_empty_repository_says_so(repository: Repository) -> None:
    """A repository without a commit is an error of its own."""
    with pytest.raises(EmptyRepositoryError, match="no commit yet"):
        read(repository.path)


def test_a_lost_commit_is_damage(repository: Repository) -> None:
    """A history with a hole is refused with what to do, not read in part."""
    sha = repository.commit(files={"a": "1"})
    repository.commit(files={"a": "2"})
    (repository.path / ".git" / "objects" / sha[:2] / sha[2:]).unlink()
    with pytest.raises(DamagedRepositoryError, match="git fsck"):
        read(repository.path)


def test_a_lost_file_costs_only_the_content(repository: Repository) -> None:
    """A commit whose file is missing is read without it, counted, and the next one whole."""
    repository.commit(files={"big.py": "import os\n"})
    blob = repository.git("rev-parse", "HEAD:big.py").decode().strip()
    repository.commit(files={"b.py": "import sys\n"})
    (repository.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    summary = GitSummary()
    hurt, whole = read(repository.path, summary)
    assert facts(hurt, "unread") == {"objects are missing"}
    assert facts(whole, "content.import") == {"sys"}
    assert (summary.commits, summary.missing) == (2, 1)


def test_a_lost_tree_costs_only_that_commit(repository: Repository) -> None:
    """A commit whose tree is missing is still an event, and so are those after it."""
    repository.commit(files={"a/b": "1"})
    tree = repository.git("rev-parse", "HEAD:a").decode().strip()
    repository.commit(files={"a/b": "2"})
    repository.commit(files={"a/b": "3", "c.py": "import sys\n"})
    repository.commit(files={"c.py": "import os\n"})
    (repository.path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    events = read(repository.path)
    assert len(events) == 4
    assert facts(events[-1], "content.import") == {"os"}


def test_a_shallow_clone_begins_without_content(repository: Repository, tmp_path: Path) -> None:
    """The first commit of a shallow clone does not seem to add every file, and the summary says why."""
    for i in range(4):
        repository.commit(files={"a": str(i)})
    repository.git("clone", "-q", "--depth", "2", f"file://{repository.path}", str(tmp_path / "shallow"))
    summary = GitSummary()
    first, second = read(tmp_path / "shallow", summary)
    assert (first.numbers["files"], second.numbers["files"]) == (0, 1)
    assert summary.shallow
    assert "unshallow" in summary.problems[0]


def test_sha_256_is_read(tmp_path: Path) -> None:
    """A repository of the newer object format is read like any other."""
    repository = Repository.new(tmp_path / "new", "--object-format=sha256")
    repository.commit(files={"a.py": "import os\n"})
    event = last(repository.path)
    assert len(event.ref) == 64
    assert facts(event, "content.import") == {"os"}


def test_more_than_a_window_is_read(repository: Repository) -> None:
    """Commits beyond the first window come in order, each with its own content."""
    stream = b""
    for i in range(600):
        stream += b"commit refs/heads/main\ncommitter M <m@x.example> %d +0000\ndata 1\nm\n" % (START + i)
        text = b"import m%d\n" % i
        stream += b"M 644 inline a.py\ndata %d\n%s\n" % (len(text), text)
    repository.git("fast-import", "--quiet", stdin=stream)
    told: list[int] = []
    events = list(read_repository(repository.path, now=NOW, progress=told.append))
    assert [facts(event, "content.import") for event in events] == [{f"m{i}"} for i in range(600)]
    assert sum(told) == 600


def test_nothing_of_the_repository_is_run(repository: Repository, tmp_path: Path) -> None:
    """Diff and merge drivers, hooks, fsmonitor and signature programs of a hostile configuration stay unused."""
    proof = tmp_path / "proof"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch {proof}\n")
    script.chmod(0o755)
    repository.commit(files={".gitattributes": "* diff=evil merge=evil filter=evil\n", "a.txt": "1\n2\n3\n"})
    _conflict(repository)
    for key in ("diff.external", "diff.evil.command", "diff.evil.textconv", "merge.evil.driver", "core.fsmonitor"):
        repository.git("config", key, str(script))
    for key in ("gpg.program", "core.pager", "filter.evil.smudge", "core.sshCommand", "core.alternateRefsCommand"):
        repository.git("config", key, str(script))
    repository.git("config", "log.showSignature", "true")
    shutil.copy(script, repository.path / ".git" / "hooks" / "post-checkout")
    assert len(read(repository.path)) == 4
    assert not proof.exists()


def _conflict(repository: Repository) -> None:
    """Make a merge with a conflict, resolved."""
    repository.git("checkout", "-q", "-b", "side")
    repository.commit(files={"a.txt": "1\nside\n3\n"})
    repository.git("checkout", "-q", "main")
    repository.commit(files={"a.txt": "1\nmain\n3\n"})
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "-q", "side", variables=repository.dates())
    repository.commit("Merge", {"a.txt": "1\nboth\n3\n"})


def test_the_repository_is_not_written_to(repository: Repository) -> None:
    """Reading leaves every file of the repository as it was, also when merges are redone."""
    repository.commit(files={"a.txt": "1\n2\n3\n"})
    _conflict(repository)
    before = {file: file.stat().st_mtime_ns for file in repository.path.rglob("*")}
    read(repository.path)
    assert {file: file.stat().st_mtime_ns for file in repository.path.rglob("*")} == before


def test_a_partial_clone_contacts_nobody(repository: Repository, tmp_path: Path) -> None:
    """Files left at the server are not fetched: their commits are read without content."""
    for i in range(3):
        repository.commit(files={"a.py": f"import m{i}\n"})
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    repository.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{repository.path}", str(clone))
    summary = GitSummary()
    assert len(read(clone, summary)) == 3
    assert summary.missing == 3


def test_replaced_commits_are_read_as_they_were(repository: Repository) -> None:
    """A replace ref cannot show another history than the one that is there."""
    first = repository.commit("one", {"a": "1"})
    second = repository.commit("two", {"a": "2"})
    repository.git("replace", second, first)
    assert second in [event.ref for event in read(repository.path)]


def test_git_variables_of_the_caller_do_not_matter(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a hook, GIT_DIR names another repository than the one asked for."""
    sha = repository.commit(files={"a": "1"})
    other = Repository.new(tmp_path / "other")
    monkeypatch.setenv("GIT_DIR", str(other.path / ".git"))
    assert last(repository.path).ref == sha


def test_stopping_early_leaves_nothing(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader who stops in the middle leaves no folder behind."""
    for i in range(3):
        repository.commit(files={"a": str(i)})
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with contextlib.closing(read_repository(repository.path, now=NOW)) as events:
        next(iter(events))
        assert list((tmp_path / "temporary").iterdir())
    assert not list((tmp_path / "temporary").iterdir())


def test_every_name_is_documented(repository: Repository) -> None:
    """Facts and numbers of events stand in the page about this source."""
    page = (Path(__file__).parents[4] / "docs" / "sources" / "git.md").read_text()
    repository.commit("x\n\nSigned-off-by: Mona <m@x>", {"a.txt": "1\n2\n3\n", "package.json": '"x": "^1.0",\n'})
    _conflict(repository)
    for event in read(repository.path):
        for name in (*event.facts, *event.numbers):
            assert f"`{name}`" in page


def test_reading_twice_gives_the_same(repository: Repository) -> None:
    """The same repository at the same time gives equal events."""
    repository.commit(files={"a.txt": "1\n2\n3\n"})
    _conflict(repository)
    assert read(repository.path) == read(repository.path)


def test_origin_names_the_repository(repository: Repository) -> None:
    """With an origin the entity is OWNER/NAME, without it the folder."""
    repository.commit()
    repository.git("remote", "add", "origin", "git@git.example:acme/pay-service.git")
    assert str(last(repository.path).entity) == "repo:acme/pay-service"
