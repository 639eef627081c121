"""bitbucket.webhook: what Bitbucket sends, Cloud and Data Center."""

from __future__ import annotations

from collector.delivery import Delivery, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.sources import pushes
from collector.sources.fields import JSON, full_text, record, records, text, yes_no
from collector.sources.source import NOBODY, Context, Draft, Source, digest_of, object_of, plain_facts

_PUSHES = frozenset({"repo:push", "repo:refs_changed", "mirror:repo_synchronized"})
_STATUS = "repo:commit_status"
_ACCESS = frozenset({"repo:fork", "repo:forked"})
_COMMENTS = ("repo:comment", "repo:commit_comment")
_OVER = frozenset({"SUCCESSFUL", "FAILED", "STOPPED"})
_ENVELOPE = frozenset(
    {"actor", "repository", "eventKey", "date", "push", "pullrequest", "pullRequest", "commit_status"}
)
_MAX_CHANGES = 100


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the one event of a delivery; a push is one event whatever number of branches it moves."""
    body = object_of(delivery)
    key = delivery.header("X-Event-Key") or text(body, "eventKey") or _guess(body)
    draft = Draft(key, _kind_of(key), _actor(record(body, "actor")))
    _add_repo(draft, record(body, "repository") or record(_pull(body), "toRef", "repository"))
    if key in _PUSHES:
        _push(draft, body)
    elif _pull(body):
        _pull_request(draft, body)
    elif key.startswith(_STATUS):
        _status(draft, record(body, "commit_status"))
    plain_facts(draft, body, _ENVELOPE)
    draft.observed_at = draft.observed_at or parse_time(body.get("date"))
    # Data Center's X-Request-Id is no id of the event: a proxy on the way may set another for every attempt.
    request = delivery.header("X-Request-UUID")
    return [draft.event(delivery, context, request or digest_of([key, body]), request)]


def _kind_of(key: str) -> Kind:
    if key in _PUSHES or key.startswith(("pullrequest:", "pr:", *_COMMENTS)):
        return Kind.CHANGE
    if key.startswith(_STATUS):
        return Kind.RUN
    if key in _ACCESS:
        return Kind.ACCESS
    return Kind.ADMIN if key.startswith(("repo:", "project:")) else Kind.OTHER


def _guess(body: JSON) -> str:
    """Return the event's key from the body, where a proxy lost the header."""
    if "push" in body:
        return "repo:push"
    if _pull(body):
        return "pullrequest:updated"
    if "commit_status" in body:
        return "repo:commit_status_updated"
    return next((name for name in body if name not in _ENVELOPE), "unknown")[:60]


def _actor(actor: JSON) -> Actor:
    name = text(actor, "nickname", "username", "name", "display_name")
    if not name:
        return NOBODY
    kind = text(actor, "type").lower()
    return Actor({"app": ActorType.APP, "service": ActorType.APP}.get(kind, ActorType.USER), name)


def _add_repo(draft: Draft, repo: JSON) -> None:
    name = text(repo, "full_name")
    if not name and text(repo, "slug"):
        name = f"{text(record(repo, 'project'), 'key')}/{text(repo, 'slug')}"
    draft.link("repo", name)
    private = yes_no(repo, "is_private") or {"yes": "no", "no": "yes"}.get(yes_no(repo, "public"), "")
    draft.fact("visibility", {"yes": "private", "no": "public"}.get(private, ""))
    draft.entity = Entity("repo", name or "unknown")


