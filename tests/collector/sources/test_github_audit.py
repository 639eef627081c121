"""Entries of GitHub's audit log become events, every action of them."""

from __future__ import annotations

import pytest

from collector.event import ActorType, Kind
from collector.networks import Network, Networks
from collector.sources import Context
from tests.collector.samples import AT, JSON, audit_entry, parse


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
