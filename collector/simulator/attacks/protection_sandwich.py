"""Branch protection goes off, history is rewritten by force, and protection comes back."""

from __future__ import annotations

from collector.simulator.attacks.attack import Attack
from collector.simulator.changes import Commit, Push, new_sha, play_push
from collector.simulator.days import HOUR, work_begins
from collector.simulator.lookalikes import set_protection
from collector.simulator.organisation import Session, make_token
from collector.simulator.tape import Tape


def play(tape: Tape, day_at: float) -> float:
    """Record refused pushes, protection off, the forced push, and protection on: nine minutes at night."""
    rng, organisation = tape.rng, tape.organisation
    owner = rng.choice(organisation.owners)
    repository = next(r for r in organisation.repositories if r.name == organisation.guarded)
    main = repository.default_branch
    network, host = organisation.hosting(rng), rng.randrange(2, 250)
    token = make_token(rng, "Personal access token (classic)", "git/2.45.2")
    pusher = Session(owner.account, token, network, host)
    browser = Session(owner.account, owner.credentials["web"], network, host)
    at = work_begins(rng, owner, day_at) - 6 * HOUR
    for _ in range(2):
        at += rng.uniform(20, 60)
        tape.audit(at, "protected_branch.rejected_ref_update", pusher, repository, branch=f"refs/heads/{main}")
    set_protection(tape, browser, "destroy", "deleted", repository, at + 90)
    commit = Commit(
        sha=new_sha(rng), message="Fix typo", author=owner.account, modified=("internal/store.go", "scripts/release.sh")
    )
    impact = at + 210
    play_push(tape, Push(repository=repository, session=pusher, branch=main, commits=(commit,), is_forced=True), impact)
    set_protection(tape, browser, "create", "created", repository, at + 480)
    return impact


ATTACK = Attack(
    "protection-sandwich",
    ("A47",),
    "Protection off, a forced push to the default branch, protection on, within ten minutes.",
    play,
)
