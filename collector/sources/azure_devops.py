"""azure_devops: service hooks of Azure DevOps, and entries of its audit log."""

from __future__ import annotations

import re

from collector.delivery import Delivery, parse_time
from collector.event import Actor, ActorType, Entity, Event, Kind
from collector.shapes import repo_of
from collector.sources import pushes
from collector.sources.fields import JSON, full_text, record, records, text
from collector.sources.source import NOBODY, Context, Draft, Source, digest_of, entries_of, plain_facts

_KINDS = (
    (re.compile(r"git\.pullrequest|git\.push|tfvc\.|ms\.vss-code"), Kind.CHANGE),
    (re.compile(r"build\.|ms\.vss-(?:pipelines|release|pipelinechecks)"), Kind.RUN),
    (re.compile(r"git\.repo|git\.branch"), Kind.ADMIN),
)
_AUDIT_KINDS = {"access": Kind.ACCESS, "execute": Kind.RUN}
_AUDIT_ACCESS = re.compile(r"(?i)access|download|export|streamed|^AuditLog\.|login")
_AUDIT_RUN = re.compile(r"^(?:Pipelines\.(?:PipelineRetention|RunRetention|DeploymentJob)|Release\.Deployment)")
_PEOPLE = ("pushedBy", "createdBy", "requestedFor", "requestedBy", "lastChangedBy", "modifiedBy", "author")
_OVER = frozenset("succeeded failed canceled partiallysucceeded stopped completed rejected".split())
_SHA = re.compile(r"[0-9a-f]{40}")
_USED = frozenset("Id ActionId Timestamp ActorUPN ActorDisplayName UserAgent Details Data ProjectName".split())


def parse(delivery: Delivery, context: Context) -> list[Event]:
    """Return the event of a service hook, or one for each audit entry."""
    entries = entries_of(delivery, "decoratedAuditLogEntries")
    return [
        _audit(entry, delivery, context) if "ActionId" in _folded(entry) else _hook(entry, delivery, context)
        for entry in entries
    ]


def _folded(entry: JSON) -> JSON:
    """Return an entry with names as the audit stream writes them: its API begins them in lower case."""
    return {name[:1].upper() + name[1:]: value for name, value in entry.items()}


def _hook(body: JSON, delivery: Delivery, context: Context) -> Event:
    name, resource = text(body, "eventType") or "unknown", record(body, "resource")
    draft = Draft(name, next((kind for words, kind in _KINDS if words.match(name)), Kind.OTHER))
    run = record(resource, "run") or resource
    repo = record(resource, "repository") or record(resource, "pullRequest", "repository")
    _repository(draft, repo)
    draft.actor = _actor(resource, record(resource, "pullRequest"))
    if "refUpdates" in resource:
        _push(draft, resource, text(repo, "defaultBranch"))
    elif "pullRequestId" in resource or "pullRequest" in resource:
        _pull_request(draft, record(resource, "pullRequest") or resource)
    elif draft.kind is Kind.RUN:
        _run(draft, run, resource, record(body, "resourceContainers"))
    draft.observed_at = draft.observed_at or parse_time(body.get("createdDate"))
    event_id = text(body, "id")
    return draft.event(delivery, context, event_id or digest_of(body), event_id)


def _repository(draft: Draft, repo: JSON) -> None:
    project, name = text(record(repo, "project"), "name"), text(repo, "name")
    full = f"{project}/{name}" if project and name else name or repo_of(text(repo, "remoteUrl", "url"))
    draft.link("repo", full)
    draft.entity = Entity("repo", full) if full else Entity("source", "azure_devops")


def _actor(*places: JSON) -> Actor:
    for place in places:
        for field in _PEOPLE:
            person = record(place, field)
            name = text(person, "uniqueName", "displayName").rpartition("\\")[2]
            if name:
                is_service = text(person, "uniqueName").startswith(("Build\\", "AgentPool\\"))
                return Actor(ActorType.APP if is_service else ActorType.USER, name)
    return NOBODY


def _push(draft: Draft, push: JSON, default_branch: str) -> None:
    updates = records(push, "refUpdates", 100)
    first = updates[0] if updates else {}
    pushes.add_ref(draft, text(first, "name"), default_branch.removeprefix("refs/heads/"))
    before, after = text(first, "oldObjectId").strip("0"), text(first, "newObjectId").strip("0")
    draft.link("sha", text(first, "newObjectId") if after else "")
    draft.fact("ref_kind", "tag" if text(first, "name").startswith("refs/tags/") else "branch")
    draft.fact("created", "no" if before else "yes")
    draft.fact("deleted", "no" if after else "yes")
    commits = [_commit(one) for one in records(push, "commits", pushes.MAX_COMMITS)]
    pushes.add_commits(draft, commits, float(len(commits)), draft.actor)
    pushes.add_head(draft, commits[0] if commits else {})
    draft.observed_at = parse_time(push.get("date"))


