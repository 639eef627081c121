"""A worm registers its own runner in several repositories, drives it by discussions, and publishes what it found."""

from __future__ import annotations

import random

from collector.simulator import names
from collector.simulator.attacks.attack import Attack
from collector.simulator.changes import Commit, Push, new_sha, play_push
from collector.simulator.days import HOUR, work_begins
from collector.simulator.organisation import Account, Person, Repository, Session, Workflow, draw_some
from collector.simulator.runs import Run, play_run
from collector.simulator.tape import Tape, describe_account

RUNNER = "RELAY-01"
PATH = ".github/workflows/discussion.yaml"
DESCRIPTION = "The great collecting"


def play(tape: Tape, day_at: float) -> float:
    """Record three people's machines being used one after the other within two hours."""
    rng, organisation = tape.rng, tape.organisation
    victims = draw_some(rng, organisation.members, 3)
    at = work_begins(rng, victims[0], day_at) + 5 * HOUR
    impact = 0.0
    for victim in victims:
        at += rng.uniform(600, 2400)
        repository = rng.choice(organisation.repositories_of(victim.team))
        end = _infect(tape, victim, repository, at)
        impact = impact or end
    return impact


def _infect(tape: Tape, victim: Person, repository: Repository, at: float) -> float:
    """Record what the worm does from one person's machine; return when the loot is public."""
    rng, main = tape.rng, repository.default_branch
    # It runs where the person works: the network is the usual one, the program is not.
    usual = victim.credentials["tool"]
    worm = Session(
        victim.account, type(usual)(usual.access, "node", usual.token_id, usual.hashed_token), victim.home, victim.host
    )
    tape.audit(at, "repo.register_self_hosted_runner", worm, repository, runner_name=RUNNER)
    tape.system_audit(at + 25, "repo.self_hosted_runner_online", victim.account, repository, runner_name=RUNNER)
    commit = Commit(sha=new_sha(rng), message="Add discussion workflow", author=victim.account, added=(PATH,))
    play_push(tape, Push(repository=repository, session=worm, branch=main, commits=(commit,)), at + 60)
    workflow = Workflow("Discussion Create", PATH, rng.randrange(10**7, 10**8), ("discussion",), ("process",), 30)
    stranger = Account(f"visitor-{rng.randrange(1000, 9999)}", rng.randrange(10**8, 2 * 10**8))
    told = {"action": "created", "discussion": {"number": 1, "title": "hello", "user": describe_account(stranger)}}
    tape.webhook(at + 200, "discussion", told, stranger, repository)
    run = Run(
        repository=repository,
        workflow=workflow,
        trigger="discussion",
        actor=stranger,
        branch=main,
        sha=commit.sha,
        title="hello",
        seconds=rng.uniform(20, 60),
        conclusion="success",
        runner=RUNNER,
    )
    end = play_run(tape, run, at + 204)
    return _publish(tape, worm, end + 40)


def _publish(tape: Tape, worm: Session, at: float) -> float:
    """Record the public repository that the loot goes to."""
    loot = _loot(tape.rng, tape.organisation.name)
    tape.audit(at, "repo.create", worm, loot, visibility="public")
    body = {"action": "created", "changes": {"description": DESCRIPTION}}
    tape.webhook(at, "repository", body, worm.account, loot)
    commit = Commit(sha=new_sha(tape.rng), message="Add file", author=worm.account, added=("contents.json",))
    play_push(tape, Push(repository=loot, session=worm, branch="main", commits=(commit,)), at + 20)
    return at + 20


def _loot(rng: random.Random, owner: str) -> Repository:
    name = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=18))
    return Repository(
        name=name,
        id=rng.randrange(10**8, 10**9),
        team=names.TEAMS[0],
        language="typescript",
        is_private=False,
        weight=0,
        runner="ubuntu-latest",
        sends_logs=False,
        workflows={},
        owner=owner,
    )


ATTACK = Attack(
    "runner-takeover",
    ("A21",),
    "A worm adds its own runner and a discussion workflow in three repositories, and publishes the loot.",
    play,
)
