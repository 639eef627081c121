"""GitLab's audit events and webhooks become events."""

from __future__ import annotations

import pytest

from collector.event import ActorType, Event, Kind
from tests.collector.samples import AT, JSON, commit, gitlab_entry, parse

PROJECT = {"path_with_namespace": "acme/pay", "default_branch": "main", "visibility_level": 0}

_READ = """project_export_created group_export_created job_artifact_downloaded project_ci_cd_settings_accessed
    user_impersonation project_fork_operation authenticated_with_oauth authenticated_with_two_factor""".split()
_CHANGED = """ci_variable_created ci_group_variable_deleted ci_runner_created ci_runners_bulk_deleted deploy_key_added
    deploy_token_created project_access_token_created protected_branch_code_owner_approval_required_updated
    project_push_rules_commit_committer_check_updated environment_unprotected
    protected_environment_approval_rule_deleted user_admin_status_updated user_disable_two_factor add_ssh_key
    oauth_application_created project_visibility_level_updated ip_restrictions_changed
    destroy_event_streaming_destination deleted_group_audit_event_streaming_destination event_type_filters_deleted
    secure_ci_job_token_policies_updated""".split()


def hook(body: JSON) -> Event:
    """Return the event of a webhook."""
    full = {"project": PROJECT, "user": {"id": 5, "username": "mona"}, **body}
    return parse("gitlab.webhook", full, {"X-Gitlab-Event-UUID": "uuid-1"})


def test_a_git_operation() -> None:
    """A git operation tells who, on which project, how and from where; its id is the audit event's."""
    event = parse("gitlab.audit", gitlab_entry())
    assert (event.id, event.ref, event.observed_at) == ("gitlab.audit:77", "77", AT)
    assert (str(event.actor), event.action, str(event.entity)) == (
        "user:mona",
        "repository_git_operation",
        "repo:acme/pay",
    )
    assert (event.kind, event.facts["access_type"], event.facts["x.operation"]) == (
        Kind.ACCESS,
        "ssh",
        "git-upload-pack",
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("repository_download_operation", Kind.ACCESS),
        ("variable_viewed_api", Kind.ACCESS),
        ("login_failed_with_otp_authentication", Kind.ACCESS),
        ("merge_request_merged", Kind.CHANGE),
        ("destroy_pipeline", Kind.ADMIN),
        ("member_created", Kind.ADMIN),
        ("personal_access_token_created", Kind.ADMIN),
        ("protected_branch_removed", Kind.ADMIN),
        ("ci_variable_updated", Kind.ADMIN),
        ("never_seen", Kind.ADMIN),
        *dict.fromkeys(_READ, Kind.ACCESS).items(),
        *dict.fromkeys(_CHANGED, Kind.ADMIN).items(),
    ],
)
def test_kind_of_an_audit_event(name: str, kind: Kind) -> None:
    """Each type has its kind; one nobody knows is administration."""
    assert parse("gitlab.audit", gitlab_entry(name, details={})).kind is kind


def test_a_push_by_the_audit_log() -> None:
    """A git operation that writes is a change."""
    details = {"custom_message": {"protocol": "ssh", "action": "git-receive-pack"}}
    assert parse("gitlab.audit", gitlab_entry(details=details)).kind is Kind.CHANGE


def test_a_change_of_visibility() -> None:
    """A change tells from what to what."""
    details = {"change": "visibility_level", "from": "Private", "to": "Public"}
    facts = parse("gitlab.audit", gitlab_entry("project_visibility_level_updated", details=details)).facts
    assert (facts["previous_visibility"], facts["visibility"]) == ("private", "public")


def test_an_export_without_types() -> None:
    """An event of an export without types is named by what was added, changed or removed."""
    entry = gitlab_entry(details={"add": "user_access", "as": "Owner"})
    del entry["event_type"]
    event = parse("gitlab.audit", entry)
    assert (event.action, event.facts["permission"]) == ("add user_access", "Owner")


@pytest.mark.parametrize(
    ("name", "author", "kind"),
    [
        ("mona", "User", ActorType.USER),
        ("project_7_bot_1", "User", ActorType.BOT),
        ("t", "Gitlab::Audit::DeployTokenAuthor", ActorType.TOKEN),
        ("k", "Gitlab::Audit::DeployKeyAuthor", ActorType.DEPLOY_KEY),
    ],
)
def test_authors(name: str, author: str, kind: ActorType) -> None:
    """People, bots, tokens and keys are told apart."""
    entry = gitlab_entry(author_name=name, details={"author_class": author})
    assert parse("gitlab.audit", entry).actor.type is kind


def test_a_pipeline() -> None:
    """A pipeline tells its source, its state, its jobs and how long it took."""
    attributes = {
        "id": 4711,
        "ref": "main",
        "sha": "a" * 40,
        "source": "schedule",
        "status": "success",
        "duration": 90,
        "queued_duration": 5,
        "finished_at": "2026-03-01 10:00:00 UTC",
        "variables": [{"key": "DEPLOY", "value": "s3cr3t"}],
    }
    event = hook(
        {"object_kind": "pipeline", "object_attributes": attributes, "builds": [{"stage": "test", "name": "unit"}]}
    )
    assert (event.action, str(event.entity), event.kind) == (
        "pipeline.success",
        "workflow:acme/pay:.gitlab-ci.yml",
        Kind.RUN,
    )
    assert (event.facts["trigger"], event.facts["step"], event.facts["x.variable"]) == (
        "schedule",
        ["test/unit"],
        ["DEPLOY"],
    )
    assert (event.numbers["duration_s"], event.observed_at, event.ref) == (90.0, AT, "uuid-1")


