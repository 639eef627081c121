"""What a stream carries: events, and everything else that changes what a worker would say.

Verdicts, suppressions and promotions travel in the same order as events, so a replay of the stream
gives the same findings and the same incidents.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from collector.event import Event


class Verdict(StrEnum):
    """An analyst's answer to an incident."""

    TRUE_POSITIVE = "true_positive"
    FALSE_POSITIVE = "false_positive"
    BENIGN = "benign"
    TEST = "test"
    DUPLICATE = "duplicate"
    INSUFFICIENT_DATA = "insufficient_data"


class Observed(msgspec.Struct, frozen=True, kw_only=True, tag="event", tag_field="entry"):
    """Something happened."""

    event: Event

    @property
    def organisation(self) -> str:
        """Return the organisation it is keyed by."""
        return self.event.organisation


class Judged(msgspec.Struct, frozen=True, kw_only=True, tag="verdict", tag_field="entry"):
    """An analyst judged an incident.

    The events it covers travel with it, so that what it teaches does not depend on what a database still holds.
    """

    organisation: str
    id: str
    """Unique: the same verdict appended twice counts once."""
    incident: str
    verdict: Verdict
    events: tuple[Event, ...] = ()
    """The incident's strangest events, at most `MAX_COVERED`."""
    given_at: float = 0.0
    given_by: str = ""


class Suppressed(msgspec.Struct, frozen=True, kw_only=True, tag="suppression", tag_field="entry"):
    """An incident of findings that all match every field given is suppressed, until a time of the events' own clock."""

    organisation: str
    id: str
    until: float
    """Seconds since 1970 UTC; 0 lifts the suppression of this id."""
    actor: str = ""
    entity: str = ""
    action: str = ""
    source: str = ""


class Promoted(msgspec.Struct, frozen=True, kw_only=True, tag="promotion", tag_field="entry"):
    """From here on a model version serves; an empty version lets the organisation's own fits serve."""

    organisation: str
    id: str
    version: str
    digest: str = ""
    """SHA-256 of the version's manifest, hexadecimal: a replay must meet the same version."""


class Forked(msgspec.Struct, frozen=True, kw_only=True, tag="fork", tag_field="entry"):
    """A scratch organisation begins with a copy of what is known of another.

    Its name is `OTHER~NAME`, so that both live in one partition.
    """

    organisation: str
    id: str
    of: str


class Erased(msgspec.Struct, frozen=True, kw_only=True, tag="erasure", tag_field="entry"):
    """Everything learned of an organisation is forgotten, and its incidents are removed."""

    organisation: str
    id: str


class Unreadable(msgspec.Struct, frozen=True, kw_only=True, tag="unreadable", tag_field="entry"):
    """Something that a source or the stream could not read: it goes to the dead letters with its reason."""

    organisation: str
    id: str
    source: str
    received_at: float
    reason: str
    body: str = ""
    """What could be kept of it, masked and cut to `MAX_KEPT` characters."""


Entry = Observed | Judged | Suppressed | Promoted | Forked | Erased | Unreadable

MAX_COVERED = 50
MAX_KEPT = 20_000
SCRATCH = "~"
"""What follows it in an organisation's name makes it a scratch organisation of the one before it."""


def home_of(organisation: str) -> str:
    """Return the organisation a scratch organisation was made from; itself where it is none.

    >>> home_of("acme~drill-1"), home_of("acme")
    ('acme', 'acme')
    """
    return organisation.split(SCRATCH, 1)[0]
