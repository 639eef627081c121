"""Commits and files that may be any bytes neither stop a reading nor slow it down."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.sources.git.code import calls_in, imports_in
from collector.sources.git.commit import changes_of, commit_of, person_of
from collector.sources.git.content import Added, Said, listen
from collector.sources.git.opaque import opaque_in
from collector.sources.git.patch import files_of, own_files_of
from collector.sources.git.people import subject_shape
from collector.zones import ZONES
from tests.collector.sources.git.repository import NOW, Repository, facts, last, read


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository with one commit."""
    made = Repository.new(tmp_path / "odd")
    made.commit(files={"a": "1"})
    return made


@pytest.mark.parametrize(
    "people",
    [
        b"author A <a@x> 1700000000 +9999\ncommitter A <a@x> 1700000000 +9999",
        b"author A <a@x> -86400 +0000\ncommitter A <a@x> -86400 +0000",
        b"author A <a@x> 99999999999 +0000\ncommitter A <a@x> 99999999999 -7777777",
        b"author \xff\xfe <\xe9@x> 1700000000 +0000\ncommitter <> 1700000000 +0000",
        b"author <<<>>> 17\ncommitter null <null> 1700000000 +0000",
        b"author A <a@x>\ncommitter A <a@x> x y",
    ],
)
def test_any_person_and_date_is_an_event(repository: Repository, people: bytes) -> None:
    """Impossible zones, dates and addresses are read, and time stays between the parents and now."""
    parent = repository.git("rev-parse", "HEAD").strip()
    sha = repository.store(b"tree %s\nparent %s\n%s\n\nodd\n" % (repository.tree().encode(), parent, people))
    first, event = read(repository.path)
    assert event.ref == sha
    assert first.observed_at <= event.observed_at <= NOW
    assert abs(event.utc_offset) <= 14 * 60


def test_broken_encodings_become_text(repository: Repository) -> None:
    """Paths, names and messages that are no UTF-8, or hold control characters, can be stored and shown."""
    tree = repository.git(
        "mktree", "-z", stdin=b"100644 blob %s\td\xe9j\xe0\nvu\x1b[2J\0" % repository.git("rev-parse", "HEAD:a").strip()
    )
    who = b"M\xfcller\x1b]0;x\x07 <m@x> 1700000500 +0000"
    repository.store(
        b"tree %s\nauthor %s\ncommitter %s\nencoding ISO-8859-1\n\nGr\xfc\xdfe\n" % (tree.strip(), who, who)
    )
    event = next(event for event in read(repository.path) if event.links["author_name"].startswith("M"))
    text = repr((event.facts, event.links))
    text.encode("utf-8")
    assert "\x1b" not in text
    assert "\\x1b" not in text


def test_a_declared_encoding_is_used(repository: Repository) -> None:
    """A message in another encoding is read in it."""
    who = b"M <m@x> 1700000500 +0000"
    tree = repository.tree().encode()
    repository.store(
        b"tree %s\nauthor %s\ncommitter %s\nencoding ISO-8859-1\n\nGr\xfc\xdfe aus Ulm\n" % (tree, who, who)
    )
    assert any("grüße" in event.facts["message_shape"] for event in read(repository.path))


def test_file_names_cannot_forge_commits(repository: Repository) -> None:
    """Names that look like git's own output stay names."""
    sha = repository.git("rev-parse", "HEAD").decode().strip()
    names = [f"x\n{sha}\n", f"{sha}", "diff --git a/x b/x", ":100644 100644 x", "-", "*"]
    repository.commit(files={f"d/{name}": f"{sha}\ndiff --git a/q b/q\n+++ b/q\n" for name in names})
    event = last(repository.path)
    assert len(read(repository.path)) == 2
    assert event.numbers["files"] == len(names)
    assert event.numbers["added_lines"] == 3 * len(names)


def test_a_huge_file_does_not_fill_memory(repository: Repository) -> None:
    """A commit too large to compare keeps its sensitive files' content."""
    workflow = "on: pull_request_target\njobs:\n  a:\n    runs-on: self-hosted\n"
    repository.commit(files={"data.txt": "0123456789\n" * 600_000, ".github/workflows/a.yml": workflow})
    event = last(repository.path)
    assert facts(event, "unread") == {"too large to compare"}
    assert facts(event, "content.trigger") == {"pull_request_target"}
    assert event.numbers["largest_blob_bytes"] == 6_600_000


def test_a_huge_file_does_not_hide_a_small_change(repository: Repository) -> None:
    """The smallest source files of a commit too large to compare are read all the same."""
    repository.commit(files={"data.txt": "0123456789\n" * 600_000, "index.js": "require('child_process')\n"})
    event = last(repository.path)
    assert facts(event, "content.import") == {"child_process"}
    assert "added_lines" not in event.numbers


