"""What a drill showed, and what it is judged from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from service.incident import Incident


class Ending(StrEnum):
    """How a drill ended."""

    FOUND = "found"
    """An incident of it stood high enough to be looked at."""
    BURIED = "buried"
    """There was an incident, but too many stood above it."""
    MISSED = "missed"
    """Nothing of it became an incident."""
    UNPLAYED = "unplayed"
    """No feed of the organisation would have carried any of it."""
    FAILED = "failed"
    """It could not be played to its end, so nothing can be said."""


class DrillResult(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill showed. Times are seconds since 1970 UTC, of the drill's own clock."""

    name: str
    says: str
    """One sentence: what happened in it."""
    classes: tuple[str, ...] = ()
    """Numbers of the catalogue of incidents that it follows."""
    organisation: str
    """The organisation whose profiles it was measured against."""
    scratch: str
    """The scratch organisation it was played into."""
    ending: Ending
    sentence: str
    rank: int = 0
    """1 is the riskiest among the organisation's incidents of the window; 0 where there was no incident."""
    rivals: int = 0
    """Incidents of the organisation in the window."""
    risk: float = 0.0
    incident: str = ""
    """Id of the incident in the scratch organisation; empty where that was erased."""
    title: str = ""
    first_at: float = 0.0
    impact_at: float = 0.0
    noticed_at: float = 0.0
    """When the incident first stood high enough; 0 where it never did."""
    lead_s: float = 0.0
    """Seconds from then to the impact; negative where it came after."""
    feeds: tuple[str, ...] = ()
    """Sources whose events are in the incident."""
    missing_feeds: tuple[str, ...] = ()
    """Sources that would have carried more of it, had the organisation sent them."""
    events: int = 0
    """Events that were played."""
    told: int = 0
    """Those of them that are in the incident."""
    strongest: int = 0
    """Rank of its strongest event among the organisation's events of the window."""
    compared: int = 0
    """How many events that were."""


class Look(NamedTuple):
    """What was there at one moment of a drill."""

    at: float
    """When the last delivery so far was received."""
    incidents: Sequence[Incident]
    """Those of the scratch organisation."""


class Standing(NamedTuple):
    """Where the strongest event of a drill stands among the organisation's own."""

    rank: int
    """1 is the strangest."""
    compared: int
    """How many events there are, the drill's strongest with them."""


class Evidence(NamedTuple):
    """All that a drill is judged from."""

    looks: Sequence[Look]
    rivals: Sequence[float]
    """Strength of each of the organisation's own incidents of the window."""
    days: float
    """How many days of the window the organisation's history covers."""
    budget: float
    """Incidents a day that the team has time for: what ranks lower over the window is told, but buried."""
    standing: Standing
    sources: Mapping[str, str]
    """Source of each event that was played, by its id."""
