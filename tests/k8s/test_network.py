"""Nobody talks to anybody but as a policy says, and every selector finds what it means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.k8s.built import BASE, EXAMPLE, Manifest, built, component_of, name_of, of_kind, workloads

POLICIES = of_kind(EXAMPLE, "NetworkPolicy")
LABELS = {component_of(found): found["spec"]["template"]["metadata"]["labels"] for found in workloads()}


def selected(selector: Mapping[str, Any]) -> set[str]:
    """Return the components whose pods a selector finds."""
    return {component for component, labels in LABELS.items() if _matches(selector, labels)}


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    wanted = selector.get("matchLabels", {})
    listed: Sequence[Mapping[str, Any]] = selector.get("matchExpressions", ())
    assert all(one["operator"] == "In" for one in listed)
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        labels.get(one["key"]) in one["values"] for one in listed
    )


def allowed(component: str, direction: str) -> set[str]:
    """Return the policies that let a component's pods out, or others in."""
    return {
        policy["metadata"]["name"]
        for policy in POLICIES
        if policy["spec"].get(direction) and component in selected(policy["spec"]["podSelector"])
    }


def test_nothing_else() -> None:
    """One policy finds every pod, names both directions and allows nothing."""
    (policy,) = [found for found in of_kind(BASE, "NetworkPolicy") if found["metadata"]["name"] == "nothing-else"]
    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("component", ["receiver", "worker", "api", "trainer", "scheduler"])
def test_roles_reach_what_they_work_on(component: str) -> None:
    """Every role reaches names, the stream and the store, and nothing else; the scheduler what it fetches too."""
    fetched = {"to-what-is-fetched"} if component == "scheduler" else set()
    assert allowed(component, "egress") == {"to-dns", "to-kafka", "to-postgresql"} | fetched


def test_what_is_fetched_lies_outside() -> None:
    """The way out is HTTPS to the internet: not to the cluster, the network around it, or a cloud's metadata."""
    (policy,) = [found for found in POLICIES if found["metadata"]["name"] == "to-what-is-fetched"]
    (rule,) = policy["spec"]["egress"]
    assert [port["port"] for port in rule["ports"]] == [443]
    inside = ("10.1.2.3", "172.20.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "fd00::1", "fe80::1")
    reached = [one["ipBlock"] for one in rule["to"]]
    assert not [address for address in inside if any(_reaches(block, address) for block in reached)]
    assert all(any(_reaches(block, address) for block in reached) for address in ("192.0.2.7", "2001:db8::7"))


def _reaches(block: Mapping[str, Any], address: str) -> bool:
    held = [ip_network(found) for found in (block["cidr"], *block["except"])]
    is_in = [ip_address(address) in found for found in held]
    return is_in[0] and not any(is_in[1:])


@pytest.mark.parametrize("component", ["migrate", "token"])
def test_jobs_reach_the_store_alone(component: str) -> None:
    """A job has no business with the stream, and nobody with a job."""
    assert allowed(component, "egress") == {"to-dns", "to-postgresql"}
    assert not allowed(component, "ingress")


@pytest.mark.parametrize(
    ("component", "policies"),
    [
        ("receiver", {"from-ingress", "from-monitoring"}),
        ("api", {"from-ingress", "from-monitoring"}),
        ("worker", {"from-monitoring"}),
        ("trainer", {"from-monitoring"}),
        ("scheduler", {"from-monitoring"}),
    ],
)
def test_who_is_called(component: str, policies: set[str]) -> None:
    """From outside the receiver and the API are reached; Prometheus reads them all."""
    assert allowed(component, "ingress") == policies


@pytest.mark.parametrize("policy", POLICIES, ids=name_of)
def test_policy_says_who_and_by_which_port(policy: Manifest) -> None:
    """No rule is open to everybody, or for every port, and what it selects exists."""
    assert selected(policy["spec"]["podSelector"])
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in policy["spec"].get(direction, ()):
            assert rule[side]
            assert all(rule[side])
            assert all(port["port"] for port in rule["ports"])


@pytest.mark.parametrize("manifest", of_kind(EXAMPLE, "Service", "PodDisruptionBudget"), ids=name_of)
def test_selector_finds_one(manifest: Manifest) -> None:
    """A service or a budget is for the one workload it is named after."""
    selector = manifest["spec"]["selector"]
    found = selected(selector if "matchLabels" in selector else {"matchLabels": selector})
    assert {f"unwonted-{component}" for component in found} == {manifest["metadata"]["name"]}


@pytest.mark.parametrize("workload", of_kind(BASE, "Deployment"), ids=name_of)
def test_workload_finds_its_own_pods(workload: Manifest) -> None:
    """A workload selects its own pods, and spreads those."""
    mine = {component_of(workload)}
    assert selected(workload["spec"]["selector"]) == mine
    spread = workload["spec"]["template"]["spec"].get("topologySpreadConstraints", ())
    assert all(selected(one["labelSelector"]) == mine for one in spread)
    assert bool(spread) == (workload["spec"]["replicas"] > 1)


@pytest.mark.parametrize("scaler", of_kind(EXAMPLE, "HorizontalPodAutoscaler", "ScaledObject"), ids=name_of)
def test_scaler_has_what_it_scales_to_itself(scaler: Manifest) -> None:
    """What scales names a workload that says no number of its own."""
    deployments = {found["metadata"]["name"]: found for found in built(EXAMPLE) if found["kind"] == "Deployment"}
    assert "replicas" not in deployments[scaler["spec"]["scaleTargetRef"]["name"]]["spec"]
