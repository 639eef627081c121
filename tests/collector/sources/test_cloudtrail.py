"""CloudTrail's records tell which pipeline took which role, and what was done with the key it got."""

from __future__ import annotations

import pytest

from collector.errors import DeliveryError
from collector.event import Kind
from collector.sources import SOURCES, Context
from tests.collector.samples import JSON, cloud_record, delivery, parse

GITHUB = "token.actions.githubusercontent.com"
ROLE = "arn:aws:iam::111122223333:role/ci-deploy"


def taken(subject: str, session: str = "GitHubActions", **fields: object) -> JSON:
    """Return the record of a role that a pipeline took by its own token."""
    return cloud_record(
        "AssumeRoleWithWebIdentity",
        eventSource="sts.amazonaws.com",
        userIdentity={
            "type": "WebIdentityUser",
            "principalId": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}:sts.amazonaws.com:{subject}",
            "userName": subject,
            "identityProvider": f"arn:aws:iam::111122223333:oidc-provider/{GITHUB}",
        },
        requestParameters={"roleArn": ROLE, "roleSessionName": session},
        responseElements={
            "credentials": {"accessKeyId": "ASIANEWNEWNEWNEWNEW0"},
            "subjectFromWebIdentityToken": subject,
        },
        **fields,
    )


@pytest.mark.parametrize(
    ("subject", "links"),
    [
        ("repo:acme/pay:ref:refs/heads/main", {"repo": "acme/pay", "branch": "main"}),
        ("repo:acme@77/pay@88:ref:refs/tags/v1", {"repo": "acme/pay", "branch": "v1"}),
        ("repo:acme/pay:pull_request", {"repo": "acme/pay"}),
        (
            "repo:acme/pay:job_workflow_ref:acme/shared/.github/workflows/ship.yml@refs/heads/main",
            {"repo": "acme/pay", "workflow": "acme/shared:.github/workflows/ship.yml"},
        ),
        ("project_path:acme/pay:ref_type:branch:ref:main", {"repo": "acme/pay", "branch": "main"}),
        ("organization:acme:pipeline:pay:ref:refs/heads/main:commit:0:step:x", {"workflow": "acme/pay"}),
    ],
)
def test_subject_names_the_pipeline(subject: str, links: dict[str, str]) -> None:
    """What the token is about names repository, branch and workflow as the pipeline's own events do."""
    found = parse("cloudtrail", taken(subject)).links
    assert {name: found.get(name) for name in links} == links


def test_what_a_subject_says_beside_names() -> None:
    """Environment, kind of branch, what started it and who vouches for it are facts."""
    facts = parse("cloudtrail", taken("repo:acme/pay:environment:production")).facts
    assert (facts["x.environment"], facts["x.federated_by"], facts["role"]) == ("production", GITHUB, "ci-deploy")
    assert parse("cloudtrail", taken("repo:acme/pay:ref:refs/heads/main")).facts["x.branch_class"] == "default"
    assert parse("cloudtrail", taken("repo:acme/pay:pull_request")).facts["trigger"] == "pull_request"


def test_what_a_pipelines_key_does_meets_the_pipeline() -> None:
    """A call with the key that was given out shares token and role with the act of taking it."""
    issued = parse("cloudtrail", taken("repo:acme/pay:ref:refs/heads/main", "actions-17223750701"))
    federated = {"webIdFederationData": {"federatedProvider": f"arn:aws:iam::1:oidc-provider/{GITHUB}"}}
    used = parse(
        "cloudtrail",
        cloud_record(
            "GetSecretValue",
            userIdentity={
                "type": "AssumedRole",
                "arn": "arn:aws:sts::111122223333:assumed-role/ci-deploy/actions-17223750701",
                "accessKeyId": "ASIANEWNEWNEWNEWNEW0",
                "sessionContext": federated,
            },
        ),
    )
    assert used.links["token"] == issued.links["token"] == "ASIANEWNEWNEWNEWNEW0"
    assert used.facts["role"] == issued.facts["role"] == "ci-deploy"
    assert used.links["run"] == issued.links["run"] == "17223750701"
    assert used.facts["x.federated_by"] == GITHUB


@pytest.mark.parametrize(
    ("session", "run"),
    [
        ("run-17223750701", "17223750701"),
        ("GitLabRunner-99-4711", "4711"),
        ("aws-go-sdk-1722375070115152000", None),
        ("botocore-session-1722375070", None),
        ("mona@acme.example", None),
    ],
)
def test_sessions_named_after_a_run(session: str, run: str | None) -> None:
    """A session names a run where a pipeline named it so; what SDKs count up is none."""
    assert parse("cloudtrail", taken("repo:acme/pay:pull_request", session)).links.get("run") == run


