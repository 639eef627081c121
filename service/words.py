"""Numbers, times and untrusted text as people read them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from service.incident import Incident

DAY_S = 86_400.0
MONTH_S = 30.44 * DAY_S
YEAR_S = 365.25 * DAY_S
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -~])|\x9b[0-?]*[ -/]*[@-~]")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LIKE_SPACE = "\t\n\r\v\f\x85\u2028\u2029"


def plain(text: str, limit: int = 0) -> str:
    r"""Return untrusted text as one line that can neither steer a terminal nor hide or turn what follows.

    Escape sequences vanish; other control characters, and the invisible ones that reorder or
    conceal text, are shown as U+FFFD. A limit cuts long text, with an ellipsis.

    >>> plain("a\x1b[31mb\nc\u202ed")
    'ab c\ufffdd'
    """
    text = _ANSI.sub("", text)
    if not text.isascii() or not text.isprintable():
        text = "".join(_visible(character) for character in text)
    if limit and len(text) > limit:
        return text[: limit - 1].rstrip() + "…"
    return text


def _visible(character: str) -> str:
    if character in _LIKE_SPACE:
        return " "
    return "\ufffd" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"} else character


def rfc3339(seconds: float) -> str:
    """Return a time in UTC as RFC 3339 writes it, to the microsecond where it has one.

    >>> rfc3339(0.0), rfc3339(1784500907.179)
    ('1970-01-01T00:00:00Z', '2026-07-19T22:41:47.179000Z')
    """
    return moment(seconds).isoformat()[: -len("+00:00")] + "Z"


def moment(seconds: float) -> datetime:
    """Return a time as a calendar shows it; what lies beyond the calendar is its first or last day."""
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return datetime.max.replace(tzinfo=UTC, microsecond=0) if seconds > 0 else datetime.min.replace(tzinfo=UTC)


def minute(seconds: float) -> str:
    """Return a time in UTC to the minute.

    >>> minute(1784500907.179)
    '2026-07-19 22:41'
    """
    return f"{moment(seconds):%Y-%m-%d %H:%M}"


def day(seconds: float) -> str:
    """Return a date in UTC."""
    return f"{moment(seconds):%Y-%m-%d}"


def count(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> count(1, "event"), count(14500, "event"), count(2, "repository", "repositories")
    ('1 event', '14,500 events', '2 repositories')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """Return a length of time in the largest unit that leaves at least two of it, or one.

    >>> duration(40), duration(7200), duration(30 * 86400), duration(5e8)
    ('40 seconds', '2 hours', '30 days', '16 years')
    """
    units = (("year", YEAR_S, 2), ("month", MONTH_S, 2), ("day", DAY_S, 2), ("hour", 3600.0, 2), ("minute", 60.0, 2))
    for noun, size, least in units:
        if seconds >= least * size:
            return count(round(seconds / size), noun)
    return count(max(0, round(seconds)), "second")


def every(seconds: float) -> str:
    """Return a return period in words.

    >>> every(0.5 * 86400), every(8 * 86400), every(425 * 86400), every(1e9)
    ('more than once a day', 'about every 8 days', 'about every 14 months', 'about every 32 years')
    """
    if seconds <= 0:
        return "how often is not known yet"
    if seconds < 0.75 * DAY_S:
        return "more than once a day"
    if seconds < 1.5 * DAY_S:
        return "about once a day"
    if seconds > 100 * YEAR_S:
        return "less than once in a hundred years"
    for noun, size, least in (("year", YEAR_S, 2.0), ("month", MONTH_S, 2.0), ("week", 7 * DAY_S, 2.0)):
        if seconds >= least * size:
            return f"about every {count(round(seconds / size), noun)}"
    return f"about every {count(round(seconds / DAY_S), 'day')}"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return names in a row, the rest as a number.

    >>> listed(["a", "b", "c", "d"], 2)
    'a, b and 2 more'
    """
    shown = [plain(name, 60) for name in names[:most]]
    rest = len(names) - len(shown)
    return f"{', '.join(shown)} and {rest:,} more" if rest else ", ".join(shown)


def title_of(incident: Incident) -> str:
    """Return an incident's title; one without is named by its strangest event."""
    if incident.title:
        return plain(incident.title, 200)
    if not incident.events:
        return incident.id
    strangest = max(incident.events, key=lambda event: event.score)
    return plain(f"{strangest.actor} {strangest.action} {strangest.entity}", 200)


def strangest_ref(incident: Incident) -> str:
    """Return the reference of an incident's strangest event, so that it can be looked up; empty where it has none."""
    strangest = max(incident.events, key=lambda event: event.score, default=None)
    return plain(short_ref(strangest.ref), 80) if strangest else ""


def short_ref(ref: str) -> str:
    """Return a reference, a commit id as short as people write it.

    >>> short_ref("074a0f8ed0c31c35d13d28632bd8a049ff136fb6"), short_ref("audit.json:12")
    ('074a0f8ed0c3', 'audit.json:12')
    """
    return ref[:12] if _COMMIT.fullmatch(ref) else ref
