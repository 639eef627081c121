"""Ordinary days of people: when they work, what they look at, what they change."""

from __future__ import annotations

import math
import random

from collector.simulator import names
from collector.simulator.changes import draw_change, play_change
from collector.simulator.organisation import Organisation, Person, Repository, Session
from collector.simulator.tape import Tape, describe_transport

DAY = 86400.0
HOUR = 3600.0


def is_weekend(day_at: float) -> bool:
    """Tell whether a day, by its midnight, is a Saturday or a Sunday."""
    return weekday(day_at) in (0, 6)


def weekday(day_at: float) -> int:
    """Return the day of the week, Sunday being 0; 1970 began on a Thursday."""
    return int(day_at // DAY + 4) % 7


def workday_from(day_at: float) -> float:
    """Return a day, or the Monday after it."""
    while is_weekend(day_at):
        day_at += DAY
    return day_at


def draw_count(rng: random.Random, mean: float) -> int:
    """Draw how often something happens that happens this often on average (Poisson)."""
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def work_begins(rng: random.Random, person: Person, day_at: float) -> float:
    """Return when a person's working day begins, give or take half an hour."""
    return day_at - person.zone * 60 + (person.starts + rng.gauss(0, 0.5)) * HOUR


def is_working(rng: random.Random, person: Person, day: int, day_at: float) -> bool:
    """Tell whether a person works on a day."""
    if day in person.leave:
        return False
    return rng.random() < (person.weekend if is_weekend(day_at) else 0.95)


def play_person(tape: Tape, person: Person, day: int, day_at: float) -> None:
    """Record one working day of one person."""
    rng = tape.rng
    if not is_working(rng, person, day, day_at):
        return
    begins = work_begins(rng, person, day_at)
    colleagues = [p for p in tape.organisation.team(person.team) if p is not person and day not in p.leave]
    for _ in range(1 + draw_count(rng, 3)):
        look_at(
            tape, person.session(rng), person, choose_repository(rng, tape.organisation, person), _moment(rng, begins)
        )
    if rng.random() < 0.15:
        tape.audit(_moment(rng, begins), "repo.download_zip", person.session(rng, "web"), _own(rng, tape, person))
    for _ in range(draw_count(rng, person.pace)):
        repository = choose_repository(rng, tape.organisation, person)
        at = _moment(rng, begins)
        look_at(tape, person.session(rng), person, repository, at - 60)
        play_change(tape, draw_change(rng, repository, person.session(rng)), at, colleagues)


def look_at(tape: Tape, session: Session, person: Person, repository: Repository, at: float) -> None:
    """Record a fetch, or the clone that comes before the first."""
    action = "git.fetch" if repository.name in person.known else "git.clone"
    person.known.add(repository.name)
    tape.audit(at, action, session, repository, **describe_transport(session))


def choose_repository(rng: random.Random, organisation: Organisation, person: Person) -> Repository:
    """Return what a person works on: one of the team's, now and then another."""
    team = person.team if rng.random() < 0.94 else rng.choice(names.TEAMS)
    repositories = organisation.repositories_of(team)
    return rng.choices(repositories, [repository.weight for repository in repositories])[0]


def _own(rng: random.Random, tape: Tape, person: Person) -> Repository:
    return rng.choice(tape.organisation.repositories_of(person.team))


def _moment(rng: random.Random, begins: float) -> float:
    """Return a moment of a working day, with a dip at noon."""
    hours = rng.triangular(0, 4, 1.5) if rng.random() < 0.5 else rng.triangular(4, 9.5, 6)
    return begins + hours * HOUR
