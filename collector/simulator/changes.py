"""The life of a change: branch, pushes, pull request, review, merge, release."""

from __future__ import annotations

import random
from dataclasses import dataclass

from collector.simulator import names
from collector.simulator.organisation import Account, Person, Repository, Session
from collector.simulator.runs import Run, play_run
from collector.simulator.tape import Body, Tape, describe_account, describe_transport, iso

NOTHING = "0" * 40


@dataclass(frozen=True, kw_only=True)
class Commit:
    """One commit, with the files it touched."""

    sha: str
    message: str
    author: Account
    modified: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Change:
    """A pull request in the making."""

    repository: Repository
    author: Session
    branch: str
    title: str
    commits: tuple[Commit, ...]
    number: int


def new_sha(rng: random.Random) -> str:
    """Return the name of a commit."""
    return rng.randbytes(20).hex()


def draw_change(rng: random.Random, repository: Repository, author: Session) -> Change:
    """Think of something to change in a repository: one to four commits."""
    verb, thing = rng.choice(names.VERBS), rng.choice(names.THINGS)
    title = f"{verb} {thing}"
    commits = tuple(
        Commit(
            sha=new_sha(rng),
            message=title if number == 0 else rng.choice(("Review remarks", "Mend the tests", "Format", "Simplify")),
            author=author.account,
            modified=_draw_files(rng, repository),
        )
        for number in range(min(1 + int(rng.expovariate(1)), 4))
    )
    branch = f"{author.account.login.split('-')[0]}/{title.lower().replace(' ', '-')}"
    return Change(
        repository=repository,
        author=author,
        branch=branch,
        title=title,
        commits=commits,
        number=rng.randrange(100, 4000),
    )


def _draw_files(rng: random.Random, repository: Repository) -> tuple[str, ...]:
    sources, manifest = names.LANGUAGES[repository.language]
    files = rng.sample(sources, rng.randrange(1, len(sources)))
    if rng.random() < 0.08:
        files += [manifest, names.LOCKFILES[repository.language]]
    if rng.random() < (0.12 if repository.team == "platform" else 0.01):
        files.append(rng.choice(list(repository.workflows.values())).path)
    return tuple(files)


def play_change(tape: Tape, change: Change, at: float, reviewers: list[Person]) -> float:
    """Record a change from its first push to its merge; return when it was merged, or given up."""
    rng = tape.rng
    at = open_change(tape, change, at)
    for commit in change.commits[1:]:
        at += rng.lognormvariate(7.5, 0.8)
        _push_to(tape, change, commit, at)
        run_for(tape, change, "pull_request", commit.sha, at)
    reviewer = rng.choice(reviewers) if reviewers else None
    if reviewer is None or rng.random() < 0.08:
        return at
    at += min(rng.lognormvariate(7.8, 0.9), 5 * 3600)
    _tell_review(tape, change, reviewer, at)
    merger = change.author if rng.random() < 0.7 else reviewer.session(rng, "web")
    return merge(tape, change, merger, at + rng.lognormvariate(5.5, 0.8))


def open_change(tape: Tape, change: Change, at: float) -> float:
    """Record a branch with its first commit, and the pull request for it."""
    first = change.commits[0]
    body = {"ref": change.branch, "ref_type": "branch", "master_branch": "main", "pusher_type": "user"}
    tape.webhook(at, "create", body, change.author.account, change.repository)
    _push_to(tape, change, first, at, is_first=True)
    at += tape.rng.lognormvariate(4, 0.8)
    tell_pull_request(tape, change, "opened", change.author.account, at)
    run_for(tape, change, "pull_request", first.sha, at)
    return at


def merge(tape: Tape, change: Change, by: Session, at: float) -> float:
    """Record a merge into the default branch, and what runs after it."""
    repository = change.repository
    merged = _squash(tape.rng, change)
    tell_pull_request(tape, change, "closed", by.account, at, merged_by=by.account)
    tape.audit(at, "pull_request.merge", by, repository, pull_request_id=change.number)
    push = Push(repository=repository, session=by, branch="main", commits=(merged,), is_on_site=True)
    play_push(tape, push, at + 1)
    gone = {"ref": change.branch, "ref_type": "branch", "pusher_type": "user"}
    tape.webhook(at + 3, "delete", gone, by.account, repository)
    for workflow in repository.workflows.values():
        if "push" in workflow.triggers:
            run = Run(
                repository=repository,
                workflow=workflow,
                trigger="push",
                actor=by.account,
                branch="main",
                sha=merged.sha,
                title=merged.message,
            )
            play_run(tape, run, at + 4)
    return at


def _squash(rng: random.Random, change: Change) -> Commit:
    return Commit(
        sha=new_sha(rng),
        message=f"{change.title} (#{change.number})",
        author=change.author.account,
        modified=tuple(sorted({file for commit in change.commits for file in commit.modified})),
        added=tuple(sorted({file for commit in change.commits for file in commit.added})),
    )


