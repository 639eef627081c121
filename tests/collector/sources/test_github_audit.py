"""Entries of GitHub's audit log become events, every action of them."""

from __future__ import annotations

import pytest

from collector.event import ActorType, Kind
from collector.networks import Network, Networks
from collector.sources import Context
from tests.collector.samples import AT, JSON, audit_entry, parse, push


def test_who_what_when_where() -> None:
    """A clone tells who, what, when, from where, with what and by which token."""
    networks = Networks({"203.0.113.0/24": Network("AS64500", "hosting", "AU")})
    event = parse("github.audit", audit_entry(), context=Context(networks=networks))
    assert (event.id, event.ref) == ("github.audit:Qm9vayBvZiBzYW1wbGVz", "Qm9vayBvZiBzYW1wbGVz")
    assert (str(event.actor), event.action, str(event.entity), event.observed_at) == (
        "user:mona",
        "git.clone",
        "repo:acme/pay",
        AT,
    )
    assert event.links == {
        "address": "203.0.113.9",
        "network": "AS64500",
        "agent": "git",
        "token": "c2FtcGxlIHRva2Vu",
        "repo": "acme/pay",
    }
    assert event.facts == {
        "country": "NZ",
        "network_kind": "hosting",
        "agent_version": "git 2.47",
        "access_type": "Personal access token (classic)",
        "visibility": "private",
    }


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("git.clone", Kind.ACCESS),
        ("git.push", Kind.CHANGE),
        ("user.login", Kind.ACCESS),
        ("repo.download_zip", Kind.ACCESS),
        ("pull_request.merge", Kind.CHANGE),
        ("protected_branch.policy_override", Kind.CHANGE),
        ("protected_branch.destroy", Kind.ADMIN),
        ("workflows.completed_workflow_run", Kind.RUN),
        ("repo.self_hosted_runner_online", Kind.RUN),
        ("repo.register_self_hosted_runner", Kind.ADMIN),
        ("packages.package_version_published", Kind.DEPENDENCY),
        ("org.add_member", Kind.ADMIN),
        ("hook.create", Kind.ADMIN),
        ("issues.transfer", Kind.OTHER),
        ("something.never_seen", Kind.ADMIN),
        ("nonsense", Kind.ADMIN),
    ],
)
def test_kind_of_an_action(action: str, kind: Kind) -> None:
    """Each action has its kind and stays verbatim; one nobody knows is administration."""
    event = parse("github.audit", audit_entry(action))
    assert (event.kind, event.action) == (kind, action)


@pytest.mark.parametrize(
    ("fields", "actor"),
    [
        ({"actor": "dependabot[bot]"}, (ActorType.BOT, "dependabot[bot]")),
        ({"actor": "svc", "actor_is_bot": True}, (ActorType.BOT, "svc")),
        ({"actor": "helper", "actor_is_agent": True}, (ActorType.AGENT, "helper")),
        ({"actor": "", "actor_id": 9}, (ActorType.UNKNOWN, "id 9")),
        (
            {"actor": None, "actor_id": None, "programmatic_access_type": "Deploy key", "fingerprint": "SHA256:x"},
            (ActorType.DEPLOY_KEY, "SHA256:x"),
        ),
    ],
)
def test_type_of_the_actor(fields: JSON, actor: tuple[ActorType, str]) -> None:
    """People, bots, agents and keys are told apart."""
    found = parse("github.audit", audit_entry(**fields)).actor
    assert (found.type, found.name) == actor


def test_a_prepared_job() -> None:
    """A prepared job names its workflow's file, its runner and the secrets it got."""
    event = parse(
        "github.audit",
        audit_entry(
            "workflows.prepared_workflow_job",
            job_name="build",
            job_workflow_ref="acme/pay/.github/workflows/ci.yml@refs/heads/main",
            workflow_run_id=4711,
            event="pull_request_target",
            runner_labels=["self-hosted"],
            is_hosted_runner=False,
            secrets_passed=["GITHUB_TOKEN", "NPM_TOKEN"],
        ),
    )
    workflow = "acme/pay:.github/workflows/ci.yml"
    assert str(event.entity) == f"job:{workflow}/build"
    assert (event.links["workflow"], event.links["run"]) == (workflow, "4711")
    assert (event.facts["trigger"], event.facts["hosted"]) == ("pull_request_target", "no")
    assert (event.facts["secret"], event.numbers["secrets"]) == (["GITHUB_TOKEN", "NPM_TOKEN"], 2.0)


