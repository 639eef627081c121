"""docs/kubernetes.md tells to make what the manifests expect, and names what exists."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import pytest

from tests.architecture.repository import ROOT, read
from tests.k8s.built import BASE, EXAMPLE, built, main_of, of_kind, pod_of, workloads
from tests.k8s.test_agreement import parsed

DOCUMENT = read("docs/kubernetes.md")
TYPED = [line for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL) for line in block.splitlines()]
_MADE = r"create (?:secret generic|configmap) (\S+)"
_KEY = r"--from-(?:file|literal)=([\w.-]+)"
MADE = {(name, key) for line in TYPED for name in re.findall(_MADE, line) for key in re.findall(_KEY, line)}
_SECRETS = "/run/secrets/"
_KINDS = {"job": "Job", "deploy": "Deployment", "svc": "Service"}


def expected() -> set[tuple[str, str]]:
    """Return the keys of secrets and maps that pods read and no manifest makes."""
    found = {("unwonted-signing-key", "models.key"), ("unwonted-model-keys", "models.pub")}
    (access,) = of_kind(EXAMPLE, "TriggerAuthentication")
    found |= {(one["name"], one["key"]) for one in access["spec"]["secretTargetRef"]}
    for workload in workloads(EXAMPLE):
        volumes = {one["name"]: one.get("secret", {}).get("secretName") for one in pod_of(workload)["volumes"]}
        mounts = {one["mountPath"]: volumes[one["name"]] for one in main_of(workload)["volumeMounts"]}
        paths = [PurePosixPath(one["value"]) for one in main_of(workload)["env"] if one["value"].startswith(_SECRETS)]
        found |= {(mounts[str(path.parent)], path.name) for path in paths}
    return found


def test_every_secret_is_made() -> None:
    """Whoever follows the document has every secret and map that a pod mounts, with the keys it reads."""
    assert {*expected(), ("unwonted-metrics-token", "token")} == MADE
    mounted = {
        one["secret"]["secretName"]
        for found in workloads(EXAMPLE)
        for one in pod_of(found)["volumes"]
        if "secret" in one
    }
    mounted |= {
        one["configMap"]["name"]
        for found in workloads(EXAMPLE)
        for one in pod_of(found)["volumes"]
        if "configMap" in one
    }
    assert mounted == {name for name, _ in expected()}


@pytest.mark.parametrize(("kind", "name"), sorted(set(re.findall(r"(?<![.\w])(job|deploy|svc)/([\w-]+)", DOCUMENT))))
def test_what_is_named_exists(kind: str, name: str) -> None:
    """A job, deployment or service in the document is one of ours."""
    assert name in {found["metadata"]["name"] for found in of_kind(BASE, _KINDS[kind])}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(unwonted-[a-z-]+)`", DOCUMENT))))
def test_name_is_one_of_ours(name: str) -> None:
    """What is called like ours is an object of the base, or a secret that the document makes."""
    there = {re.sub(r"-[a-z0-9]{10}$", "", found["metadata"]["name"]) for found in built(BASE)}
    assert name in there | {made for made, _ in MADE}


@pytest.mark.parametrize("words", sorted({line.split(" -- unwonted ")[1] for line in TYPED if " -- unwonted " in line}))
def test_command_in_a_pod_exists(words: str) -> None:
    """What is run in a pod is a command."""
    assert parsed(words.partition(" >")[0].split())[0]


@pytest.mark.parametrize("path", sorted(set(re.findall(r"\bk8s/[\w/.-]+\w", DOCUMENT)) - {"k8s/overlays/mine"}))
def test_path_exists(path: str) -> None:
    """A file or folder that is named is there."""
    assert (ROOT / path).exists()
