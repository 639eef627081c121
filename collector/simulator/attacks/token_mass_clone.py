"""A stolen session issues a fresh token, and a script copies every private repository."""

from __future__ import annotations

from collector.simulator.attacks.attack import Attack
from collector.simulator.days import HOUR, work_begins
from collector.simulator.organisation import Session, make_token
from collector.simulator.tape import Tape, describe_transport

AGENT = "python-requests/2.32.4"
MOST = 60
"""Repositories copied; nobody would wait for a thousand."""


def play(tape: Tape, day_at: float) -> float:
    """Record a night of copying, hours before the victim's day begins."""
    rng, organisation = tape.rng, tape.organisation
    victim = rng.choice(organisation.members)
    network, host = organisation.hosting(rng), rng.randrange(2, 250)
    token = make_token(rng, "Personal access token (classic)", AGENT)
    browser = Session(victim.account, victim.credentials["web"], network, host)
    thief = Session(victim.account, token, network, host)
    at = work_begins(rng, victim, day_at) - 7 * HOUR
    tape.audit(at, "org_credential_authorization.grant", browser, token_id=token.token_id)
    private = list(organisation.private_repositories[:MOST])
    rng.shuffle(private)
    impact = at
    for number, repository in enumerate(private):
        at += rng.uniform(20, 150)
        tape.audit(at, "git.clone", thief, repository, **describe_transport(thief))
        impact = at if number == len(private) // 2 else impact
    return impact


ATTACK = Attack(
    "token-mass-clone",
    ("A10",),
    "A stolen session issues a token, and a script clones all private repositories at night.",
    play,
)
