"""CloudTrail records and cluster audit entries become events."""

from __future__ import annotations

import pytest

from collector.event import ActorType, Kind
from tests.collector.samples import JSON, cloud_record, cluster_entry, parse


def test_a_call_by_a_role() -> None:
    """A role's call names the role as the actor, and tells key, session, client and resource."""
    event = parse("cloudtrail", cloud_record())
    assert (event.id, event.ref) == (f"cloudtrail:{cloud_record()['eventID']}", cloud_record()["eventID"])
    assert (str(event.actor), str(event.entity), event.kind) == ("app:ci-deploy", "bucket:acme-releases", Kind.ACCESS)
    assert (event.links["token"], event.links["agent"]) == ("ASIAEXAMPLEEXAMPLE00", "Boto3")
    assert (event.facts["api"], event.facts["role"], event.facts["x.session"]) == ("s3:GetObject", "ci-deploy", "pay")


def test_a_role_taken_by_a_pipeline() -> None:
    """Taking a role by a pipeline's identity names the repository, the role and the key that was given out."""
    identity = {"type": "WebIdentityUser", "userName": "repo:acme/pay:ref:refs/heads/main"}
    event = parse(
        "cloudtrail",
        cloud_record(
            "AssumeRoleWithWebIdentity",
            eventSource="sts.amazonaws.com",
            userIdentity=identity,
            requestParameters={"roleArn": "arn:aws:iam::111122223333:role/teams/ci-deploy", "roleSessionName": "pay"},
            responseElements={"credentials": {"accessKeyId": "ASIANEWNEWNEWNEWNEW0"}},
        ),
    )
    assert (event.links["repo"], event.links["token"]) == ("acme/pay", "ASIANEWNEWNEWNEWNEW0")
    assert (str(event.entity), event.facts["role"]) == ("role:ci-deploy", "ci-deploy")


@pytest.mark.parametrize(
    ("identity", "actor"),
    [
        ({"type": "Root", "accountId": "111122223333"}, "user:root of 111122223333"),
        ({"type": "IAMUser", "userName": "mona"}, "user:mona"),
        ({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, "app:lambda.amazonaws.com"),
        ({}, "unknown:unknown"),
    ],
)
def test_callers(identity: JSON, actor: str) -> None:
    """Root, users, services and nobody are told apart."""
    assert str(parse("cloudtrail", cloud_record(userIdentity=identity)).actor) == actor


def test_a_refused_write() -> None:
    """A write is administration, and a refusal tells its code."""
    event = parse("cloudtrail", cloud_record("StopLogging", readOnly=False, errorCode="AccessDenied"))
    assert (event.kind, event.facts["error"]) == (Kind.ADMIN, "AccessDenied")


def test_a_call_from_inside() -> None:
    """A call by a service of the cloud has no address, and its network is the service."""
    links = parse("cloudtrail", cloud_record(sourceIPAddress="ec2.amazonaws.com")).links
    assert ("address" in links, links["network"]) == (False, "inside ec2.amazonaws.com")


def test_a_request_to_a_cluster() -> None:
    """A request tells verb and resource, who asked, and for what."""
    event = parse("kubernetes.audit", cluster_entry())
    assert (event.action, str(event.actor), str(event.entity)) == ("get secrets", "app:ci/builder", "secret:prod/db")
    assert (event.kind, event.links["network"], event.links["agent"]) == (Kind.ACCESS, "private 10.0.0.0/8", "kubectl")


def test_getting_into_a_workload() -> None:
    """Entering a workload is administration, whatever verb it uses."""
    target = {"resource": "pods", "subresource": "exec", "namespace": "prod", "name": "db-0"}
    event = parse("kubernetes.audit", cluster_entry("get", objectRef=target, responseStatus={"code": 403}))
    assert (event.action, event.kind, event.facts["error"]) == ("get pods/exec", Kind.ADMIN, "403")


def test_stages_of_a_request_have_ids_of_their_own() -> None:
    """The stages of one request are not one event, and share the ref."""
    begun, done = (parse("kubernetes.audit", cluster_entry(stage=s)) for s in ("RequestReceived", "ResponseComplete"))
    assert begun.id != done.id
    assert begun.ref == done.ref


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("system:anonymous", ActorType.UNKNOWN),
        ("system:node:a", ActorType.BOT),
        ("mona@acme.example", ActorType.USER),
        ("", ActorType.UNKNOWN),
    ],
)
def test_who_asks_a_cluster(name: str, kind: ActorType) -> None:
    """People, parts of the cluster and the anonymous are told apart."""
    assert parse("kubernetes.audit", cluster_entry(user={"username": name})).actor.type is kind
