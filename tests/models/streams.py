"""Events for tests: one at a time, seeded streams, and hypothesis strategies; and the kernel beside its reference."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from collector.event import Actor, ActorType, Entity, Event, Kind
from models import kernel
from models.detector import Matrix
from models.extraction import Extraction, Observations, spec_arrays
from models.features import FEATURES
from models.features.feature import COLUMN
from models.profile import BASELINE, GAUGE, VALUE, Profiles
from models.reference import Ints, Reference
from models.vocabulary import Vocabulary

START = 1_767_225_600.0
"""A Thursday, midnight UTC."""
HOUR = 3600.0
DAY = 86400.0

_ACTORS = ("mona", "hubert", "otto", "mallory")
_REPOS = ("acme/pay", "acme/web", "tools")
_LINKS = {
    "repo": _REPOS,
    "workflow": ("ci.yml", "release.yml"),
    "job": ("build", "publish"),
    "token": ("t1", "t2"),
    "network": ("AS1", "AS2", "AS666"),
    "agent": ("git/2.39", "curl"),
    "target": ("hubert", "eve"),
    "runner": ("r1", "r2"),
}
_SETS = {
    "zone": ("ci", "source", "hook", "manifest"),
    "content.command": ("make", "curl", "base64", "npm"),
    "content.host": ("pypi.org", "evil.example"),
    "commit_path": ("a.py", "b.py", "setup.py"),
    "unknown_list": ("x", "y"),
}
_FACTS = {
    "message": ("fix 12", "release 1.2", "update abcdef0123"),
    "review": ("reviewed", "unreviewed"),
    "mood": ("odd",),
}
_NUMBERS = ("duration_s", "additions", "added_lines", "size_bytes", "secrets", "log_lines", "unheard_of")
_STEPS = (0.0, 0.0, 1.0, 60.0, 700.0, HOUR, 40_000.0, DAY + 1.0)


def make_event(
    number: int = 0,
    *,
    actor: str = "mona",
    kind: Kind = Kind.ACCESS,
    action: str = "git.clone",
    entity: str = "acme/pay",
    at: float = START,
    received_at: float | None = None,
    links: dict[str, str] | None = None,
    facts: dict[str, str | list[str]] | None = None,
    numbers: dict[str, float] | None = None,
) -> Event:
    """Return an event; name only what matters."""
    return Event(
        id=str(number),
        ref=str(number),
        source="test",
        kind=kind,
        action=action,
        actor=Actor(ActorType.USER, actor),
        entity=Entity("repo", entity),
        observed_at=at,
        received_at=at if received_at is None else received_at,
        links={"repo": entity} if links is None else links,
        facts=facts or {},
        numbers=numbers or {},
    )


def random_event(rng: random.Random, number: int, clock: float, kinds: Sequence[Kind] = tuple(Kind)) -> Event:
    """Return an event near `clock`: at times late or dated in the future, with links, facts and numbers missing."""
    shift = rng.choice((0.0, 0.0, 0.0, 0.0, -5 * HOUR, -3 * DAY, 9 * DAY))
    facts: dict[str, str | list[str]] = {
        name: [rng.choice(values) for _ in range(rng.randrange(4))]
        for name, values in _SETS.items()
        if rng.random() < 0.4
    }
    facts |= {name: rng.choice(values) for name, values in _FACTS.items() if rng.random() < 0.4}
    repo = rng.choice(_REPOS)
    return make_event(
        number,
        actor=rng.choice(_ACTORS),
        kind=rng.choice(kinds),
        action=rng.choice(("git.clone", "git.push", "member.add", "completed")),
        entity=repo,
        at=clock + shift,
        received_at=clock,
        links={name: rng.choice(values) for name, values in _LINKS.items() if rng.random() < 0.6},
        facts=facts,
        numbers={name: float(int(10 ** rng.uniform(0, 5))) for name in _NUMBERS if rng.random() < 0.4},
    )


def random_stream(
    seed: int, count: int, kinds: Sequence[Kind] = tuple(Kind), steps: Sequence[float] = _STEPS
) -> list[Event]:
    """Return a seeded stream with bursts, pauses, late and future-dated events."""
    rng = random.Random(seed)  # test data
    clock = START
    events = []
    for number in range(count):
        clock += rng.choice(steps)
        events.append(random_event(rng, number, clock, kinds))
    return events


def streams(max_events: int = 60) -> st.SearchStrategy[list[Event]]:
    """Return a strategy of random streams."""
    return st.builds(random_stream, st.integers(0, 2**32), st.integers(1, max_events))


def observe(events: Sequence[Event]) -> Observations:
    """Return the observations of events, by a vocabulary of their own."""
    return Extraction(Vocabulary()).observe(events)


def by_kernel(
    observations: Observations,
    profiles: Profiles,
    *,
    maturity_s: float = kernel.MATURITY_S,
    limits: Sequence[int] = (1 << 21, 1 << 23, 1 << 20),
    in_place: bool = False,
) -> tuple[Matrix, Matrix, Ints]:
    """Measure observations with the kernel; tables grow as the scorer lets them grow.

    The kernel fills in standings: where not `in_place`, on copies.
    """
    count = len(observations.times)
    matrix = np.zeros((count, len(FEATURES)))
    detail = np.zeros((len(observations.columns), 4))
    usual = np.zeros(len(observations.columns), np.int64)
    owners, what = observations.owners, observations.what
    if not in_place:
        owners, what = owners.copy(), what.copy()
    done = 0
    while done < count:
        done += kernel.score_batch(
            profiles.baselines, profiles.values, profiles.gauges, profiles.used, np.array(limits, np.int64),
            observations.times[done:], owners[done:], observations.starts[done:],
            observations.columns, what, observations.numbers, *spec_arrays(), COLUMN["standing"], maturity_s,
            matrix[done:], detail, usual,
        )  # fmt: skip
        if done < count:
            profiles.grow(3 * int(observations.starts[done + 1] - observations.starts[done]))
    return matrix, detail, usual


def reference(
    *, maturity_s: float = kernel.MATURITY_S, limits: Sequence[int] = (1 << 21, 1 << 23, 1 << 20)
) -> Reference:
    """Return an empty reference for the feature registry."""
    return Reference(*spec_arrays(), standing_column=COLUMN["standing"], maturity_s=maturity_s, limits=limits)


def tables(size: int) -> Profiles:
    """Return empty profiles with tables of `size` slots."""
    profiles = Profiles()
    profiles.baselines, profiles.values, profiles.gauges = (np.zeros(size, kind) for kind in (BASELINE, VALUE, GAUGE))
    return profiles


def learn_verdict(observations: Observations, profiles: Profiles, plain: Reference, *, is_usual: bool) -> None:
    """Teach the kernel's tables and the reference the same verdict."""
    spec, standing, o = spec_arrays(), COLUMN["standing"], observations
    limits = np.array((1 << 21, 1 << 23, 1 << 20), np.int64)
    if not is_usual:
        ends = o.times + DAY
        plain.strike(o, ends)
        kernel.strike_batch(
            profiles.baselines, profiles.values, profiles.used, o.times, ends, o.owners, o.starts, o.columns, o.what,
            *spec, standing, DAY,
        )  # fmt: skip
        return
    plain.mature(o, kernel.SAMPLES)
    done = 0
    while done < len(o.times):
        done += kernel.mature_batch(
            profiles.baselines, profiles.values, profiles.gauges, profiles.used, limits, o.times[done:],
            o.owners[done:], o.starts[done:], o.columns, o.what, o.numbers, *spec, standing, DAY, kernel.SAMPLES,
        )  # fmt: skip
        if done < len(o.times):
            profiles.grow(3 * int(o.starts[done + 1] - o.starts[done]))
