"""Ordinary days of machines, and of the few people who administer: updates, schedules, mirrors, settings."""

from __future__ import annotations

import random

from collector.simulator import names
from collector.simulator.changes import Change, Commit, merge, new_sha, open_change, release
from collector.simulator.days import DAY, HOUR, draw_count, weekday, work_begins
from collector.simulator.organisation import Account, Credential, Network, Repository, Session
from collector.simulator.runs import Run, play_run
from collector.simulator.tape import Tape, describe_account, describe_transport

APP_NETWORK = Network("198.19.250", 65020, "hosting", "US")
MIRROR_NETWORK = Network("198.51.100", 65010, "hosting", "NL")

DEPENDABOT = Session(
    Account("dependabot[bot]", 49699333, "Bot"),
    Credential(
        "GitHub App server-to-server token",
        "dependabot-core/0.321.0",
        4001,
        "ZGVwZW5kYWJvdC1vZi1jb3BwZXJmaWVsZC1sYWJzLTE=",
    ),
    APP_NETWORK,
    17,
)
RELEASER = Account("copperfield-releases[bot]", 91827364, "Bot")
MIRROR = Session(
    Account("copperfield-mirror", 55443322),
    Credential(
        "Personal access token (classic)", "git/2.39.2", 7331, "bWlycm9yLW9mLWNvcHBlcmZpZWxkLWxhYnMtbmlnaHQtMQ=="
    ),
    MIRROR_NETWORK,
    40,
)
"""A service account that fetches everything every night, from rented machines."""


def play_machines(tape: Tape, day_at: float) -> None:
    """Record what machines do in one day: dependency updates, scheduled runs, a mirror, releases."""
    rng = tape.rng
    is_monday, is_wednesday = weekday(day_at) == 1, weekday(day_at) == 3
    for repository in tape.organisation.repositories:
        at = day_at + 2 * HOUR + rng.uniform(0, 900)
        tape.audit(at, "git.fetch", MIRROR, repository, **describe_transport(MIRROR))
        for _ in range(draw_count(rng, 0.5 if is_monday else 0.06)):
            play_update(tape, repository, day_at + rng.gauss(5.5, 0.3) * HOUR)
        if "nightly" in repository.workflows:
            _play_nightly(tape, repository, day_at + 1.5 * HOUR + rng.uniform(0, 600))
        if "release" in repository.workflows and rng.random() < (0.35 if is_wednesday else 0.03):
            release(tape, repository, RELEASER, draw_version(rng), day_at + rng.uniform(9, 15) * HOUR)


def draw_version(rng: random.Random) -> str:
    """Return the name of a release."""
    return f"v{rng.randrange(1, 6)}.{rng.randrange(40)}.{rng.randrange(9)}"


def play_update(tape: Tape, repository: Repository, at: float) -> None:
    """Record a dependency update that Dependabot proposes and, often, somebody merges."""
    rng = tape.rng
    change = draw_update(rng, repository)
    open_change(tape, change, at)
    if rng.random() < 0.5:
        merger = rng.choice(tape.organisation.team(repository.team))
        begins = work_begins(rng, merger, at // DAY * DAY)
        merge(tape, change, merger.session(rng, "web"), max(at + 600, begins) + rng.expovariate(1 / HOUR))


def draw_update(rng: random.Random, repository: Repository) -> Change:
    """Think of a dependency that has a newer version."""
    dependency = rng.choice(names.DEPENDENCIES[repository.language])
    old, new = f"{rng.randrange(1, 9)}.{rng.randrange(30)}.0", f"{rng.randrange(9, 12)}.0.0"
    title = f"Bump {dependency} from {old} to {new}"
    files = (names.LANGUAGES[repository.language][1], names.LOCKFILES[repository.language])
    commit = Commit(sha=new_sha(rng), message=title, author=DEPENDABOT.account, modified=files)
    return Change(
        repository=repository,
        author=DEPENDABOT,
        branch=f"dependabot/{repository.language}/{dependency}-{new}",
        title=title,
        commits=(commit,),
        number=rng.randrange(100, 4000),
    )


def _play_nightly(tape: Tape, repository: Repository, at: float) -> None:
    """Record a scheduled run; it acts for whoever wrote the schedule."""
    run = Run(
        repository=repository,
        workflow=repository.workflows["nightly"],
        trigger="schedule",
        actor=tape.organisation.team(repository.team)[0].account,
        branch="main",
        sha=new_sha(tape.rng),
        title="Nightly",
    )
    play_run(tape, run, at)


def play_administration(tape: Tape, day_at: float) -> None:
    """Record what administrators set on one day: nothing on most, seldom more than two things."""
    rng = tape.rng
    if weekday(day_at) in (0, 6):
        return
    for _ in range(draw_count(rng, 0.7)):
        owner = rng.choice(tape.organisation.owners)
        session = owner.session(rng, "web")
        at = work_begins(rng, owner, day_at) + rng.uniform(0, 8) * HOUR
        repository = rng.choice(tape.organisation.repositories)
        rng.choice((_rotate_secret, _move_teams, _tighten_protection, _update_app))(tape, session, repository, at)


def _rotate_secret(tape: Tape, session: Session, repository: Repository, at: float) -> None:
    secrets = [secret for workflow in repository.workflows.values() for secret in workflow.secrets]
    key = tape.rng.choice(secrets) if secrets else "TEST_DATABASE_URL"
    tape.audit(at, "repo.update_actions_secret", session, repository, key=key)


def _move_teams(tape: Tape, session: Session, _repository: Repository, at: float) -> None:
    person, team = tape.rng.choice(tape.organisation.people), tape.rng.choice(names.TEAMS)
    tape.audit(at, "team.add_member", session, user=person.account.login, team=f"{names.ORGANISATION}/{team}")
    body = {"action": "added", "scope": "team", "member": describe_account(person.account), "team": {"name": team}}
    tape.webhook(at, "membership", body, session.account)


def _tighten_protection(tape: Tape, session: Session, repository: Repository, at: float) -> None:
    action = "protected_branch.update_required_status_checks_enforcement_level"
    tape.audit(at, action, session, repository, name="main", required_status_checks_enforcement_level=2)
    rule = {"name": "main", "required_status_checks_enforcement_level": "everyone"}
    tape.webhook(at, "branch_protection_rule", {"action": "edited", "rule": rule}, session.account, repository)


def _update_app(tape: Tape, session: Session, _repository: Repository, at: float) -> None:
    tape.audit(
        at, "integration_installation.version_updated", session, integration=RELEASER.login.removesuffix("[bot]")
    )
