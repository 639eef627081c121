"""A stated history: four people of one team push to two repositories on working days, and every push is built."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

ORGANISATION = "meadow-works"
REPOSITORIES = (f"{ORGANISATION}/ledger", f"{ORGANISATION}/storefront")
TEAM = ("ada", "bruno", "chen", "dalia")
FILES = ("src/app.py", "src/billing.py", "src/views.py", "tests/test_app.py", "tests/test_billing.py", "README.md")
BUILD = ".github/workflows/build.yml"


def calm_history(days: int, until: datetime, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield the deliveries of so many days before a moment, in the order they were received."""
    rng = random.Random(seed)
    for day in range(days, 0, -1):
        morning = (until - timedelta(days=day)).replace(hour=8, minute=0, second=0, microsecond=0, tzinfo=UTC)
        if morning.weekday() < 5:
            yield from _working_day(rng, morning)


def _working_day(rng: random.Random, morning: datetime) -> Iterator[dict[str, Any]]:
    moments = sorted((rng.uniform(0, 9.5 * 3600), rng.choice(TEAM)) for _ in range(16))
    for seconds, person in moments:
        at = morning + timedelta(seconds=seconds)
        repository = rng.choice(REPOSITORIES)
        push = make_push(person, repository, at, modified=rng.sample(FILES, rng.randint(1, 2)))
        yield deliver("push", push, at)
        yield deliver("workflow_run", _run(rng, person, repository, push["after"], at), at + timedelta(seconds=200))


def make_push(
    person: str, repository: str, at: datetime, *, modified: Sequence[str] = (), added: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the payload of a push of one commit."""
    sha = hashlib.sha1(f"{person}{repository}{at}".encode(), usedforsecurity=False).hexdigest()
    author = {"name": person, "email": f"{person}@{ORGANISATION}.example", "username": person}
    commit = {
        "id": sha,
        "message": "Work on it",
        "timestamp": at.isoformat(),
        "author": author,
        "committer": author,
        "added": list(added),
        "removed": [],
        "modified": list(modified),
        "distinct": True,
    }
    return {
        "ref": "refs/heads/main",
        "after": sha,
        "before": "1" * 40,
        "created": False,
        "deleted": False,
        "forced": False,
        "commits": [commit],
        "head_commit": commit,
        "pusher": {"name": person},
        **_context(person, repository),
    }


def deliver(event: str, payload: dict[str, Any], at: datetime) -> dict[str, Any]:
    """Return a delivery of GitHub's as a recording holds it."""
    guid = hashlib.sha1(f"{event}{payload}".encode(), usedforsecurity=False).hexdigest()
    headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": guid}
    return {"source": "github.webhook", "received_at": at.isoformat(), "headers": headers, "body": payload}


def _run(rng: random.Random, person: str, repository: str, sha: str, at: datetime) -> dict[str, Any]:
    run = {
        "id": rng.randrange(10**9),
        "name": "Build",
        "path": BUILD,
        "event": "push",
        "head_branch": "main",
        "head_sha": sha,
        "conclusion": "success",
        "run_attempt": 1,
        "created_at": at.isoformat(),
        "run_started_at": at.isoformat(),
        "updated_at": (at + timedelta(seconds=rng.randint(150, 200))).isoformat(),
        "actor": {"login": person, "type": "User"},
    }
    return {"action": "completed", "workflow_run": run, "workflow": {"path": BUILD}, **_context(person, repository)}


def _context(person: str, repository: str) -> dict[str, Any]:
    return {
        "repository": {"id": REPOSITORIES.index(repository), "full_name": repository, "private": True},
        "organization": {"login": ORGANISATION},
        "sender": {"login": person, "id": sum(person.encode()), "type": "User"},
    }
