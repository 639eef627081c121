"""What workflows refer to is read from YAML, whoever writes it, and told by how it is pinned."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import DeliveryError
from collector.snapshot import Packages
from collector.workflow_refs import Reference, references_in
from tests.collector.samples import SNAPSHOT, parse

SHA = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "ab" * 32


@pytest.mark.parametrize(
    ("used", "found"),
    [
        ("actions/checkout@v4", Reference("githubactions", "actions/checkout", "v4", pinned_by="a tag")),
        ("Acme/Setup/sub/path@main", Reference("githubactions", "Acme/Setup", "main", pinned_by="a branch")),
        (f"acme/x@{SHA} # v1", Reference("githubactions", "acme/x", SHA, "", SHA, "a full SHA")),
        ("acme/x/.github/workflows/y.yml@v1", Reference("githubactions", "acme/x", "v1", pinned_by="a tag")),
        ("docker://ghcr.example/acme/y:1.2", Reference("docker", "acme/y", "1.2", "ghcr.example", "", "a tag")),
        (f"docker://y@sha256:{DIGEST}", Reference("docker", "y", "", "", f"sha256-{DIGEST}", "a digest")),
    ],
)
def test_actions(used: str, found: Reference) -> None:
    """An action tells owner and name, its ref as it is written, and what that ref is."""
    assert references_in(f"jobs:\n  a:\n    steps:\n      - uses: {used}\n") == [found]


@pytest.mark.parametrize("used", ["./.github/actions/x", "../x", '"${{ inputs.action }}"', "Dockerfile", "5", "[a]"])
def test_what_is_nobody_elses(used: str) -> None:
    """Paths in the repository, expressions and what is no reference are left out."""
    assert references_in(f"jobs:\n  a:\n    steps:\n      - uses: {used}\n") == []


def test_images() -> None:
    """Images of jobs, containers and services are found, each with registry and tag."""
    text = """
jobs:
  a: {container: "node:22", services: {db: {image: "reg.example:5000/team/db:17"}}}
  b: {image: {name: "registry.example/tool"}, services: [redis]}
"""
    assert [(one.host, one.name, one.version) for one in references_in(text)] == [
        ("", "node", "22"),
        ("reg.example:5000", "team/db", "17"),
        ("registry.example", "tool", ""),
        ("", "redis", ""),
    ]


def test_includes() -> None:
    """What GitLab includes from projects, components and addresses is found; its own files and templates are not."""
    text = f"""
include:
  - local: /x.yml
  - template: Security.yml
  - project: acme/pipelines
    ref: {SHA}
  - component: gitlab.example/acme/scan/deep@1.0
  - remote: https://ci.example/a.yml?x=1
  - https://ci.example/b.yml
"""
    assert references_in(text) == [
        Reference("gitlab", "acme/pipelines", SHA, "", SHA, "a full SHA"),
        Reference("gitlab", "acme/scan/deep", "1.0", "gitlab.example", "", "a tag"),
        Reference("generic", "ci.example/a.yml", "", "ci.example", "", "nothing"),
        Reference("generic", "ci.example/b.yml", "", "ci.example", "", "nothing"),
    ]


def test_text_is_no_reference() -> None:
    """Comments and scripts that look like references are none."""
    text = "jobs:\n  a:\n    # uses: evil/one@v1\n    steps:\n      - run: |\n          uses: evil/two@v1\n"
    assert references_in(text) == []


def test_an_event_of_references() -> None:
    """An upload is an event with a snapshot of the file, and with what its tags stood for where that is told."""
    text = "jobs: {a: {steps: [{uses: actions/checkout@v4}, {uses: acme/x@main}]}}"
    path = ".github/workflows/ci.yml"
    body = {"text": text, "resolved": {"actions/checkout@v4": SHA}}
    event = parse("action_refs", body, {**SNAPSHOT, "Unwonted-Path": path})
    assert str(event.entity) == f"workflow:acme/pay:{path}"
    assert isinstance(event.snapshot, Packages)
    assert [(pin.purl, pin.version, pin.integrity, pin.is_direct) for pin in event.snapshot.pinned] == [
        ("pkg:githubactions/actions/checkout", "v4", SHA, True),
        ("pkg:githubactions/acme/x", "main", "", True),
    ]
    assert (event.snapshot.place, event.facts["pinned_by"]) == (path, ["a tag", "a branch"])
    assert (event.facts["action_sha"], event.numbers["unpinned"]) == ([f"actions/checkout@v4#{SHA}"], 1.0)


@pytest.mark.parametrize("body", ["[1]", "a: [", "just text", "", '{"body": 1}', {"text": 5}, 7, None])
def test_no_workflow(body: object) -> None:
    """What is no workflow is refused with a reason."""
    with pytest.raises(DeliveryError, match=r"workflow|YAML"):
        parse("action_refs", body)


_BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
_MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))


@pytest.mark.parametrize("text", [_BOMB, _MERGES, "a: " + "[" * 100_000, "? " * 100_000, "a: " + "1:" * 100_000 + "1"])
def test_hostile_yaml(text: str) -> None:
    """Aliases that multiply, deep nesting and endless numbers cost no more than their length."""
    started = time.monotonic()
    with contextlib.suppress(DeliveryError):
        references_in(text)
    assert time.monotonic() - started < 20.0


@given(st.text() | st.text(alphabet="uses: image@/-[]{}&*<|>\n 'v1#"))
def test_any_text(text: str) -> None:
    """Any text gives references or one typed error."""
    with contextlib.suppress(DeliveryError):
        references_in(text)