def test_pipeline_tells_its_jobs() -> None:
    """A pipeline tells runners, environments and jobs started by hand among its jobs, and what started it."""
    job = {
        "stage": "deploy",
        "name": "prod",
        "manual": True,
        "started_at": "2026-03-01 09:59:00 UTC",
        "environment": {"name": "production", "action": "start"},
        "runner": {"description": "forge-1", "runner_type": "instance_type", "tags": ["linux"]},
    }
    event = hook(
        {
            "object_kind": "pipeline",
            "object_attributes": {"id": 1, "status": "running", "source": "parent_pipeline", "protected_ref": True},
            "merge_request": {"iid": 3, "source_project_id": 8, "target_project_id": 9},
            "source_pipeline": {"pipeline_id": 7, "project": {"path_with_namespace": "acme/lib"}},
            "builds": [job, {**job, "name": "canary", "started_at": None}],
        }
    )
    assert (event.facts["trigger"], event.facts["x.upstream"]) == ("parent_pipeline", "acme/lib")
    assert (event.facts["x.environment"], event.facts["x.by_hand"]) == (["production"], ["prod"])
    assert (event.facts["runner_label"], event.facts["runner_group"]) == (["linux"], ["instance_type"])
    assert (event.facts["head_fork"], event.links["pull_request"], event.numbers["steps"]) == ("yes", "acme/pay#3", 2.0)
    assert event.facts["x.protected"] == "yes"


def test_a_job_that_deploys() -> None:
    """A job tells what it deploys to, and which attempt it is."""
    event = hook(
        {
            "object_kind": "build",
            "build_name": "prod",
            "build_status": "success",
            "build_allow_failure": False,
            "retries_count": 2,
            "environment": {"name": "production", "action": "stop"},
        }
    )
    assert (event.facts["x.environment"], event.facts["x.environment_action"]) == ("production", "stop")
    assert (event.numbers["run_attempt"], event.facts["x.allow_failure"]) == (3.0, "no")


def test_nobody_passes_for_a_repeat_by_choosing_the_id() -> None:
    """Who calls GitLab's API may choose the id a webhook is sent with: another body under it is another event."""
    first, other = (
        hook({"event_name": "user_create", "username": "mona"}),
        hook({"event_name": "user_create", "username": "eve"}),
    )
    assert (first.ref, first.id != other.id) == (other.ref, True)
    assert hook({"event_name": "user_create", "username": "mona"}).id == first.id


def test_a_job() -> None:
    """A job tells its runner and its key is that of its pipeline."""
    event = hook(
        {
            "object_kind": "build",
            "build_name": "unit",
            "build_status": "failed",
            "build_finished_at": "2026-03-01T10:00:00Z",
            "pipeline_id": 4711,
            "runner": {"description": "forge-1", "is_shared": False, "tags": ["gpu"]},
        }
    )
    assert (event.action, str(event.entity)) == ("build.failed", "job:acme/pay:.gitlab-ci.yml/unit")
    assert (event.facts["hosted"], event.facts["runner_label"], event.links["runner"]) == ("no", ["gpu"], "forge-1")


def test_a_push() -> None:
    """A push is one event; its number of commits is what GitLab counted, not what it listed."""
    event = hook(
        {
            "object_kind": "push",
            "ref": "refs/heads/main",
            "before": "b" * 40,
            "after": "0" * 40,
            "total_commits_count": 34,
            "commits": [commit(modified=[".gitlab-ci.yml"])],
        }
    )
    assert (event.action, event.numbers["commits"], event.facts["zone"]) == ("push", 34.0, ["ci"])
    assert (event.facts["deleted"], "sha" in event.links) == ("yes", False)


def test_a_merge_request() -> None:
    """A merge request tells whether it comes from a fork and whether its author acts."""
    attributes = {
        "iid": 12,
        "action": "open",
        "source_project_id": 8,
        "target_project_id": 9,
        "author_id": 6,
        "title": "x",
    }
    event = hook({"object_kind": "merge_request", "object_attributes": attributes})
    assert (event.action, event.links["pull_request"]) == ("merge_request.open", "acme/pay#12")
    assert (event.facts["head_fork"], event.facts["author_match"]) == ("yes", "another's")


def test_hooks_nobody_knows() -> None:
    """A hook without a reader is a plain event under its own name."""
    event = hook({"event_name": "user_add_to_team", "user_username": "eve", "project_access": "Maintainer"})
    assert (event.action, event.kind, event.facts["permission"]) == ("user_add_to_team", Kind.ADMIN, "Maintainer")


def test_lists_of_an_audit_event_are_told() -> None:
    """Who may push to a protected branch is a set."""
    details = {"author_class": "User", "push_access_levels": ["Maintainers"], "allow_force_push": True}
    facts = parse("gitlab.audit", gitlab_entry("protected_branch_updated", details=details)).facts
    assert (facts["x.push_access_levels"], facts["x.allow_force_push"]) == (["Maintainers"], "yes")
