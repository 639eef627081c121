"""No pod may do more than it must: the rules of Kubernetes' profile `restricted`, and some of our own."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.k8s.built import (
    BASE,
    EXAMPLE,
    Manifest,
    built,
    component_of,
    containers_of,
    name_of,
    of_kind,
    pod_of,
    texts,
    workloads,
)
from unwonted.settings import secret_names, variable

VOLUMES = frozenset({"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected"})
"""Kinds of volumes that the profile allows, beside secrets."""
USER = 10001
EVERY = [*workloads(BASE), *workloads(EXAMPLE)]


def breaches(pod: Manifest) -> Iterator[str]:
    """Yield each rule that a pod breaks."""
    security = pod.get("securityContext", {})
    yield from (name for name in ("hostNetwork", "hostPID", "hostIPC") if pod.get(name))
    if security.get("runAsNonRoot") is not True or security.get("runAsUser") != USER:
        yield "runs as root, or as somebody else"
    if security.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "seccomp"
    if pod.get("automountServiceAccountToken") is not False:
        yield "token of the cluster"
    if pod.get("enableServiceLinks") is not False:
        yield "variables of the cluster"
    for volume in pod.get("volumes", ()):
        yield from (f"volume {kind}" for kind in set(volume) - VOLUMES - {"name", "secret"})
    for container in containers_of(pod):
        yield from _breaches(container)


def _breaches(container: Manifest) -> Iterator[str]:
    security = container.get("securityContext", {})
    if security.get("privileged") or security.get("allowPrivilegeEscalation") is not False:
        yield "privileges"
    if security.get("capabilities") != {"drop": ["ALL"]}:
        yield "capabilities"
    if security.get("readOnlyRootFilesystem") is not True:
        yield "root is writable"
    if set(security) - {"allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem", "privileged"}:
        yield "says otherwise than its pod"
    if any("hostPort" in port for port in container.get("ports", ())):
        yield "port of the node"
    resources = container.get("resources", {})
    if not {"cpu", "memory"} <= set(resources.get("requests", {})) or "memory" not in resources.get("limits", {}):
        yield "resources"


@pytest.mark.parametrize("workload", EVERY, ids=name_of)
def test_every_pod_is_restricted(workload: Manifest) -> None:
    """Nobody in particular, who may do nothing, and writes to its own folders only."""
    assert not list(breaches(pod_of(workload)))


Edit = Callable[[Any], object]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda pod: pod.update(hostNetwork=True), "hostNetwork"),
        (lambda pod: pod["securityContext"].update(runAsNonRoot=False), "runs as root, or as somebody else"),
        (lambda pod: pod["securityContext"].pop("runAsUser"), "runs as root, or as somebody else"),
        (lambda pod: pod["securityContext"].update(seccompProfile={"type": "Unconfined"}), "seccomp"),
        (lambda pod: pod.pop("automountServiceAccountToken"), "token of the cluster"),
        (lambda pod: pod.pop("enableServiceLinks"), "variables of the cluster"),
        (lambda pod: pod["volumes"].append({"name": "node", "hostPath": {"path": "/"}}), "volume hostPath"),
        (lambda pod: pod["containers"][0]["securityContext"].update(privileged=True), "privileges"),
        (lambda pod: pod["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"), "privileges"),
        (lambda pod: pod["containers"][0]["securityContext"]["capabilities"].update(add=["NET_RAW"]), "capabilities"),
        (lambda pod: pod["containers"][0]["securityContext"].pop("readOnlyRootFilesystem"), "root is writable"),
        (lambda pod: pod["containers"][0]["securityContext"].update(runAsUser=0), "says otherwise than its pod"),
        (lambda pod: pod["initContainers"][0].pop("securityContext"), "capabilities"),
        (lambda pod: pod["containers"][0]["ports"][0].update(hostPort=80), "port of the node"),
        (lambda pod: pod["containers"][0].pop("resources"), "resources"),
    ],
)
def test_breach_is_found(edit: Edit, told: str) -> None:
    """Each rule is held: a pod that breaks it is told."""
    (trainer,) = [found for found in workloads() if component_of(found) == "trainer"]
    pod = copy.deepcopy(dict(pod_of(trainer)))
    edit(pod)
    assert told in list(breaches(pod))


def test_namespace_refuses_others() -> None:
    """The cluster itself holds the profile in our namespace."""
    (namespace,) = of_kind(BASE, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {found["metadata"].get("namespace", "unwonted") for found in built(EXAMPLE)} == {"unwonted"}


def test_everyone_is_somebody_else() -> None:
    """Every workload has an account of its own, which may do nothing and whose token nobody is given."""
    accounts = {found["metadata"]["name"]: found for found in of_kind(BASE, "ServiceAccount")}
    assert sorted(accounts) == sorted(pod_of(found)["serviceAccountName"] for found in workloads())
    assert all(found["automountServiceAccountToken"] is False for found in accounts.values())
    assert not of_kind(EXAMPLE, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")


def test_no_secret_is_told() -> None:
    """Manifests name where secrets are, and hold none."""
    assert not of_kind(EXAMPLE, "Secret")
    told = {one["name"] for found in EVERY for one in pod_of(found)["containers"][0]["env"]}
    told |= {name for found in of_kind(EXAMPLE, "ConfigMap") for name in found["data"]}
    assert not told & {variable(name) for name in secret_names()}
    assert not [text for found in built(EXAMPLE) for text in texts(found) if "://" in text and "@" in text]


def test_only_the_trainer_can_sign() -> None:
    """The private key goes to who trains; whoever serves reads versions and public keys, and writes neither."""
    signing = [component_of(found) for found in workloads() if "unwonted-signing-key" in set(texts(found))]
    assert signing == ["trainer"]
    for found in workloads():
        mounts = {one["mountPath"]: one for one in pod_of(found)["containers"][0]["volumeMounts"]}
        kept = [mounts[path] for path in ("/var/lib/unwonted/models", "/var/lib/unwonted/keys") if path in mounts]
        assert component_of(found) == "trainer" or all(one.get("readOnly") for one in kept)
