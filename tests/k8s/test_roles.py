"""Each role, started as its manifest starts it, answers its probes, and measures what the alerts are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.k8s.built import EXAMPLE, Manifest, environment_of, main_of, name_of, of_kind
from tests.unwonted.running import Running, running
from unwonted.settings import PREFIX

pytestmark = pytest.mark.service

ROLES = of_kind(EXAMPLE, "Deployment")


@pytest.fixture(scope="module", params=ROLES, ids=name_of)
def role(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Manifest, Running]]:
    """Yield a role's manifest, and a process with its arguments and environment, on loopback."""
    manifest: Manifest = request.param
    folder = tmp_path_factory.mktemp("role")
    with running(folder / "log", *main_of(manifest)["args"], env=_here(manifest, folder)) as process:
        yield manifest, process


def _here(manifest: Manifest, folder: Path) -> dict[str, str]:
    """Return a role's environment, with what only a cluster has replaced by what is here."""
    told = environment_of(manifest, EXAMPLE)
    secrets = {name for name in told if name.startswith(PREFIX) and name.endswith("_FILE")}
    for name in secrets - {"UNWONTED_DATABASE_FILE"}:
        (folder / name).write_text("a secret of the tests")
        told[name] = str(folder / name)
    del told["UNWONTED_DATABASE_FILE"], told["UNWONTED_STREAM"], told["HOME"], told["NUMBA_CACHE_DIR"]
    return {**told, "UNWONTED_DATA": str(folder / "data"), "UNWONTED_HOST": "127.0.0.1", "UNWONTED_PORT": "0"}


def test_role_answers_its_probes(role: tuple[Manifest, Running]) -> None:
    """It lives at once and is ready soon, at the paths that the cluster asks."""
    manifest, process = role
    main = main_of(manifest)
    assert process.request(main["livenessProbe"]["httpGet"]["path"]).status == 200
    ready = main["readinessProbe"]["httpGet"]["path"]
    process.eventually(lambda: process.request(ready).status == 200)


def test_role_ends_when_asked(role: tuple[Manifest, Running]) -> None:
    """SIGTERM ends it cleanly, after it was measured."""
    _, process = role
    measured = set(re.findall(r"^# TYPE (\S+)", process.get("/metrics"), re.MULTILINE))
    assert _alerted() <= measured
    assert process.stop() == 0, process.log


def _alerted() -> set[str]:
    """Return our measures that alerts are about."""
    (rules,) = of_kind(EXAMPLE, "PrometheusRule")
    told = [rule["expr"] for group in rules["spec"]["groups"] for rule in group["rules"]]
    return {name for expression in told for name in re.findall(r"\b(unwonted_\w+)", expression)}
