"""What is sent to a cluster tells what it asks for, whichever cloud hands the entry on."""

from __future__ import annotations

import msgspec
import pytest

from collector.errors import DeliveryError
from collector.sources import SOURCES, Context
from tests.collector.samples import JSON, cluster_entry, delivery, parse

POD: JSON = {
    "hostNetwork": True,
    "hostPID": False,
    "volumes": [{"name": "a", "hostPath": {"path": "/var/run"}}, {"name": "b", "emptyDir": {}}],
    "containers": [
        {
            "image": "registry.example:5000/acme/pay:1.2",
            "securityContext": {"privileged": True, "runAsUser": 0, "capabilities": {"add": ["SYS_ADMIN"]}},
        }
    ],
}
RIGHTS = ["host network", "host path /var/run", "privileged", "runs as root", "capability SYS_ADMIN"]


@pytest.mark.parametrize(
    "spec",
    [POD, {"template": {"spec": POD}}, {"jobTemplate": {"spec": {"template": {"spec": POD}}}}],
    ids=["pod", "deployment", "cron job"],
)
def test_rights_a_workload_asks_for(spec: JSON) -> None:
    """A pod's rights over its machine and its images are facts, wherever the kind of workload keeps them."""
    facts = parse("kubernetes.audit", cluster_entry("create", "pods", requestObject={"spec": spec})).facts
    assert facts["rule"] == RIGHTS
    assert facts["x.image"] == ["registry.example:5000/acme/pay"]


@pytest.mark.parametrize(
    ("sent", "rule"),
    [
        ({"rules": [{"verbs": ["get", "*"], "resources": ["secrets"]}]}, ["get secrets", "* secrets"]),
        ({"spec": {"type": "NodePort"}}, ["service NodePort"]),
        ({"webhooks": [{"clientConfig": {"url": "https://hook.example:8443/x"}}]}, ["calls hook.example:8443"]),
        (
            {"spec": {"signerName": "kubernetes.io/kube-apiserver-client"}},
            ["signer kubernetes.io/kube-apiserver-client"],
        ),
    ],
)
def test_rights_an_object_gives(sent: JSON, rule: list[str]) -> None:
    """Roles, services, webhooks and certificates tell what they let happen."""
    assert parse("kubernetes.audit", cluster_entry("create", "x", requestObject=sent)).facts["rule"] == rule


def test_binding_a_role() -> None:
    """A binding tells role and subjects."""
    sent = {"roleRef": {"name": "cluster-admin"}, "subjects": [{"kind": "User", "name": "mona"}]}
    facts = parse("kubernetes.audit", cluster_entry("create", "clusterrolebindings", requestObject=sent)).facts
    assert (facts["role"], facts["x.subject"]) == ("cluster-admin", ["User mona"])


def test_program_of_a_command() -> None:
    """Running a command in a workload tells the program, and not what it was told."""
    target = {"resource": "pods", "subresource": "exec", "namespace": "prod", "name": "db-0"}
    uri = "/api/v1/namespaces/prod/pods/db-0/exec?command=psql&command=--password%3Dhunter22"
    event = parse("kubernetes.audit", cluster_entry("create", objectRef=target, requestURI=uri))
    assert event.facts["x.program"] == ["psql"]
    assert "hunter22" not in str(event)


def test_the_clouds_key_behind_a_request() -> None:
    """A request by a cloud's role tells its key and role, so that it meets what the key does in the cloud."""
    extra = {
        "accessKeyId": ["ASIAEXAMPLEEXAMPLE00"],
        "canonicalArn": ["arn:aws:iam::111122223333:role/ci-deploy"],
        "sessionName": ["pay"],
    }
    event = parse("kubernetes.audit", cluster_entry(user={"username": "ci", "extra": extra}))
    assert (event.links["token"], event.facts["role"]) == ("ASIAEXAMPLEEXAMPLE00", "ci-deploy")


def test_azures_wrapping() -> None:
    """A diagnostic record of Azure is the entry it holds, several of them as many events."""
    record = {"category": "kube-audit", "properties": {"log": msgspec.json.encode(cluster_entry()).decode()}}
    assert parse("kubernetes.audit", record) == parse("kubernetes.audit", cluster_entry())
    several = delivery("kubernetes.audit", {"records": [record, record]})
    assert len(SOURCES["kubernetes.audit"].parse(several, Context())) == 2


@pytest.mark.parametrize("log", ["{", "[1]", "null"])
def test_azures_wrapping_of_nothing(log: str) -> None:
    """What holds no entry is an error that names the field."""
    with pytest.raises(DeliveryError, match=r"properties\.log"):
        SOURCES["kubernetes.audit"].parse(delivery("kubernetes.audit", {"properties": {"log": log}}), Context())


def test_googles_wrapping() -> None:
    """Google's entry tells verb, target, who, from where and whether it was let through."""
    entry = {
        "insertId": "abc",
        "timestamp": "2026-03-01T10:00:00Z",
        "protoPayload": {
            "serviceName": "k8s.io",
            "methodName": "io.k8s.core.v1.pods.exec.create",
            "resourceName": "core/v1/namespaces/prod/pods/db-0/exec",
            "authenticationInfo": {"principalEmail": "mona@acme.example"},
            "authorizationInfo": [{"granted": False}],
            "requestMetadata": {"callerIp": "203.0.113.9", "callerSuppliedUserAgent": "kubectl/v1.33.0"},
            "status": {"code": 7},
        },
    }
    event = parse("kubernetes.audit", entry)
    assert (event.id, event.action, str(event.actor)) == (
        "kubernetes.audit:abc",
        "create pods/exec",
        "user:mona@acme.example",
    )
    assert (str(event.entity), event.links["address"]) == ("pod:prod/db-0", "203.0.113.9")
    assert (event.facts["error"], event.facts["x.decision"]) == ("403", "forbid")
