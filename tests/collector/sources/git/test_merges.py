"""A merge is compared with what git makes of its parents."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.event import Event
from tests.collector.sources.git.repository import Repository, facts, last


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository whose branch two can be merged into main."""
    made = Repository.new(tmp_path / "app")
    made.commit(files={"a.txt": "".join(f"{i}\n" for i in range(30)), "setup.py": "setup()\n"})
    for branch, line in (("one", "0\n"), ("two", "29\n")):
        made.git("checkout", "-q", "-b", branch, "main")
        text = (made.path / "a.txt").read_text().replace(line, f"{branch}\n")
        made.commit(files={"a.txt": text})
    made.git("checkout", "-q", "main")
    made.git("merge", "-q", "--ff-only", "one")
    return made


def merged(repository: Repository, files: dict[str, str | bytes | None], *branches: str) -> Event:
    """Merge branches, change files on the way, and return the merge's event."""
    repository.git("merge", "-q", "--no-ff", "--no-commit", *branches)
    repository.commit(f"Merge branch '{branches[0]}'", files)
    return last(repository.path)


def test_a_clean_merge_changes_nothing_itself(repository: Repository) -> None:
    """A merge that git would make the same touches no file of its own, even one both sides changed."""
    event = merged(repository, {}, "two")
    assert (event.action, event.facts["merge"], event.numbers["files"]) == ("merge", "clean", 0)


def test_an_evil_merge_shows_what_it_adds(repository: Repository) -> None:
    """Lines that neither side has are the merge's own, with their content."""
    event = merged(repository, {"setup.py": "setup()\nexec(b64decode('" + "aGk5" * 60 + "'))\n"}, "two")
    assert event.facts["merge"] == "evil"
    assert facts(event, "commit_path") == {"setup.py"}
    assert "decodes and runs in manifest" in facts(event, "content.blob")
    assert event.numbers["added_lines"] == 1


def test_a_resolved_conflict_is_not_evil(repository: Repository) -> None:
    """Lines written to settle a conflict are told apart from lines slipped in."""
    repository.git("checkout", "-q", "-b", "three", "main~1")
    repository.commit(files={"setup.py": "three()\n"})
    repository.git("checkout", "-q", "main")
    repository.commit(files={"setup.py": "main()\n"})
    repository.git("merge", "-q", "-s", "ours", "--no-commit", "three")
    repository.commit("Merge branch 'three'", {"setup.py": "both()\n"})
    assert last(repository.path).facts["merge"] == "with resolved conflicts"


def test_an_octopus_is_named(repository: Repository) -> None:
    """A merge of more than two sides is one of its own kind, and what it slips in is seen."""
    for name in ("three", "four"):
        repository.git("checkout", "-q", "-b", name, "main")
        repository.commit(files={f"{name}.txt": name})
    repository.git("checkout", "-q", "main")
    event = merged(repository, {"setup.py": "setup()\nimport os\n"}, "three", "four")
    assert event.facts["merge"] == "evil octopus"
    assert facts(event, "content.import") == {"os"}


def test_a_merge_of_a_pull_request_is_reviewed(repository: Repository) -> None:
    """The subject tells a pull request from a merge by hand."""
    repository.git(
        "merge", "-q", "--no-ff", "-m", "Merge pull request #7 from x/two", "two", variables=repository.dates()
    )
    assert last(repository.path).facts["review"] == "a merged pull request"
