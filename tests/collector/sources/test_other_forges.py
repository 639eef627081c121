"""Webhooks of Gitea, Forgejo, Gogs and Bitbucket become the events that GitHub's would."""

from __future__ import annotations

from typing import Any

import pytest

from collector.event import Event, Kind
from tests.collector.samples import JSON, commit, parse, payload, push, webhook

SHA = "a" * 40


@pytest.mark.parametrize("name", ["Gitea", "Forgejo", "Gogs"])
def test_a_push_is_read_as_githubs(name: str) -> None:
    """One payload, whoever sends it: but for its source and id the event is that of GitHub's reader."""
    ours = parse("gitea.webhook", push(), {f"X-{name}-Event": "push", f"X-{name}-Delivery": "uuid-1"})
    theirs = webhook("push", push())
    assert (ours.id, ours.source) == ("gitea.webhook:uuid-1", "gitea.webhook")
    assert (ours.action, ours.kind, ours.actor, ours.entity) == (
        theirs.action,
        theirs.kind,
        theirs.actor,
        theirs.entity,
    )
    assert (ours.links, ours.facts, ours.numbers) == (theirs.links, theirs.facts, theirs.numbers)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("pull_request_approved", Kind.CHANGE),
        ("pull_request_sync", Kind.CHANGE),
        ("repository", Kind.ADMIN),
        ("release", Kind.DEPENDENCY),
        ("never_seen", Kind.OTHER),
    ],
)
def test_names_that_differ(name: str, kind: Kind) -> None:
    """What is called otherwise than at GitHub is of the kind it is there."""
    assert parse("gitea.webhook", payload(action="x"), {"X-Gitea-Event": name}).kind is kind


def bitbucket(key: str, **fields: Any) -> Event:
    """Return the event of a webhook of Bitbucket Cloud."""
    body = {
        "actor": {"nickname": "mona", "display_name": "Mona", "type": "user"},
        "repository": {"full_name": "acme/pay", "is_private": True},
        **fields,
    }
    return parse("bitbucket.webhook", body, {"X-Event-Key": key, "X-Request-UUID": "uuid-1"})


def moved(**fields: Any) -> JSON:
    """Return a change of a push."""
    target = {
        "hash": SHA,
        "date": "2026-03-01T10:00:00+13:00",
        "message": "Fix rounding",
        "author": {"raw": "Mona <mona@acme.example>", "user": {"nickname": "mona"}},
    }
    change = {"new": {"type": "branch", "name": "main", "target": target}, "old": {"type": "branch", "name": "main"}}
    return {**change, "created": False, "closed": False, "forced": False, "commits": [target], **fields}


def test_a_push_of_bitbucket() -> None:
    """A push tells branch, commits, authors and force."""
    event = bitbucket("repo:push", push={"changes": [moved(), moved(forced=True)]})
    assert (event.id, event.action, event.kind) == ("bitbucket.webhook:uuid-1", "repo:push", Kind.CHANGE)
    assert (str(event.actor), str(event.entity), event.facts["visibility"]) == ("user:mona", "repo:acme/pay", "private")
    assert (event.links["branch"], event.links["sha"], event.utc_offset) == ("main", SHA, 780)
    assert (event.facts["forced"], event.facts["author_match"], event.numbers["commits"]) == (
        "yes",
        ["author pushed"],
        2.0,
    )


def test_a_tag_and_a_deleted_branch() -> None:
    """What is gone names what it was."""
    tag = bitbucket("repo:push", push={"changes": [moved(new={"type": "tag", "name": "v1", "target": {"hash": SHA}})]})
    assert (tag.facts["ref_kind"], tag.links["branch"], tag.facts["branch_class"]) == ("tag", "v1", "tag")
    gone = bitbucket("repo:push", push={"changes": [moved(new=None, closed=True, commits=None)]})
    assert (gone.facts["deleted"], gone.links["branch"], "sha" in gone.links) == ("yes", "main", False)


def test_a_pull_request_of_bitbucket() -> None:
    """A pull request tells whether it comes from a fork, and whether its author acts."""
    event = bitbucket(
        "pullrequest:approved",
        pullrequest={
            "id": 12,
            "title": "Fix",
            "state": "OPEN",
            "author": {"nickname": "eve", "type": "user"},
            "source": {"branch": {"name": "x"}, "commit": {"hash": "a1"}, "repository": {"full_name": "eve/pay"}},
            "destination": {"branch": {"name": "main"}, "repository": {"full_name": "acme/pay"}},
        },
    )
    assert (event.links["pull_request"], event.facts["head_fork"]) == ("acme/pay#12", "yes")
    assert (event.facts["author_match"], event.facts["review_state"]) == ("another's", "approved")


