"""An owner's account is taken over: private repositories are made public, then some are destroyed."""

from __future__ import annotations

from dataclasses import replace

from collector.simulator.attacks.attack import Attack
from collector.simulator.days import HOUR, work_begins
from collector.simulator.organisation import Credential, Session, draw_some
from collector.simulator.tape import Tape


def play(tape: Tape, day_at: float) -> float:
    """Record a dozen repositories opened within minutes, and three destroyed after."""
    rng, organisation = tape.rng, tape.organisation
    owner = rng.choice(organisation.owners)
    browser = Credential(
        "", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
    )
    thief = Session(owner.account, browser, organisation.hosting(rng), rng.randrange(2, 250))
    at = work_begins(rng, owner, day_at) - 8 * HOUR
    opened = [replace(r, is_private=False) for r in draw_some(rng, organisation.private_repositories, 12)]
    impact = 0.0
    for repository in opened:
        at += rng.uniform(8, 40)
        tape.audit(at, "repo.access", thief, repository, visibility="public", previous_visibility="private")
        tape.webhook(at, "repository", {"action": "publicized"}, owner.account, repository)
        impact = impact or at
    for repository in opened[:3]:
        at += rng.uniform(30, 120)
        tape.audit(at, "repo.destroy", thief, repository, visibility="public")
        tape.webhook(at, "repository", {"action": "deleted"}, owner.account, repository)
    return impact


ATTACK = Attack(
    "visibility-flip", ("A13",), "Twelve private repositories are made public within minutes, three destroyed.", play
)
