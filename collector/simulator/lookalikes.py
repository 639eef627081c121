"""Honest days that look like an attack: a new hire, an update storm, a release day, a purge, a new runner."""

from __future__ import annotations

import random
from collections.abc import Callable

from collector.simulator import names
from collector.simulator.changes import Change, Commit, Push, merge, new_sha, open_change, play_push, release
from collector.simulator.days import HOUR, look_at, work_begins
from collector.simulator.machines import RELEASER, draw_version, play_update
from collector.simulator.organisation import Account, Person, Repository, Session, make_credentials, make_token
from collector.simulator.tape import Tape, describe_account


def hire(tape: Tape, day_at: float) -> None:
    """Somebody joins: invited, added, given a key, and clones what the team works on within a morning."""
    rng, organisation = tape.rng, tape.organisation
    owner, mate = rng.choice(organisation.owners), rng.choice(organisation.people)
    account = Account(f"{rng.choice(names.GIVEN)}-{rng.choice(names.FAMILY)}2", rng.randrange(10**8, 2 * 10**8))
    at = work_begins(rng, owner, day_at)
    desk = owner.session(rng, "web")
    tape.audit(at, "org.invite_member", desk, user=account.login)
    tape.audit(at + HOUR, "org.add_member", desk, user=account.login, permission="read")
    body = {"action": "member_added", "membership": {"role": "member", "user": describe_account(account)}}
    tape.webhook(at + HOUR, "organization", body, account)
    tape.audit(at + HOUR + 90, "team.add_member", desk, user=account.login, team=f"{names.ORGANISATION}/{mate.team}")
    at = max(at + HOUR + 600, work_begins(rng, mate, day_at))
    newcomer = _newcomer(rng, account, mate)
    for repository in organisation.repositories_of(mate.team):
        at += rng.uniform(60, 900)
        look_at(tape, newcomer.session(rng), newcomer, repository, at)
    organisation.people.append(newcomer)


def _newcomer(rng: random.Random, account: Account, mate: Person) -> Person:
    return Person(
        account=account,
        team=mate.team,
        zone=mate.zone,
        home=mate.home,
        office=mate.office,
        starts=9,
        pace=0.5,
        weekend=0,
        office_share=1,
        host=rng.randrange(2, 250),
        credentials=make_credentials(rng),
    )


def storm_of_updates(tape: Tape, day_at: float) -> None:
    """A security advisory makes Dependabot propose the same day in most repositories."""
    for repository in tape.rng.sample(tape.organisation.repositories, 20):
        play_update(tape, repository, day_at + 13 * HOUR + tape.rng.uniform(0, 3000))


def release_everything(tape: Tape, day_at: float) -> None:
    """All packages are released within an hour, by the usual bot."""
    at = day_at + 10 * HOUR
    for repository in tape.organisation.repositories:
        if "release" in repository.workflows:
            at += tape.rng.uniform(120, 700)
            release(tape, repository, RELEASER, draw_version(tape.rng), at)


def roll_out_workflow(tape: Tape, day_at: float) -> None:
    """One person of the platform team changes the same workflow in ten repositories, reviewed."""
    rng = tape.rng
    author = rng.choice(tape.organisation.team("platform"))
    at = work_begins(rng, author, day_at) + HOUR
    for repository in rng.sample(tape.organisation.repositories, 10):
        title = "Cache downloads between runs"
        files = (repository.workflows["ci"].path,)
        commit = Commit(sha=new_sha(rng), message=title, author=author.account, modified=files)
        change = Change(
            repository=repository,
            author=author.session(rng),
            branch="platform/cache-downloads",
            title=title,
            commits=(commit,),
            number=rng.randrange(100, 4000),
        )
        at += rng.uniform(200, 900)
        open_change(tape, change, at)
        merger = rng.choice(tape.organisation.team(repository.team))
        merge(tape, change, merger.session(rng, "web"), at + rng.uniform(600, 7200))


