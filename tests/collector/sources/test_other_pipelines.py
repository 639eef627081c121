"""Webhooks of CircleCI, Buildkite and Azure DevOps, and Azure DevOps' audit log, become events."""

from __future__ import annotations

from typing import Any

import pytest

from collector.contents import source_of
from collector.event import Event, Kind
from tests.collector.samples import AT, JSON, parse

SHA = "a" * 40


def circleci(name: str = "job-completed", **fields: Any) -> Event:
    """Return the event of a webhook of CircleCI."""
    body: JSON = {
        "id": "3888f21b-eaa7-38e3-8f3d-75a63bba8895",
        "type": name,
        "happened_at": "2026-03-01T10:00:00.000Z",
        "webhook": {"id": "cf8c4fdd", "name": "unwonted"},
        "project": {"id": "84996744", "name": "pay", "slug": "github/acme/pay"},
        "organization": {"id": "f22b6566", "name": "acme"},
        "workflow": {"id": "fda08377", "name": "release", "status": "success", "created_at": "2026-03-01T09:50:00Z"},
        "pipeline": {
            "id": "1285fe1d",
            "number": 3,
            "trigger": {"type": "webhook"},
            "vcs": {
                "provider_name": "github",
                "origin_repository_url": "https://github.com/eve/pay",
                "target_repository_url": "https://github.com/acme/pay",
                "revision": SHA,
                "branch": "main",
                "commit": {"subject": "Fix rounding", "author": {"name": "Mona", "email": "mona@acme.example"}},
            },
        },
        **fields,
    }
    return parse("circleci.webhook", body, {"Circleci-Event-Type": name})


def test_a_job_of_circleci() -> None:
    """A job tells its workflow, revision, trigger, outcome and how long it took."""
    job = {
        "name": "deploy",
        "status": "failed",
        "started_at": "2026-03-01T09:58:00Z",
        "stopped_at": "2026-03-01T10:00:00Z",
    }
    event = circleci(job=job)
    assert (event.id, event.action, event.kind, event.observed_at) == (
        "circleci.webhook:3888f21b-eaa7-38e3-8f3d-75a63bba8895",
        "job-completed",
        Kind.RUN,
        AT,
    )
    assert (str(event.entity), event.links["workflow"]) == ("job:acme/pay:release/deploy", "acme/pay:release")
    assert (event.links["run"], event.links["sha"], event.facts["head_fork"]) == ("fda08377", SHA, "yes")
    assert (event.facts["trigger"], event.facts["conclusion"], event.numbers["duration_s"]) == (
        "webhook",
        "failed",
        120.0,
    )


def test_a_workflow_of_circleci() -> None:
    """A workflow's event is of the workflow."""
    event = circleci("workflow-completed")
    assert (str(event.entity), event.facts["conclusion"], str(event.actor)) == (
        "workflow:acme/pay:release",
        "success",
        "user:Mona",
    )


def buildkite(name: str = "job.finished", **fields: Any) -> Event:
    """Return the event of a webhook of Buildkite."""
    body: JSON = {
        "event": name,
        "build": {
            "id": "f62a1b4d",
            "number": 7,
            "state": "failed",
            "source": "ui",
            "branch": "main",
            "commit": SHA,
            "message": "Fix rounding",
            "creator": {"name": "Mona", "email": "mona@acme.example"},
            "created_at": "2026-03-01 09:50:00 UTC",
            "started_at": "2026-03-01 09:51:00 UTC",
            "finished_at": "2026-03-01 10:00:00 UTC",
        },
        "pipeline": {
            "slug": "pay",
            "name": "Pay",
            "repository": "git@git.example:acme/pay.git",
            "default_branch": "main",
        },
        "sender": {"id": "8a7693f8", "name": "Mona"},
        **fields,
    }
    return parse("buildkite", body, {"X-Buildkite-Event": name})


JOB = {
    "id": "b63254c0",
    "name": "deploy",
    "step_key": "deploy",
    "state": "failed",
    "exit_status": 1,
    "agent_query_rules": ["queue=production"],
    "runnable_at": "2026-03-01T09:58:00Z",
    "started_at": "2026-03-01T09:59:00Z",
    "finished_at": "2026-03-01T10:00:00Z",
    "agent": {"id": "0b1c", "name": "agent-1", "meta_data": ["os=linux"]},
}