def _push(draft: Draft, body: JSON) -> None:
    cloud, own = records(record(body, "push"), "changes", _MAX_CHANGES), records(body, "changes", _MAX_CHANGES)
    first = next(iter(cloud or own), {})
    new, old, ref = record(first, "new"), record(first, "old"), record(first, "ref")
    name = text(new, "name") or text(old, "name") or text(ref, "id")
    is_tag = "tag" in (text(new, "type") or text(old, "type") or text(ref, "type")).lower()
    pushes.add_ref(draft, f"refs/tags/{name}" if is_tag and not name.startswith("refs/") else name, "")
    draft.fact("ref_kind", "tag" if is_tag else "branch")
    target = record(new, "target")
    draft.link("sha", text(target, "hash") or (text(first, "toHash").strip("0") and text(first, "toHash")))
    for fact, field, word in (("created", "created", "ADD"), ("deleted", "closed", "DELETE")):
        is_so = any(one.get(field) is True or text(one, "type") == word for one in cloud or own)
        draft.fact(fact, "yes" if is_so else "no")
    draft.fact("forced", ("yes" if any(one.get("forced") is True for one in cloud) else "no") if cloud else "")
    commits = [_commit(one) for change in cloud for one in records(change, "commits", pushes.MAX_COMMITS)]
    commits = commits or [_commit(one) for one in records(body, "commits", pushes.MAX_COMMITS)]
    pushes.add_commits(draft, commits, float(len(commits)), draft.actor)
    pushes.add_head(draft, _commit(target) if target else next(iter(commits), {}))
    draft.number("x.refs", float(len(cloud or own)))


def _commit(commit: JSON) -> JSON:
    """Return a commit as GitHub and GitLab write it: who, said what, when."""
    author = record(commit, "author")
    raw = text(author, "raw")
    user = record(author, "user")
    person = {
        "name": raw.partition(" <")[0] or text(author, "name"),
        "email": raw.partition("<")[2].rstrip(">") or text(author, "emailAddress"),
        "username": text(user, "nickname", "username") or text(author, "slug"),
    }
    return {
        "message": text(commit, "message"),
        "timestamp": commit.get("date"),
        "author": person,
        "committer": person,
    }


def _pull(body: JSON) -> JSON:
    return record(body, "pullrequest") or record(body, "pullRequest")


def _pull_request(draft: Draft, body: JSON) -> None:
    pull, repo = _pull(body), draft.links.get("repo", "")
    draft.link("pull_request", f"{repo}#{text(pull, 'id')}")
    source, target = record(pull, "source"), record(pull, "destination")
    own = record(pull, "fromRef")
    pushes.add_ref(draft, text(record(source, "branch"), "name") or text(own, "displayId"), "")
    draft.link("sha", text(record(source, "commit"), "hash") or text(own, "latestCommit"))
    pushes.add_title(draft, text(pull, "title"), full_text(pull, "description"))
    draft.fact("merged", "yes" if text(pull, "state").upper() == "MERGED" else "")
    from_repo, to_repo = (
        text(record(source, "repository"), "full_name"),
        text(record(target, "repository"), "full_name"),
    )
    if own:
        from_repo, to_repo = (text(record(pull, ref, "repository"), "id") for ref in ("fromRef", "toRef"))
    draft.fact("head_fork", ("yes" if from_repo != to_repo else "no") if from_repo and to_repo else "")
    author = _actor(record(pull, "author", "user") or record(pull, "author"))
    is_known = NOBODY not in {author, draft.actor}
    draft.fact("author_match", ("own pull request" if author == draft.actor else "another's") if is_known else "")
    verb = draft.action.rpartition(":")[2]
    draft.fact(
        "review_state", verb if verb in {"approved", "unapproved", "needs_work", "changes_request_created"} else ""
    )
    draft.observed_at = parse_time(pull.get("updated_on") or pull.get("updatedDate"))


def _status(draft: Draft, status: JSON) -> None:
    repo, name = draft.links.get("repo", ""), text(status, "key")
    workflow = f"{repo}:{'bitbucket-pipelines.yml' if 'bitbucket.org' in text(status, 'url') else name}"
    draft.link("workflow", workflow)
    draft.entity = Entity("workflow", workflow)
    draft.fact("workflow_name", text(status, "name").partition(" #")[0])
    state = text(status, "state")
    draft.fact("conclusion", state.lower() if state in _OVER else "")
    draft.link("sha", text(record(status, "commit"), "hash"))
    pushes.add_ref(draft, text(status, "refname"), "")
    run = text(status, "url").rstrip("/").rpartition("/")[2]
    draft.link("run", f"{repo}#{run}" if run.isdecimal() else text(status, "uuid"))
    started, ended = parse_time(status.get("created_on")), parse_time(status.get("updated_on"))
    draft.observed_at = ended or started
    draft.number("duration_s", max(0.0, ended - started) if started and ended and state in _OVER else None)


SOURCE = Source("bitbucket.webhook", parse)