def test_a_run_known_by_name_only() -> None:
    """A run of which only the workflow's name is told is known by that name in its repository."""
    event = parse("github.audit", audit_entry("workflows.created_workflow_run", name="CI", head_branch="main"))
    assert (event.links["workflow"], event.facts["branch_class"]) == ("acme/pay:CI", "default")


@pytest.mark.parametrize(
    ("action", "fields", "entity", "target"),
    [
        ("repo.add_member", {"user": "eve", "permission": "admin"}, "repo:acme/pay", "eve"),
        ("org.add_member", {"user": "eve", "repo": None}, "user:eve", "eve"),
        ("team.add_member", {"team": "acme/core", "repo": None}, "team:acme/core", "acme/core"),
        ("repo.update_actions_secret", {"name": "NPM_TOKEN"}, "secret:acme/pay/NPM_TOKEN", None),
        ("hook.create", {"config": {"url": "https://in.example/x?token=1"}}, "repo:acme/pay", "in.example"),
    ],
)
def test_whom_administration_is_about(action: str, fields: JSON, entity: str, target: str | None) -> None:
    """Administration names what it changed and whom it is about, hooks by the host they call."""
    event = parse("github.audit", audit_entry(action, **fields))
    assert (str(event.entity), event.links.get("target")) == (entity, target)


def test_a_repository_made_public() -> None:
    """Visibility is told before and after."""
    facts = parse("github.audit", audit_entry("repo.access", visibility="public", previous_visibility="private")).facts
    assert (facts["visibility"], facts["previous_visibility"]) == ("public", "private")


def test_protection_taken_down() -> None:
    """What a protection rule became is a fact of its own."""
    event = parse("github.audit", audit_entry("protected_branch.update_admin_enforced", admin_enforced=False))
    assert event.facts["rule"] == ["admin_enforced=false"]


def test_fields_nobody_knows() -> None:
    """Unknown short texts and booleans are kept; ids, times, addresses and secrets are not."""
    facts = parse(
        "github.audit",
        audit_entry(
            "org.new_setting",
            flavour="strict",
            loud=True,
            thing_id=4,
            changed_at="2026-03-01",
            link="https://a.example",
            note="password=hunter22",
            digest="0123456789abcdef0123456789abcdef",
        ),
    ).facts
    assert {name: value for name, value in facts.items() if name.startswith("x.")} == {
        "x.flavour": "strict",
        "x.loud": "yes",
        "x.note": "password=***",
    }


def test_an_entry_as_a_log_collector_wraps_it() -> None:
    """An entry wrapped by a log collector is the entry."""
    wrapped = parse("github.audit", {"time": 1, "event": audit_entry()})
    assert wrapped == parse("github.audit", audit_entry())


DEFENCE_DOWN = """protected_branch.destroy protected_branch.update_admin_enforced repository_ruleset.update
    repository_ruleset.destroy required_status_check.destroy repository_branch_protection_evaluation.disable
    repository_secret_scanning.disable repository_secret_scanning_push_protection.disable
    repository_vulnerability_alerts.disable repo.advanced_security_disabled environment.remove_protection_rule
    repo.set_default_workflow_permissions repo.set_actions_fork_pr_approvals_policy repo.access
    org.disable_two_factor_requirement ip_allow_list.disable ssh_certificate_requirement.disable""".split()
OUT_OF_SIGHT = """hook.destroy hook.active_changed hook.config_changed hook.events_changed checks.delete_logs
    workflows.delete_workflow_run workflows.disable_workflow artifact.destroy repo.set_actions_retention_limit
    actions_cache.delete""".split()