def _commit(commit: JSON) -> JSON:
    """Return a commit as GitHub and GitLab write it."""
    author, committer = record(commit, "author"), record(commit, "committer")
    return {
        "message": text(commit, "comment"),
        "timestamp": committer.get("date"),
        "author": {"name": text(author, "name"), "email": text(author, "email")},
        "committer": {"name": text(committer, "name"), "email": text(committer, "email")},
    }


def _pull_request(draft: Draft, pull: JSON) -> None:
    number = text(pull, "pullRequestId")
    draft.link("pull_request", f"{draft.links.get('repo', '')}#{number}" if number else "")
    pushes.add_ref(draft, text(pull, "sourceRefName"), "")
    draft.link("sha", text(record(pull, "lastMergeSourceCommit"), "commitId"))
    pushes.add_title(draft, text(pull, "title"), full_text(pull, "description"))
    draft.fact("merged", "yes" if text(pull, "status") == "completed" else "")
    draft.fact("head_fork", "yes" if record(pull, "forkSource") else "")
    draft.fact("x.merge", text(pull, "mergeStatus"))
    draft.values("review_state", (text(one, "vote") for one in records(pull, "reviewers", 50) if one.get("vote")))
    draft.observed_at = parse_time(pull.get("closedDate")) if text(pull, "status") == "completed" else None


def _run(draft: Draft, run: JSON, resource: JSON, containers: JSON) -> None:
    definition = record(run, "definition") or record(run, "pipeline") or record(resource, "pipeline")
    name = text(definition, "name")
    project = text(record(run, "project"), "name") or text(record(containers, "project"), "id")
    workflow = f"{draft.links.get('repo') or project or 'azure_devops'}:{name or 'unknown'}"
    draft.link("workflow", workflow)
    draft.fact("workflow_name", name)
    draft.link("run", f"{project or 'azure_devops'}#{text(run, 'id', 'buildNumber')}")
    draft.entity = Entity("workflow", workflow)
    result = text(run, "result", "status").lower()
    draft.fact("conclusion", result if result in _OVER else "")
    draft.fact("trigger", text(run, "reason"))
    branch, sha = text(run, "sourceBranch"), text(run, "sourceVersion")
    version = text(run, "sourceGetVersion").split(":")  # `LG:refs/heads/main:SHA` of older servers
    if len(version) == 3:
        branch, sha = version[1], version[2]
    if branch:
        pushes.add_ref(draft, branch, "")
    draft.link("sha", sha if _SHA.fullmatch(sha) else "")
    draft.fact("runner_group", text(record(run, "queue"), "name"))
    started, ended = (parse_time(run.get(one) or run.get(other)) for one, other in _SPAN)
    draft.number("duration_s", max(0.0, ended - started) if started and ended else None)
    draft.observed_at = ended or started


_SPAN = (("startTime", "createdDate"), ("finishTime", "finishedDate"))


def _audit(entry: JSON, delivery: Delivery, context: Context) -> Event:
    entry = _folded(entry)
    action = text(entry, "ActionId")
    draft = Draft(action, _audit_kind(action, text(entry, "Category").lower()), _auditee(entry))
    data = record(entry, "Data")
    project = text(entry, "ProjectName") or text(data, "ProjectName")
    repo = text(data, "RepoName", "RepositoryName")
    draft.link("repo", f"{project}/{repo}" if project and repo else repo)
    scope = text(entry, "ScopeDisplayName") or "unknown"
    draft.entity = Entity("repo", draft.links["repo"]) if repo else Entity("org", project or scope)
    draft.came_from(text(entry, "IPAddress", "IpAddress"), context.networks)
    draft.used(text(entry, "UserAgent"))
    draft.fact("access_type", text(entry, "AuthenticationMechanism").partition(" ")[0])
    target = text(data, "MemberDisplayName", "SubjectDisplayName", "TargetUser", "DisplayName", "UserName")
    draft.link("target", target if target != draft.actor.name else "")
    draft.fact("permission", text(data, "GroupName", "PermissionModelToken", "NewAccessLevel"))
    draft.fact("x.area", text(entry, "Area"))
    draft.observed_at = parse_time(entry.get("Timestamp"))
    plain_facts(draft, {name: value for name, value in data.items() if not name.endswith("Id")}, _USED)
    entry_id = text(entry, "Id")
    return draft.event(delivery, context, entry_id or digest_of(entry), entry_id)


def _audit_kind(action: str, category: str) -> Kind:
    if _AUDIT_ACCESS.search(action):
        return Kind.ACCESS
    if _AUDIT_RUN.match(action):
        return Kind.RUN
    return _AUDIT_KINDS.get(category, Kind.ADMIN)


def _auditee(entry: JSON) -> Actor:
    name = text(entry, "ActorUPN") or text(entry, "ActorDisplayName")
    if not name:
        return NOBODY
    is_service = "@" not in name or "service" in text(entry, "ActorDisplayName").lower()
    return Actor(ActorType.APP if is_service else ActorType.USER, name)


SOURCE = Source("azure_devops", parse)
