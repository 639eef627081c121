"""Jobs and roles, started as their manifests say, on Kafka and PostgreSQL, do what the cluster expects of them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.k8s.built import BASE, EXAMPLE, Manifest, main_of, name_of, of_kind
from tests.k8s.conftest import Cluster
from tests.unwonted.running import COMMAND, Running, running

pytestmark = [pytest.mark.service, pytest.mark.kafka, pytest.mark.postgres]

ROLES = of_kind(BASE, "Deployment")


@pytest.fixture(scope="module")
def token(cluster: Cluster) -> str:
    """Return the first token of a cluster, made by its job."""
    return cluster.run("unwonted-token")


@pytest.fixture(scope="module", params=ROLES, ids=name_of)
def role(request: pytest.FixtureRequest, cluster: Cluster, token: str) -> Iterator[tuple[Manifest, Running]]:
    """Yield a role's manifest, and a process with its arguments and environment."""
    assert token.startswith("unw_")
    manifest: Manifest = request.param
    log = cluster.folder / f"{manifest['metadata']['name']}.log"
    with running(log, *main_of(manifest)["args"], env=cluster.environment_of(manifest)) as process:
        yield manifest, process


def test_role_waits_for_the_tables(empty: Cluster) -> None:
    """Before the tables are made a role ends, and says by which command; the cluster starts it again."""
    command, environment = [*COMMAND, *main_of(ROLES[0])["args"]], {**empty.environment_of(ROLES[0])}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=empty.folder, env=environment)
    assert ended.returncode != 0
    assert "unwonted migrate" in ended.stderr


def test_role_answers_its_probes(role: tuple[Manifest, Running]) -> None:
    """It lives at once and is ready soon, at the paths that the cluster asks, without a token."""
    manifest, process = role
    main = main_of(manifest)
    assert process.request(main["livenessProbe"]["httpGet"]["path"]).status == 200
    ready = main["readinessProbe"]["httpGet"]["path"]
    process.eventually(lambda: process.request(ready).status == 200)


def test_role_is_measured(role: tuple[Manifest, Running], token: str) -> None:
    """Its measures, how far the workers are among them, are told to whom shows a token, and to nobody else."""
    _, process = role
    assert process.request("/metrics").status == 401
    told = process.request("/metrics", headers={"Authorization": f"Bearer {token}"}).body
    assert 'unwonted_worker_lag{partition="5"}' in told


def test_role_ends_when_asked(role: tuple[Manifest, Running]) -> None:
    """SIGTERM ends it cleanly."""
    _, process = role
    assert process.stop() == 0, process.log


def test_alerts_are_about_what_is_measured(tmp_path: Path) -> None:
    """Every measure of ours that an alert names is one that a service tells."""
    (rules,) = of_kind(EXAMPLE, "PrometheusRule")
    asked = [rule["expr"] for group in rules["spec"]["groups"] for rule in group["rules"]]
    named = {name for expression in asked for name in re.findall(r"\b(unwonted_\w+)", expression)}
    with running(tmp_path / "log", "serve", "--port", "0", "--data", str(tmp_path / "data")) as process:
        measured = set(re.findall(r"^# TYPE (\S+)", process.get("/metrics"), re.MULTILINE))
    assert named <= measured
    assert named