def test_a_job_of_buildkite() -> None:
    """A job tells its step, agent, queue, outcome and times."""
    event = buildkite(job=JOB)
    assert (event.action, event.kind, event.observed_at, event.ref) == ("job.finished", Kind.RUN, AT, "pay#7")
    assert (str(event.entity), event.links["runner"]) == ("job:acme/pay:pay/deploy", "agent-1")
    assert (event.facts["runner_label"], event.facts["error"]) == (["queue=production", "os=linux"], "1")
    assert (event.numbers["duration_s"], event.numbers["queue_s"], event.facts["trigger"]) == (60.0, 60.0, "ui")


def test_a_build_of_buildkite() -> None:
    """A build tells who started it and on what."""
    event = buildkite("build.finished")
    assert (str(event.entity), str(event.actor)) == ("workflow:acme/pay:pay", "user:mona@acme.example")
    assert (event.links["sha"], event.links["run"], event.facts["branch_class"]) == (SHA, "pay#7", "default")


def test_buildkite_has_no_ids_so_states_are_told_apart() -> None:
    """A repeat is one event; another state, job or verb is another."""
    first = buildkite(job=JOB)
    assert buildkite(job={**JOB, "web_url": "https://x.example"}).id == first.id
    others = {
        buildkite(job={**JOB, "state": "passed"}).id,
        buildkite(job={**JOB, "id": "2"}).id,
        buildkite("job.started", job=JOB).id,
    }
    assert len(others | {first.id}) == 4


@pytest.mark.parametrize(
    ("name", "kind"),
    [("agent.connected", Kind.RUN), ("cluster_token.registration_blocked", Kind.ADMIN), ("ping", Kind.OTHER)],
)
def test_other_hooks_of_buildkite(name: str, kind: Kind) -> None:
    """Each family has its kind; an agent is a runner."""
    body = {"event": name, "agent": {"id": "0b1c", "name": "agent-1"}, "sender": {"name": "Mona"}}
    event = parse("buildkite", body)
    assert (event.action, event.kind, event.links["runner"]) == (name, kind, "agent-1")


def azure(name: str, resource: JSON, **fields: Any) -> Event:
    """Return the event of a service hook of Azure DevOps."""
    body = {
        "id": "03c164c2-8912-4d5e-8009-3707d5f83734",
        "eventType": name,
        "publisherId": "tfs",
        "resource": resource,
        "createdDate": "2026-03-01T10:00:00Z",
        **fields,
    }
    return parse("azure_devops", body)


REPO = {"id": "278d", "name": "pay", "project": {"name": "acme"}, "defaultBranch": "refs/heads/main"}


def test_a_push_of_azure() -> None:
    """A push tells branch, commits and who pushed."""
    person = {"name": "Mona", "email": "mona@acme.example", "date": "2026-03-01T10:00:00Z"}
    push = {
        "commits": [{"commitId": SHA, "author": person, "committer": person, "comment": "Fix rounding"}],
        "refUpdates": [{"name": "refs/heads/main", "oldObjectId": "0" * 40, "newObjectId": SHA}],
        "repository": REPO,
        "pushedBy": {"displayName": "Mona", "uniqueName": "ACME\\mona@acme.example"},
        "date": "2026-03-01T10:00:00Z",
    }
    event = azure("git.push", push)
    assert (event.id, event.kind, event.observed_at) == (
        "azure_devops:03c164c2-8912-4d5e-8009-3707d5f83734",
        Kind.CHANGE,
        AT,
    )
    assert (str(event.actor), str(event.entity), event.links["sha"]) == ("user:mona@acme.example", "repo:acme/pay", SHA)
    assert (event.facts["branch_class"], event.facts["created"], event.facts["author_domain"]) == (
        "default",
        "yes",
        ["acme.example"],
    )


def test_a_pull_request_of_azure() -> None:
    """A pull request tells its branch, its votes and whether it was merged."""
    pull = {
        "pullRequestId": 12,
        "status": "completed",
        "repository": REPO,
        "createdBy": {"uniqueName": "mona@acme.example"},
        "sourceRefName": "refs/heads/x",
        "title": "Fix",
        "reviewers": [{"vote": 10}, {"vote": 0}],
        "closedDate": "2026-03-01T10:00:00Z",
    }
    event = azure("git.pullrequest.merged", pull)
    assert (event.links["pull_request"], event.facts["merged"], event.facts["review_state"]) == (
        "acme/pay#12",
        "yes",
        ["10"],
    )