def test_a_pipeline_of_bitbucket() -> None:
    """A commit's status is a run of the pipeline that set it."""
    event = bitbucket(
        "repo:commit_status_updated",
        commit_status={
            "key": "3343801",
            "state": "FAILED",
            "name": "Pipeline #4 for main",
            "refname": "main",
            "url": "https://bitbucket.org/acme/pay/addon/pipelines/home#!/results/4",
            "commit": {"hash": SHA},
            "created_on": "2026-03-01T09:59:00+00:00",
            "updated_on": "2026-03-01T10:00:00+00:00",
        },
    )
    assert (event.kind, str(event.entity)) == (Kind.RUN, "workflow:acme/pay:bitbucket-pipelines.yml")
    assert (event.links["run"], event.facts["conclusion"], event.numbers["duration_s"]) == (
        "acme/pay#4",
        "failed",
        60.0,
    )


def data_center(key: str, **fields: Any) -> Event:
    """Return the event of a webhook of Bitbucket Data Center."""
    repo = {"slug": "pay", "id": 84, "public": False, "project": {"key": "ACME"}}
    body = {"eventKey": key, "date": "2026-03-01T10:00:00+0000", "actor": {"name": "mona", "type": "NORMAL"}}
    return parse("bitbucket.webhook", {**body, "repository": repo, **fields}, {"X-Request-Id": "request-1"})


def test_a_push_of_data_center() -> None:
    """Data Center names references by their whole names, and a project by its key."""
    change = {
        "ref": {"id": "refs/heads/main", "displayId": "main", "type": "BRANCH"},
        "refId": "refs/heads/main",
        "fromHash": "0" * 40,
        "toHash": SHA,
        "type": "ADD",
    }
    event = data_center("repo:refs_changed", changes=[change])
    assert (event.links["repo"], event.links["branch"]) == ("ACME/pay", "main")
    assert (event.links["sha"], event.facts["created"], event.kind) == (SHA, "yes", Kind.CHANGE)


def test_id_of_a_request_is_no_id_of_an_event() -> None:
    """A proxy gives every attempt an X-Request-Id of its own: a repeat is one event all the same."""
    body = {"eventKey": "repo:forked", "actor": {"name": "mona"}}
    first, again = (parse("bitbucket.webhook", body, {"X-Request-Id": value}) for value in ("1", "2"))
    assert first.id == again.id


def test_a_pull_request_of_data_center() -> None:
    """Data Center's pull requests are told in its own words."""
    fork, own = {"id": 9}, {"id": 84, "slug": "pay", "project": {"key": "ACME"}}
    pull = {
        "id": 3,
        "title": "Fix",
        "state": "MERGED",
        "fromRef": {"displayId": "x", "latestCommit": SHA, "repository": fork},
        "toRef": {"displayId": "main", "repository": own},
        "author": {"user": {"name": "mona", "type": "NORMAL"}},
    }
    event = data_center("pr:merged", pullRequest=pull, repository=None)
    assert (event.links["pull_request"], event.links["sha"], event.facts["head_fork"]) == ("ACME/pay#3", SHA, "yes")
    assert (event.facts["merged"], event.facts["author_match"]) == ("yes", "own pull request")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("repo:fork", Kind.ACCESS),
        ("repo:deleted", Kind.ADMIN),
        ("project:updated", Kind.ADMIN),
        ("issue:created", Kind.OTHER),
    ],
)
def test_other_hooks_of_bitbucket(key: str, kind: Kind) -> None:
    """Hooks without a reader are plain events of their kind."""
    assert bitbucket(key).kind is kind


def test_a_commit_by_another_is_told() -> None:
    """A commit in another's name is told where the forge tells authors."""
    other = moved(commits=[{"message": "x", "author": {"raw": "Eve <eve@x.example>", "user": {"nickname": "eve"}}}])
    assert bitbucket("repo:push", push={"changes": [other]}).facts["author_match"] == ["another's commit"]
    assert commit()  # the shape that GitHub's and GitLab's pushes have