def test_a_key_given_out_for_a_key() -> None:
    """Who takes another role keeps their own key as the token; the new key is told beside it."""
    event = parse(
        "cloudtrail",
        cloud_record("AssumeRole", responseElements={"credentials": {"accessKeyId": "ASIAOTHEROTHEROTHER0"}}),
    )
    assert (event.links["token"], event.links["key"]) == ("ASIAEXAMPLEEXAMPLE00", "ASIAOTHEROTHEROTHER0")


@pytest.mark.parametrize(
    ("name", "read_only", "kind"),
    [
        ("GetSecretValue", None, Kind.ACCESS),
        ("BatchGetSecretValue", None, Kind.ACCESS),
        ("ListSecrets", None, Kind.ACCESS),
        ("GetParametersByPath", None, Kind.ACCESS),
        ("GetCallerIdentity", True, Kind.ACCESS),
        ("AssumeRoleWithWebIdentity", None, Kind.ACCESS),
        ("ConsoleLogin", False, Kind.ACCESS),
        ("CreateAccessKey", None, Kind.ADMIN),
        ("CreateOpenIDConnectProvider", False, Kind.ADMIN),
        ("UpdateAssumeRolePolicy", None, Kind.ADMIN),
        ("StartBuild", False, Kind.ADMIN),
        ("StopLogging", None, Kind.ADMIN),
        ("PutBucketLifecycle", None, Kind.ADMIN),
        ("GetFederationToken", False, Kind.ADMIN),
    ],
)
def test_kinds_of_call(name: str, read_only: bool | None, kind: Kind) -> None:  # noqa: FBT001 - as the record has it
    """A call is access where it reads or lets in; where the record does not say so, its verb does."""
    assert parse("cloudtrail", cloud_record(name, readOnly=read_only)).kind is kind


@pytest.mark.parametrize(
    ("parameters", "entity"),
    [
        ({"projectName": "pay-build"}, "project:pay-build"),
        ({"roleArn": "arn:aws:iam::1:role/teams/ops"}, "role:ops"),
        (
            {"openIDConnectProviderArn": "arn:aws:iam::1:oidc-provider/x"},
            "identity provider:arn:aws:iam::1:oidc-provider/x",
        ),
        ({"filterSet": {}}, "s3 bucket:arn:aws:s3:::acme-releases"),
    ],
)
def test_what_is_called_upon(parameters: JSON, entity: str) -> None:
    """The thing is the one the parameters name, else the first of the record's resources."""
    resources = [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::acme-releases"}]
    event = parse("cloudtrail", cloud_record(requestParameters=parameters, resources=resources))
    assert str(event.entity) == entity


def test_granted_policy_is_told() -> None:
    """Attaching a policy tells which, by its name."""
    granted = {"roleName": "ci-deploy", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    facts = parse("cloudtrail", cloud_record("AttachRolePolicy", readOnly=False, requestParameters=granted)).facts
    assert facts["permission"] == "AdministratorAccess"


def test_a_login_that_failed() -> None:
    """A refused login has no code; that it failed is told all the same, and whether a second factor was used."""
    record = cloud_record(
        "ConsoleLogin", responseElements={"ConsoleLogin": "Failure"}, additionalEventData={"MFAUsed": "No"}
    )
    facts = parse("cloudtrail", record).facts
    assert (facts["error"], facts["x.mfa"]) == ("Failure", "no")


def test_accounts_of_an_organisation() -> None:
    """A trail of an organisation tells whose account it was, and whether the caller is of another."""
    facts = parse("cloudtrail", cloud_record(recipientAccountId="444455556666")).facts
    assert (facts["x.account"], facts["x.other_account"]) == ("444455556666", "yes")


def test_digest_files_are_no_events() -> None:
    """A digest beside CloudTrail's files is refused by name."""
    with pytest.raises(DeliveryError, match="digest"):
        SOURCES["cloudtrail"].parse(delivery("cloudtrail", {"digestStartTime": "x", "digestS3Bucket": "b"}), Context())


def test_tables_that_fold_names() -> None:
    """A record that a data lake's table gave back in lower case is the same event."""
    folded = {name.lower(): value for name, value in cloud_record().items()}
    assert parse("cloudtrail", folded) == parse("cloudtrail", cloud_record())
