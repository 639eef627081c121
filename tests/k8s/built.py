"""The manifests as `kubectl kustomize` builds them, and what the tests look for in them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.architecture.repository import ROOT

K8S = ROOT / "k8s"
BASE, EXAMPLE = K8S / "base", K8S / "overlays" / "example"
Manifest = Mapping[str, Any]

_KUBECTL = Path(sys.executable).with_name("kubectl")
_PODS = ("Deployment", "Job")


@cache
def built(folder: Path) -> Sequence[Manifest]:
    """Return the objects that a kustomization comes to."""
    done = subprocess.run([_KUBECTL, "kustomize", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{folder.relative_to(ROOT)} cannot be built: {done.stderr}"
    assert not done.stderr, done.stderr
    return [found for found in yaml.safe_load_all(done.stdout) if found]


def name_of(manifest: Manifest) -> str:
    """Return kind and name of an object."""
    return f"{manifest['kind']}/{manifest['metadata']['name']}"


def of_kind(folder: Path, *kinds: str) -> Sequence[Manifest]:
    """Return the objects of these kinds."""
    return [found for found in built(folder) if found["kind"] in kinds]


def workloads(folder: Path = BASE) -> Sequence[Manifest]:
    """Return everything that runs pods."""
    return of_kind(folder, *_PODS)


def pod_of(workload: Manifest) -> Manifest:
    """Return the specification of a workload's pods."""
    pod: Manifest = workload["spec"]["template"]["spec"]
    return pod


def containers_of(pod: Manifest) -> Sequence[Manifest]:
    """Return all containers of a pod, those that prepare it first."""
    return [*pod.get("initContainers", ()), *pod["containers"]]


def main_of(workload: Manifest) -> Manifest:
    """Return the container that is Unwonted."""
    (found,) = pod_of(workload)["containers"]
    main: Manifest = found
    return main


def component_of(workload: Manifest) -> str:
    """Return what part of Unwonted a workload is."""
    return str(workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/component"])


def settings_of(folder: Path) -> Mapping[str, str]:
    """Return the settings that every role is given."""
    (found,) = of_kind(folder, "ConfigMap")
    return dict(found["data"])


def environment_of(workload: Manifest, folder: Path = BASE) -> dict[str, str]:
    """Return the environment that the main container starts with."""
    container = main_of(workload)
    told = settings_of(folder) if container.get("envFrom") else {}
    return {**told, **{one["name"]: one["value"] for one in container.get("env", ())}}


def texts(value: object) -> Iterator[str]:
    """Yield every text in a manifest."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value