@pytest.mark.parametrize(
    ("resource", "sha"),
    [
        ({"sourceBranch": "refs/heads/main", "sourceVersion": SHA, "result": "failed"}, SHA),
        ({"sourceGetVersion": f"LG:refs/heads/main:{SHA}", "status": "failed"}, SHA),
        ({"sourceBranch": "refs/heads/main", "sourceVersion": "C12", "result": "failed"}, ""),
    ],
)
def test_a_build_of_azure(resource: JSON, sha: str) -> None:
    """A build of today's and of older servers tells its pipeline, its revision and why it ran."""
    told = {
        "id": 2,
        "definition": {"name": "release"},
        "project": {"name": "acme"},
        "reason": "manual",
        "startTime": "2026-03-01T09:59:00Z",
        "finishTime": "2026-03-01T10:00:00Z",
        "requestedFor": {"uniqueName": "mona@acme.example"},
    }
    event = azure("build.complete", {**told, **resource})
    assert (event.kind, str(event.entity), event.facts["trigger"]) == (Kind.RUN, "workflow:acme:release", "manual")
    assert (event.links["branch"], event.links.get("sha", ""), event.facts["conclusion"]) == ("main", sha, "failed")
    assert (event.numbers["duration_s"], str(event.actor)) == (60.0, "user:mona@acme.example")
    assert event.links["run"] == "acme#2"


def audit(action: str = "Git.RefUpdatePoliciesBypassed", **fields: Any) -> JSON:
    """Return an entry of Azure DevOps' audit log."""
    return {
        "Id": "2517;b1a8",
        "CorrelationId": "f1a9",
        "ActorUserId": "7f1c",
        "ActorUPN": "mona@acme.example",
        "ActorDisplayName": "Mona",
        "AuthenticationMechanism": "PAT authorizationId: 0b1c",
        "Timestamp": "2026-03-01T10:00:00.0000000Z",
        "ScopeType": "Organization",
        "ScopeDisplayName": "acme (Organization)",
        "ProjectName": "acme",
        "IPAddress": "203.0.113.9",
        "UserAgent": "git/2.47.1",
        "ActionId": action,
        "Category": "modify",
        "Area": "Git",
        "Data": {"RepoName": "pay", "BranchName": "main"},
        **fields,
    }


def test_an_entry_of_the_audit_log() -> None:
    """An entry tells who, on what, from where and by which kind of login."""
    event = parse("azure_devops", audit())
    assert (event.id, event.action, event.kind, event.observed_at) == (
        "azure_devops:2517;b1a8",
        "Git.RefUpdatePoliciesBypassed",
        Kind.ADMIN,
        AT,
    )
    assert (str(event.actor), str(event.entity)) == ("user:mona@acme.example", "repo:acme/pay")
    assert (event.links["address"], event.facts["access_type"], event.links["agent"]) == ("203.0.113.9", "PAT", "git")


def test_stream_and_api_write_one_entry_alike() -> None:
    """The API begins names in lower case; the event is the same."""
    entry = audit()
    lower = {name[:1].lower() + name[1:]: value for name, value in entry.items()}
    lower["ipAddress"] = lower.pop("iPAddress")
    assert parse("azure_devops", lower) == parse("azure_devops", entry)
    assert {source_of(entry), source_of(lower)} == {"azure_devops"}


@pytest.mark.parametrize(
    ("action", "category", "kind"),
    [
        ("AuditLog.DownloadLog", "access", Kind.ACCESS),
        ("Token.PatCreateEvent", "create", Kind.ADMIN),
        ("Release.DeploymentCompleted", "unknown", Kind.RUN),
        ("Pipelines.DeploymentJobCompleted", "execute", Kind.RUN),
        ("Never.Seen", "unknown", Kind.ADMIN),
    ],
)
def test_kind_of_an_action(action: str, category: str, kind: Kind) -> None:
    """Each action has its kind; one nobody knows is administration."""
    assert parse("azure_devops", audit(action, Category=category)).kind is kind


def test_azure_itself_is_an_app() -> None:
    """What Azure DevOps does by itself is no person's doing."""
    assert str(parse("azure_devops", audit(ActorUPN="", ActorDisplayName="Azure DevOps Service")).actor).startswith(
        "app:"
    )
