"""What numbers and names of an incident mean, in the words of the page."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from collector.event import ActorType
from collector.stream.entry import Verdict
from models.features import FEATURES
from service.incident import Status
from service.wording import FAMILY_WORDS
from service.words import duration

LEVELS = ((90.0, "severe"), (75.0, "high"), (50.0, "medium"), (0.0, "low"))
"""Risk from which on a word holds: rarer than yearly, monthly, weekly."""
STATUS_WORDS = {
    Status.NEW: "new",
    Status.IN_PROGRESS: "in progress",
    Status.RESOLVED: "closed",
    Status.SUPPRESSED: "suppressed",
}
VERDICTS = {
    Verdict.TRUE_POSITIVE: ("A real attack", "It stays strange: what it did is never learned as usual."),
    Verdict.BENIGN: ("Real, and allowed", "It becomes usual at once: the same again is not told."),
    Verdict.FALSE_POSITIVE: ("Nothing worth telling", "It becomes usual at once, and counts as a mistake of ours."),
    Verdict.TEST: ("A test or a drill", "It stays strange: the next one is told too."),
    Verdict.DUPLICATE: ("Handled in another incident", "Nothing is learned from it; the other one's verdict teaches."),
    Verdict.INSUFFICIENT_DATA: ("Cannot be told", "Nothing is learned from it."),
}
"""An analyst's answers: what it says, and what it teaches."""
_HISTORIES = {
    "population": "the whole organisation",
    "actor": "this actor",
    "actor_type": "actors of this type",
    "standing": "people as well known here",
    "repo": "this repository",
    "namespace": "this owner's repositories",
    "workflow": "this workflow",
    "job": "this job",
    "token": "this token",
    "network": "this network",
    "action": "this action",
    "entity": "this entity",
    "entity_type": "entities of this type",
    "subject": "messages worded like it",
    "target": "this target",
    "role": "this role",
    "author_name": "this author name",
    "source": "this source",
    "runner": "this runner",
    "agent": "this client",
    "trigger": "this trigger",
}
_OWNERS = {feature.name: feature.owners for feature in FEATURES}
_PEOPLE = frozenset(ActorType)


def level(risk: float) -> str:
    """Return the word for a risk.

    >>> level(91.0), level(75.0), level(12.0)
    ('severe', 'high', 'low')
    """
    return next(word for least, word in LEVELS if risk >= least or not least)


def odds(bits: float) -> str:
    """Return how rare so many bits are, in round numbers.

    >>> odds(1.0), odds(9.97), odds(12.0)
    ('1 in 2', '1 in 1,000', '1 in 4,100')
    """
    chance = 2.0 ** min(bits, 60.0)
    digits = max(0, math.floor(math.log10(max(1.0, chance))) - 1)
    return f"1 in {round(chance, -digits):,.0f}"


def compared_with(feature: str, n: float) -> str:
    """Return what a reason's value was held against.

    >>> compared_with("network_of_actor", 111.4)
    '111 earlier observations of this actor'
    """
    owners = _OWNERS.get(feature, ("",))[0].split("+")
    whose = " in ".join(_HISTORIES.get(owner, "its history") for owner in owners)
    if n < 0.5:
        return f"no history yet of {whose}"
    return f"{n:,.0f} earlier observation{'' if round(n) == 1 else 's'} of {whose}"


FEW = 30.0
"""With fewer observations than this of its own, a value is held against wider histories too."""


def wider(feature: str, n: float) -> str:
    """Return whom a reason turns to where its own history is short: peers, then everyone.

    >>> wider("network_of_actor", 4.0), wider("network_of_actor", 400.0)
    ('actors of this type, then the whole organisation', '')
    """
    if n >= FEW:
        return ""
    rungs = [
        " in ".join(_HISTORIES.get(part, part) for part in rung.split("+")) for rung in _OWNERS.get(feature, ())[1:]
    ]
    return ", then ".join(rungs)


def respect(about: str) -> str:
    """Return a respect in which something is usual, without whose it is, which the page says.

    >>> respect("network of actor"), respect("events of actor 10m"), respect("workflow in organisation")
    ('network', 'events in 10m', 'workflow in organisation')
    """
    what, _, whose = about.partition(" of ")
    _, _, window = whose.partition(" ")
    return f"{what} in {window}" if window and window[0].isdigit() else what


_DIGEST = re.compile(r"[A-Za-z0-9+/_-]{28,}={0,2}")


def shortened(value: str) -> str:
    """Return a value as people compare it: of a digest its beginning.

    >>> shortened("EfWDmjXpt7+Rkpclt4MhRsUWiBInCUZZp+dfMVUXm1s="), shortened("git.clone")
    ('EfWDmjXpt7…', 'git.clone')
    """
    return f"{value[:10]}…" if _DIGEST.fullmatch(value) and any(one.isdigit() for one in value) else value


def family(name: str) -> str:
    """Return a family of facts in words.

    >>> family("network")
    'where it came from'
    """
    return FAMILY_WORDS.get(name, name.replace("_", " "))


def bare(written: str) -> str:
    """Return the name of an actor or entity without its type.

    >>> bare("user:mona"), bare("nameless")
    ('mona', 'nameless')
    """
    return written.partition(":")[2] or written


def type_of(written: str) -> str:
    """Return the type of an actor or entity; nothing where it has none.

    >>> type_of("deploy_key:ci")
    'deploy key'
    """
    kind, colon, _ = written.partition(":")
    return kind.replace("_", " ") if colon else ""


def headline(title: str) -> str:
    """Return an incident's title without the types of its names, which stand below it.

    >>> headline("user:mona, push on repo:acme/pay and 2 more")
    'mona, push on acme/pay and 2 more'
    """
    return " ".join(_untyped(word) for word in title.split(" "))


def _untyped(word: str) -> str:
    kind, colon, name = word.partition(":")
    return name if colon and name and (kind in _PEOPLE or kind in _TYPES) else word


_TYPES = frozenset("source repo workflow job runner package secret team org role model branch".split())


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago a time is.

    >>> ago(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 1, 3, tzinfo=UTC))
    '3 hours ago'
    """
    seconds = (now - at).total_seconds()
    if abs(seconds) < 60:
        return "just now"
    return f"in {duration(-seconds)}" if seconds < 0 else f"{duration(seconds)} ago"


def stamp(at: datetime) -> str:
    """Return a time in UTC as the page writes it.

    >>> stamp(datetime(2026, 3, 1, 9, 5, tzinfo=UTC))
    '2026-03-01 09:05:00 UTC'
    """
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def lag(seconds: float) -> str:
    """Return how far apart an event and its receipt are.

    >>> lag(0.4), lag(-400.0), lag(90.0)
    ('at once', '7 minutes before it happened', '90 seconds')
    """
    if abs(seconds) < 1.0:
        return "at once"
    return duration(seconds) if seconds > 0 else f"{duration(-seconds)} before it happened"
