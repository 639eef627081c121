"""Every manifest is what its schema says, without a cluster; planted faults are found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.k8s.built import BASE, EXAMPLE, K8S, Manifest, built, name_of

OLDEST, NEWEST = "1.30", "1.37"
PLANTED = [found for found in yaml.safe_load_all(Path(__file__).with_name("planted.yaml").read_text()) if found]
CUSTOM = {"ScaledObject", "TriggerAuthentication", "PodMonitor", "PrometheusRule"}
"""Kinds that the cluster learns from operators: `make conformance` checks them by the operators' schemas."""


def fault_in(manifest: Manifest, version: str = NEWEST) -> str:
    """Return where an object is not what its kind's schema says, and why; nothing where it is."""
    try:
        kubernetes_validate.validate(manifest, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(str(part) for part in error.absolute_path)}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError as error:
        return str(error.message)
    return ""


def own(folder: Path) -> Sequence[Manifest]:
    """Return the objects whose kinds every cluster knows."""
    return [found for found in built(folder) if found["kind"] not in CUSTOM]


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("manifest", own(BASE), ids=name_of)
def test_base_is_valid(manifest: Manifest, version: str) -> None:
    """No field is unknown, missing or of another type, in the oldest and the newest Kubernetes."""
    assert not fault_in(manifest, version)


@pytest.mark.parametrize("manifest", own(EXAMPLE), ids=name_of)
def test_example_is_valid(manifest: Manifest) -> None:
    """The components and the example's patches leave every object valid."""
    assert not fault_in(manifest)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted["metadata"]["name"])
def test_planted_fault_is_found(planted: Manifest) -> None:
    """What a mistyped manifest would be is told, and where."""
    assert planted["metadata"]["annotations"]["fault"] in fault_in(planted)


def test_repaired_plants_are_valid() -> None:
    """The plants are wrong in nothing but what is planted: as good ones they pass."""
    good = yaml.safe_load(Path(__file__).with_name("planted.yaml").read_text().split("\n---\n")[0])
    good["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"] = good["spec"]["template"]["spec"][
        "containers"
    ][0]["ports"][0].pop("containerPrt")
    assert not fault_in(good)


def test_every_file_is_built() -> None:
    """No manifest lies about that nothing uses."""
    told = [
        path.parent / name
        for path in K8S.rglob("kustomization.yaml")
        for name in (
            *yaml.safe_load(path.read_text()).get("resources", ()),
            *(patch["path"] for patch in yaml.safe_load(path.read_text()).get("patches", ()) if "path" in patch),
        )
    ]
    files = {path for path in K8S.rglob("*.yaml") if path.name != "kustomization.yaml"}
    assert files == {path for path in told if path.suffix == ".yaml"}


def test_every_component_is_in_the_example() -> None:
    """The example takes every component, so every one is built and checked."""
    told = yaml.safe_load((EXAMPLE / "kustomization.yaml").read_text())["components"]
    assert {Path(name).name for name in told} == {path.name for path in (K8S / "components").iterdir()}
