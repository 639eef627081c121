"""Zones put paths where a change there can do what the zone says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.zones import ZONES, zone_of


@pytest.mark.parametrize(
    ("path", "zone"),
    [
        (".github/workflows/release.yml", "ci"),
        ("services/pay/.gitlab-ci.yml", "ci"),
        (".circleci/config.yml", "ci"),
        ("ci/Jenkinsfile.release", "ci"),
        (".github/actions/setup/index.js", "ci"),
        (".github/CODEOWNERS", "ci"),
        (".github/scripts/check/main.go", "ci"),
        ("_postinstall.js", "build"),
        ("scripts/setup.mjs", "build"),
        (".vscode/tasks.json", "hook"),
        (".githooks/pre-push", "hook"),
        (".npmrc", "hook"),
        (".cursor/rules/a.mdc", "agent"),
        ("AGENTS.md", "agent"),
        ("Cargo.lock", "lock"),
        ("requirements/dev.txt", "manifest"),
        ("constraints-3.11.txt", "manifest"),
        ("m4/build-to-host.m4", "build"),
        ("Dockerfile.prod", "build"),
        ("scripts/publish.sh", "build"),
        ("tests/files/bad-3-corrupt_lzma2.xz", "binary"),
        ("model.safetensors", "binary"),
        ("tests/data/logo.PNG", "media"),
        ("src/pay/pay_test.go", "test"),
        ("docs/index.rst", "docs"),
        ("LICENSE", "docs"),
        ("deploy/values.yaml", "config"),
        ("src/main.rs", "source"),
        ("", "source"),
    ],
)
def test_known_paths(path: str, zone: str) -> None:
    """A path people know lies in the zone they expect."""
    assert zone_of(path) == zone


@given(st.text())
def test_any_text_has_a_zone(path: str) -> None:
    """Whatever bytes a repository calls a path, it gets one of the closed set of zones."""
    assert zone_of(path) in ZONES
