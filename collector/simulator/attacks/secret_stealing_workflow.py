"""A maintainer's stolen token adds a workflow, named like an improvement, that sends every secret to one host."""

from __future__ import annotations

from collector.simulator.attacks.attack import Attack
from collector.simulator.changes import Commit, Push, new_sha, play_push
from collector.simulator.days import HOUR, work_begins
from collector.simulator.organisation import Person, Repository, Session, Workflow, draw_some, make_token
from collector.simulator.runs import Run, play_run
from collector.simulator.tape import Tape

PATH = ".github/workflows/security-audit.yml"
TITLE = "Add GitHub Actions security audit"
DROP = "intake.collector-of-keys.example"


def play(tape: Tape, day_at: float) -> float:
    """Record the same commit on the default branch of six repositories, and its short runs."""
    rng, organisation = tape.rng, tape.organisation
    victim = rng.choice(organisation.members)
    token = make_token(rng, "Personal access token (classic)", "git/2.34.1")
    thief = Session(victim.account, token, organisation.hosting(rng), rng.randrange(2, 250))
    at = work_begins(rng, victim, day_at) + 11 * HOUR
    rich = organisation.rich_repositories
    own = [repository for repository in rich if repository.team == victim.team]
    others = [repository for repository in rich if repository.team != victim.team]
    impact = 0.0
    for repository in (*own, *draw_some(rng, others, 6))[:6]:
        at += rng.uniform(60, 400)
        end = _plant(tape, thief, victim, repository, at)
        impact = impact or end
    return impact


def _plant(tape: Tape, thief: Session, victim: Person, repository: Repository, at: float) -> float:
    """Record one planted workflow and the run that its own push starts; return when the secrets are gone."""
    rng, main = tape.rng, repository.default_branch
    secrets = tuple(sorted({secret for workflow in repository.workflows.values() for secret in workflow.secrets}))
    commit = Commit(sha=new_sha(rng), message=TITLE, author=victim.account, added=(PATH,))
    play_push(tape, Push(repository=repository, session=thief, branch=main, commits=(commit,)), at)
    workflow = Workflow(
        "Security audit", PATH, rng.randrange(10**7, 10**8), ("push", "workflow_dispatch"), ("audit",), 14, secrets
    )
    run = Run(
        repository=repository,
        workflow=workflow,
        trigger="push",
        actor=victim.account,
        branch=main,
        sha=commit.sha,
        title=TITLE,
        seconds=rng.uniform(8, 20),
        conclusion="success",
        hosts=(DROP,),
    )
    return play_run(tape, run, at + 4)


ATTACK = Attack(
    "secret-stealing-workflow",
    ("A32",),
    "A new workflow on six default branches posts their secrets to a host unseen before.",
    play,
)