def purge_a_secret(tape: Tape, day_at: float) -> None:
    """A leaked token is removed from history: alert, protection off, forced push, protection on, by an owner."""
    rng = tape.rng
    owner = rng.choice(tape.organisation.owners)
    repository = rng.choice(tape.organisation.repositories_of(owner.team))
    at = work_begins(rng, owner, day_at) + 3 * HOUR
    alert = {"number": 3, "secret_type": "generic_token", "state": "open"}
    tape.webhook(at, "secret_scanning_alert", {"action": "created", "alert": alert}, owner.account, repository)
    desk = owner.session(rng, "web")
    set_protection(tape, desk, "destroy", "deleted", repository, at + 1500)
    commit = Commit(
        sha=new_sha(rng), message="Remove a token from history", author=owner.account, modified=("src/api.ts",)
    )
    purge = Push(repository=repository, session=owner.session(rng), branch="main", commits=(commit,), is_forced=True)
    play_push(tape, purge, at + 1700)
    set_protection(tape, desk, "create", "created", repository, at + 1900)


def set_protection(tape: Tape, session: Session, verb: str, action: str, repository: Repository, at: float) -> None:
    """Record that the protection of a default branch was made or taken away."""
    tape.audit(at, f"protected_branch.{verb}", session, repository, name="main")
    told = {"action": action, "rule": {"name": "main", "allow_force_pushes_enforcement_level": "off"}}
    tape.webhook(at, "branch_protection_rule", told, session.account, repository)


def add_runners(tape: Tape, day_at: float) -> None:
    """The platform team registers two more machines for its pool."""
    rng = tape.rng
    owner = tape.organisation.owners[0]
    at = work_begins(rng, owner, day_at) + 2 * HOUR
    for number in (5, 6):
        at += rng.uniform(60, 300)
        name = f"pool-{number}"
        tape.audit(at, "org.register_self_hosted_runner", owner.session(rng, "web"), runner_name=name)
        tape.system_audit(at + 20, "org.self_hosted_runner_online", owner.account, runner_name=name)


def renew_laptop(tape: Tape, day_at: float) -> None:
    """Somebody has a new machine: a new key, and all repositories are cloned again."""
    rng = tape.rng
    person = rng.choice([p for p in tape.organisation.people if not p.is_owner])
    at = work_begins(rng, person, day_at) + HOUR
    tape.audit(at, "public_key.create", person.session(rng, "web"), title="new laptop", read_only="false")
    person.credentials["git"] = make_token(rng, "SSH key", rng.choice(names.GIT_AGENTS))
    person.known.clear()
    for repository in tape.organisation.repositories_of(person.team):
        at += rng.uniform(30, 600)
        look_at(tape, person.session(rng), person, repository, at)


def open_source(tape: Tape, day_at: float) -> None:
    """An owner publishes one small repository, as was planned."""
    rng = tape.rng
    owner = rng.choice(tape.organisation.owners)
    repository = next(r for r in tape.organisation.repositories if r.name == "experiments")
    repository.is_private = False
    at = work_begins(rng, owner, day_at) + 4 * HOUR
    session = owner.session(rng, "web")
    tape.audit(at, "repo.access", session, repository, visibility="public", previous_visibility="private")
    tape.webhook(at, "repository", {"action": "publicized"}, owner.account, repository)


LOOKALIKES: tuple[tuple[str, int, Callable[[Tape, float], None]], ...] = (
    ("T07", 9, release_everything),
    ("T03", 12, hire),
    ("T02", 14, roll_out_workflow),
    ("T01", 16, storm_of_updates),
    ("T14", 18, purge_a_secret),
    ("T08", 20, add_runners),
    ("T03", 22, renew_laptop),
    ("T11", 24, open_source),
    ("T03", 26, hire),
    ("T01", 28, storm_of_updates),
)
"""Kind of look-alike, day it falls on in a month, and how it goes."""