def test_submodules_links_and_modes_are_seen(repository: Repository) -> None:
    """A submodule, a symbolic link and an executable bit are facts."""
    (repository.path / "run").write_text("echo\n")
    (repository.path / "run").chmod(0o755)
    (repository.path / "link").symlink_to("/etc/passwd")
    repository.git("update-index", "--add", "--cacheinfo", "160000," + "1" * 40 + ",lib")
    repository.git("add", "run", "link")
    repository.git("commit", "-q", "-m", "x", variables=repository.dates())
    assert facts(last(repository.path), "mode") == {"a submodule", "a symbolic link", "executable"}


def test_a_renamed_file_is_one_gone_and_one_new(repository: Repository) -> None:
    """Moving a script into the workflows is an addition there."""
    repository.commit(files={"x.yml": "on: push\n"})
    repository.commit(files={"x.yml": None, ".github/workflows/x.yml": "on: push\n"})
    event = last(repository.path)
    assert (facts(event, "new_path_zone"), facts(event, "deleted_path_zone")) == ({"ci"}, {"config"})


@given(stored=st.binary(max_size=400))
def test_any_commit_object_is_read(stored: bytes) -> None:
    """No bytes in a commit object raise."""
    commit = commit_of("0" * 40, stored)
    assert commit.author.key


@given(name=st.binary(max_size=60), email=st.binary(max_size=60), date=st.integers(-(2**40), 2**40))
def test_any_person_is_read(name: bytes, email: bytes, date: int) -> None:
    """No name or address raises, and none keeps a control character."""
    person = person_of(b"%s <%s> %d +0100" % (name, email, date))
    assert not any(ord(c) < 32 for c in person.name + person.email)


@given(tokens=st.lists(st.binary(max_size=80), max_size=8))
def test_any_listing_is_read(tokens: list[bytes]) -> None:
    """No tokens in place of git's listing raise, and reading goes on behind them."""
    _, at = changes_of([b":" + token for token in tokens], 0)
    assert at <= len(tokens)


@given(patch=st.binary(max_size=600))
def test_any_patch_is_read(patch: bytes) -> None:
    """No bytes in place of a diff raise, and lines are counted as they are split."""
    files = [*files_of(b"diff --git a b\n" + patch), *own_files_of(b"diff --cc a\n" + patch, 2)]
    assert all(file.added.count(b"\n") == max(file.added_lines - 1, 0) for file in files)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    added=st.binary(max_size=2000) | st.text(max_size=800).map(lambda text: text.encode("utf-8", "replace")),
    zone=st.sampled_from(ZONES),
    name=st.sampled_from(["a.yml", "package.json", "setup.py", "go.sum", "x.sh", "CLAUDE.md", "a.js"]),
)
def test_any_content_makes_bounded_facts(added: bytes, zone: str, name: str) -> None:
    """Whatever a file says, a fact has at most 64 values of at most 120 characters."""
    said = Said()
    listen(Added(name, zone, added, added[::-1]), said)
    for values in said.facts().values():
        assert len(values) <= 64
        assert all(0 < len(value) <= 120 for value in values)


@pytest.mark.parametrize(
    "text",
    [
        b"\n" * 65000,
        b"```\n" * 16000,
        b"\n ```" * 13000,
        b"`" * 65000,
        b" " * 65000,
        b"<" * 65000,
        b'"' * 65000,
        b"a" * 65000,
        b"exec(" * 13000,
        b"curl " * 13000,
        b"curl a.b " * 7000,
        b"${{" * 21000,
        b"secrets." * 8000,
        b"https://" * 8000,
        b"A=1 " * 16000,
        b"- run: " * 9000,
        b"a:\n" * 21000,
        b"0x1," * 16000,
        b"\\x41" * 16000,
        b"import " * 9000,
    ],
)
def test_no_content_is_slow(text: bytes) -> None:
    """Text made to exhaust a pattern is looked through in the time of ordinary text."""
    started = time.process_time()
    places = [("ci", "a.yml"), ("manifest", "package.json"), ("lock", "yarn.lock"), ("manifest", "a.toml")]
    for zone, name in [*places, ("agent", "CLAUDE.md"), ("hook", "x.sh"), ("source", "a.go")]:
        listen(Added(name, zone, text, text), Said())
    list(opaque_in(text, max(map(len, text.split(b"\n")))))
    person_of(text)
    calls_in(text)
    imports_in(text)
    subject_shape(text.decode())
    assert time.process_time() - started < 4
