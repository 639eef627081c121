"""What stands for a cluster here: the manifests' commands and environments, on a real broker and a real database."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.k8s.built import BASE, Manifest, environment_of, main_of, workloads
from tests.services.kafka import kafka, new_prefix
from tests.services.postgres import Server, postgres
from tests.unwonted.running import COMMAND
from unwonted.settings import secret_names, variable

__all__ = ["cluster", "empty", "kafka", "postgres"]

_ELSEWHERE = {"HOME", "NUMBA_CACHE_DIR"}
"""What is set for a root that is read-only; here the machine's own serves."""


@dataclass(frozen=True)
class Cluster:
    """Where things are here that manifests expect in a cluster."""

    folder: Path
    stream: str
    database: str

    def environment_of(self, manifest: Manifest) -> Mapping[str, str]:
        """Return the environment a manifest gives, with addresses that exist here, and on loopback."""
        told = {name: value for name, value in environment_of(manifest, BASE).items() if name not in _ELSEWHERE}
        for name in secret_names():
            if (file := f"{variable(name)}_FILE") in told:
                told[file] = str(self._secret(name))
        here = {"UNWONTED_STREAM": self.stream, "UNWONTED_HOST": "127.0.0.1", "UNWONTED_PORT": "0"}
        data = self.folder / manifest["metadata"]["name"]
        return {**told, **{name: value for name, value in here.items() if name in told}, "UNWONTED_DATA": str(data)}

    def run(self, name: str) -> str:
        """Run a job as its manifest says; return what it prints."""
        (job,) = [found for found in workloads(BASE) if found["metadata"]["name"] == name]
        command = [*COMMAND, *main_of(job)["args"]]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self.folder, env={**self.environment_of(job)}
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _secret(self, name: str) -> Path:
        path = self.folder / name
        path.write_text(self.database if name == "database" else "a secret of the tests", encoding="utf-8")
        return path


def _new(postgres: Server, kafka: str, folder: Path) -> Cluster:
    database = postgres.new_database().render_as_string(hide_password=False)
    return Cluster(folder, f"kafka://{kafka}/?topic_prefix={new_prefix()}&partitions=6", database)


@pytest.fixture
def empty(postgres: Server, kafka: str, tmp_path: Path) -> Cluster:
    """Return a cluster whose broker has no topic, and whose database no table."""
    return _new(postgres, kafka, tmp_path)


@pytest.fixture(scope="module")
def cluster(postgres: Server, kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """Return a cluster whose tables were made by its job."""
    made = _new(postgres, kafka, tmp_path_factory.mktemp("cluster"))
    made.run("unwonted-migrate")
    return made