def run_for(tape: Tape, change: Change, trigger: str, sha: str, at: float) -> None:
    """Record the checks of a pull request."""
    run = Run(
        repository=change.repository,
        workflow=change.repository.workflows["ci"],
        trigger=trigger,
        actor=change.author.account,
        branch=change.branch,
        sha=sha,
        title=change.title,
    )
    play_run(tape, run, at + 3)


def _push_to(tape: Tape, change: Change, commit: Commit, at: float, *, is_first: bool = False) -> None:
    push = Push(
        repository=change.repository,
        session=change.author,
        branch=change.branch,
        commits=(commit,),
        is_first=is_first,
    )
    play_push(tape, push, at)


@dataclass(frozen=True, kw_only=True)
class Push:
    """Commits arriving on a branch, the last one being its new head."""

    repository: Repository
    session: Session
    branch: str
    commits: tuple[Commit, ...]
    is_first: bool = False
    """It makes the branch."""
    is_forced: bool = False
    is_on_site: bool = False
    """GitHub's own merge button: no transport, and GitHub commits."""


def play_push(tape: Tape, push: Push, at: float) -> None:
    """Record a push as its webhook and, unless it happened on the site, as an audit entry."""
    before = NOTHING if push.is_first else new_sha(tape.rng)
    account, head = push.session.account, push.commits[-1]
    described = [_describe_commit(commit, at, is_on_site=push.is_on_site) for commit in push.commits]
    body = {
        "ref": f"refs/heads/{push.branch}",
        "before": before,
        "after": head.sha,
        "created": push.is_first,
        "deleted": False,
        "forced": push.is_forced,
        "base_ref": None,
        "compare": f"https://github.example/{push.repository.full_name}/compare/{before[:12]}...{head.sha[:12]}",
        "commits": described,
        "head_commit": described[-1],
        "pusher": {"name": account.login, "email": account.email},
    }
    tape.webhook(at, "push", body, account, push.repository)
    if not push.is_on_site:
        tape.audit(at, "git.push", push.session, push.repository, **describe_transport(push.session))


def _describe_commit(commit: Commit, at: float, *, is_on_site: bool) -> Body:
    author = {"name": commit.author.login, "email": commit.author.email, "username": commit.author.login}
    site = {"name": "GitHub", "email": "noreply@github.example", "username": "web-flow"}
    return {
        "id": commit.sha,
        "tree_id": commit.sha[::-1],
        "distinct": True,
        "message": commit.message,
        "timestamp": iso(at - 30),
        "author": author,
        "committer": site if is_on_site else author,
        "added": list(commit.added),
        "removed": [],
        "modified": list(commit.modified),
    }


def tell_pull_request(
    tape: Tape, change: Change, action: str, sender: Account, at: float, merged_by: Account | None = None
) -> None:
    """Record that something happened to a pull request."""
    rng, repository = tape.rng, change.repository
    files = {file for commit in change.commits for file in (*commit.modified, *commit.added)}
    where = {"id": repository.id, "full_name": repository.full_name, "private": repository.is_private}
    body = {
        "number": change.number,
        "state": "closed" if action == "closed" else "open",
        "title": change.title,
        "user": describe_account(change.author.account),
        "draft": False,
        "merged": merged_by is not None,
        "merged_by": describe_account(merged_by) if merged_by else None,
        "author_association": "MEMBER",
        "head": {"ref": change.branch, "sha": change.commits[-1].sha, "repo": where},
        "base": {"ref": "main", "repo": where},
        "commits": len(change.commits),
        "additions": rng.randrange(3, 40) * len(files),
        "deletions": rng.randrange(20) * len(files),
        "changed_files": len(files),
        "created_at": iso(at),
        "updated_at": iso(at),
    }
    told = {"action": action, "number": change.number, "pull_request": body}
    tape.webhook(at, "pull_request", told, sender, repository)


def _tell_review(tape: Tape, change: Change, reviewer: Person, at: float) -> None:
    body = {
        "action": "submitted",
        "review": {"user": describe_account(reviewer.account), "state": "approved", "submitted_at": iso(at)},
        "pull_request": {
            "number": change.number,
            "title": change.title,
            "user": describe_account(change.author.account),
            "head": {"ref": change.branch, "sha": change.commits[-1].sha},
            "base": {"ref": "main"},
        },
    }
    tape.webhook(at, "pull_request_review", body, reviewer.account, change.repository)


def release(tape: Tape, repository: Repository, by: Account, version: str, at: float) -> None:
    """Record a tag, a release, and the run that publishes it."""
    body = {"ref": version, "ref_type": "tag", "master_branch": "main", "pusher_type": "user"}
    tape.webhook(at, "create", body, by, repository)
    about = {
        "id": int(at),
        "tag_name": version,
        "target_commitish": "main",
        "name": version,
        "draft": False,
        "prerelease": False,
        "author": describe_account(by),
        "published_at": iso(at),
        "assets": [],
    }
    tape.webhook(at + 2, "release", {"action": "published", "release": about}, by, repository)
    run = Run(
        repository=repository,
        workflow=repository.workflows["release"],
        trigger="release",
        actor=by,
        branch=version,
        sha=new_sha(tape.rng),
        title=version,
        conclusion="success",
    )
    play_run(tape, run, at + 5)