RIGHTS = """org.add_member org.update_member org.add_outside_collaborator repo.add_member team.add_repository
    personal_access_token.access_granted public_key.create oauth_application.create org.oauth_app_access_approved
    integration_installation.create repo.create_actions_secret org.update_actions_secret
    environment.create_actions_secret repo.register_self_hosted_runner org.runner_group_runners_added""".split()


@pytest.mark.parametrize("action", [*DEFENCE_DOWN, *OUT_OF_SIGHT, *RIGHTS])
def test_what_attackers_change_is_administration(action: str) -> None:
    """Lowered defences, removed traces and granted rights are judged beside each other, not among runs."""
    assert parse("github.audit", audit_entry(action)).kind is Kind.ADMIN


def test_lists_are_told() -> None:
    """Lists that no reader knows are sets: texts as they are, objects by what sort of thing each is."""
    entry = audit_entry(
        "repository_ruleset.update",
        ruleset_rules=[{"type": "deletion", "id": 5}, {"type": "non_fast_forward"}],
        ruleset_bypass_actors=[{"actor_type": "Team", "actor_id": 9}],
        reasons=["review_policy_not_satisfied"],
    )
    facts = parse("github.audit", entry).facts
    assert facts["x.ruleset_rules"] == ["deletion", "non_fast_forward"]
    assert (facts["x.ruleset_bypass_actors"], facts["x.reasons"]) == (["Team"], ["review_policy_not_satisfied"])


def test_transport_beside_the_token() -> None:
    """How a clone was made is told beside the kind of token, by name or by GitHub's number for it."""
    facts = parse("github.audit", audit_entry(transport_protocol_name="ssh")).facts
    assert (facts["access_type"], facts["x.transport"]) == ("Personal access token (classic)", "ssh")
    assert parse("github.audit", audit_entry(transport_protocol=1)).facts["x.transport"] == "http"


def test_scopes_of_a_token_are_a_set() -> None:
    """A token's scopes are compared one by one."""
    facts = parse("github.audit", audit_entry(token_scopes="repo, read:org")).facts
    assert facts["x.token_scope"] == ["repo", "read:org"]


def test_runner_of_any_action() -> None:
    """Registering a runner names it, so that it meets the jobs that run on it."""
    entry = audit_entry("repo.register_self_hosted_runner", runner_name="box-7", runner_labels=["self-hosted"])
    event = parse("github.audit", entry)
    assert (event.links["runner"], event.facts["runner_label"]) == ("box-7", ["self-hosted"])


def test_reusable_workflows_of_a_job() -> None:
    """What a job calls, and at which commit, is told."""
    entry = audit_entry(
        "workflows.prepared_workflow_job",
        calling_workflow_refs=["acme/shared/.github/workflows/ship.yml@refs/heads/main"],
        calling_workflow_shas=["a" * 40],
    )
    facts = parse("github.audit", entry).facts
    assert facts["action_ref"] == ["acme/shared/.github/workflows/ship.yml@refs/heads/main"]
    assert facts["action_sha"] == ["a" * 40]


def test_fields_that_an_export_nests() -> None:
    """What an export puts into `data` is read as if it stood beside the rest."""
    nested = audit_entry("repo.access", data={"visibility": "public", "previous_visibility": "private"})
    facts = parse("github.audit", nested).facts
    assert (facts["visibility"], facts["previous_visibility"]) == ("public", "private")


def test_a_webhook_among_audit_entries() -> None:
    """A webhook's payload that came with the audit log is read as one."""
    event = parse("github.audit", push())
    assert (event.action, event.kind, event.source) == ("push", Kind.CHANGE, "github.audit")


def test_a_hook_that_was_removed_is_linked_by_its_number() -> None:
    """What its silence is told with has the same link, so that the two meet."""
    assert parse("github.audit", audit_entry("hook.destroy", hook_id=4711)).links["hook"] == "4711"
