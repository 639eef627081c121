"""The judge: whether a drill would have been seen, by which incident, at what rank, and how early."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from collector.simulator.drill import StagedDrill
from service.incident import Incident
from service.words import count, duration
from training.drills.result import DrillResult, Ending, Evidence

SHARE = 0.3
"""An incident is the drill's when at least this share of its events belongs to it."""
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()


def judge(staged: StagedDrill, evidence: Evidence, *, organisation: str, scratch: str) -> DrillResult:
    """Return what a drill showed."""
    known: dict[str, Any] = {
        "name": staged.name,
        "says": staged.says,
        "classes": staged.classes,
        "organisation": organisation,
        "scratch": scratch,
        "rivals": len(evidence.rivals),
        "first_at": staged.first_at,
        "impact_at": staged.impact_at,
        "missing_feeds": staged.missing_feeds,
        "events": len(evidence.sources),
        "strongest": evidence.standing.rank,
        "compared": evidence.standing.compared,
    }
    if not evidence.sources:
        return DrillResult(ending=Ending.UNPLAYED, sentence=_unplayed(staged.missing_feeds), **known)
    incident = _own(evidence.looks[-1].incidents, evidence) if evidence.looks else None
    if incident is None:
        return DrillResult(ending=Ending.MISSED, sentence=_missed(known["strongest"], known["compared"]), **known)
    return DrillResult(**_seen(incident, evidence, staged.impact_at), **known)


def _seen(incident: Incident, evidence: Evidence, impact_at: float) -> dict[str, Any]:
    """Return what is told of a drill that became an incident."""
    rank, room = _rank(incident, evidence), _room(evidence)
    noticed_at = next((look.at for look in evidence.looks if _stands(look.incidents, evidence, room)), 0.0)
    is_found = rank <= room and noticed_at > 0
    lead_s = impact_at - noticed_at if is_found else 0.0
    told = [event.id for event in incident.events if event.id in evidence.sources]
    return {
        "ending": Ending.FOUND if is_found else Ending.BURIED,
        "sentence": _found(rank, lead_s) if is_found else _buried(rank, len(evidence.rivals) + 1, evidence.budget),
        "rank": rank,
        "risk": round(incident.risk, 1),
        "incident": incident.id,
        "title": incident.title,
        "noticed_at": noticed_at if is_found else 0.0,
        "lead_s": lead_s,
        "feeds": tuple(sorted({evidence.sources[name] for name in told})),
        "told": len(told),
    }


def _own(incidents: Sequence[Incident], evidence: Evidence) -> Incident | None:
    """Return the strongest incident that is the drill's."""
    own = [incident for incident in incidents if _is_own(incident, evidence)]
    return max(own, key=lambda incident: (incident.score, incident.id), default=None)


def _is_own(incident: Incident, evidence: Evidence) -> bool:
    hits = sum(event.id in evidence.sources for event in incident.events)
    return hits > 0 and hits >= SHARE * len(incident.events)


def _rank(incident: Incident, evidence: Evidence) -> int:
    return 1 + sum(score > incident.score for score in evidence.rivals)


def _stands(incidents: Sequence[Incident], evidence: Evidence, room: int) -> bool:
    incident = _own(incidents, evidence)
    return incident is not None and _rank(incident, evidence) <= room


def _room(evidence: Evidence) -> int:
    """Return how many incidents of the window a team has time for."""
    return max(1, math.ceil(evidence.budget * evidence.days))


def _found(rank: int, lead_s: float) -> str:
    when = (
        f"{duration(abs(lead_s))} {'before' if lead_s > 0 else 'after'} the impact"
        if abs(lead_s) >= 1
        else "at the impact"
    )
    return f"would have been {_ordinal(rank)}, {when}"


def _buried(rank: int, among: int, budget: float) -> str:
    return (
        f"was told, but only as {_ordinal(rank)} of {count(among, 'incident')}: "
        f"with time for {budget:g} a day, nobody would have looked"
    )


def _missed(strongest: int, compared: int) -> str:
    return (
        f"missed: nothing of it reached the feed; its strongest event was ranked {_ordinal(strongest)} of {compared:,}"
    )


def _unplayed(feeds: Sequence[str]) -> str:
    return f"not played: it would show in {' and '.join(feeds)}, which this organisation does not send"


def _ordinal(number: int) -> str:
    """Return a place in words, or in figures where words get long.

    >>> _ordinal(1), _ordinal(11), _ordinal(22), _ordinal(1003)
    ('first', '11th', '22nd', '1,003rd')
    """
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else _numeral(number)


def _numeral(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"
