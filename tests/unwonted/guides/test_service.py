"""Guides against a running service: what they tell to type is taken, and a trial of every sender too."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.unwonted.running import COMMAND, Running, running
from unwonted.cli import app
from unwonted.guides import GUIDES, steps_of
from unwonted.guides.trial import TRIALS
from unwonted.settings import Settings, variable

pytestmark = pytest.mark.service
SECRET = "5" * 64
SECRETS = {
    variable(name): SECRET for name in Settings.model_fields if name.startswith("hooks_") and name.endswith("_secret")
}
TYPED = ("splunk-hec", "jenkins", "cdevents", "joblog", "lockfile", "sbom", "action-refs", "osv", "event")
"""Guides that end with a command to type."""


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """Yield a service that has every sender's secret, and a token of it."""
    folder = tmp_path_factory.mktemp("service")
    environment = {**os.environ, "UNWONTED_DATA": str(folder / "data")}
    told = subprocess.run(
        [*COMMAND, "token", "create", "pipelines", "--scope", "ingest,read"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    with running(folder / "log", "serve", "--port", "0", env={**SECRETS, "UNWONTED_DATA": str(folder / "data")}) as it:
        yield it, told.stdout.strip()


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_is_taken(token: tuple[Running, str], name: str, tmp_path: Path) -> None:
    """The command at a guide's end, in bash, brings events of its source that can be looked up."""
    service, key = token
    steps = steps_of(GUIDES[name], service.url, SECRET)
    shown = [
        text for text in re.findall(r"```sh\n(.*?)```", steps, re.DOTALL) if "curl" in text and service.url in text
    ]
    assert shown
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", shown[-1]],
        cwd=tmp_path,
        env={**os.environ, "UNWONTED_TOKEN": key},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer.get("code") == 0 or (len(answer["events"]) == 1 and not answer.get("unreadable")), answer


@pytest.mark.parametrize("name", TRIALS)
def test_trial_is_taken(token: tuple[Running, str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery as each system would send it, with its own proof, is taken and becomes one event."""
    service, key = token
    for setting, value in SECRETS.items():
        monkeypatch.setenv(setting, value)
    words = ["source", "test", name, "--url", service.url, "--token", key, "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["status"] in {200, 202}
    assert told.get("code") == 0 or len(told["events"]) == 1


def test_trial_with_a_wrong_secret(token: tuple[Running, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that differs is told as such, and ends the command with 1."""
    service, _ = token
    monkeypatch.setenv("UNWONTED_HOOKS_GITHUB_SECRET", "another")
    done = CliRunner().invoke(app, ["source", "test", "github", "--url", service.url])
    assert done.exit_code == 1
    assert "401" in done.stderr
    assert "UNWONTED_HOOKS_GITHUB_SECRET" in done.stderr


def test_trial_where_nobody_answers() -> None:
    """A service that is not there is told as such."""
    done = CliRunner().invoke(app, ["source", "test", "event", "--url", "http://127.0.0.1:9"])
    assert done.exit_code == 1
    assert "nobody answers" in done.stderr
