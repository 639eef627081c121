"""Limits: how often another system may be asked, by what it answers and by our own allowance."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from collector.errors import PostponedError
from collector.pollers.clock import Clock

LONGEST_WAIT_S = 3_600.0
"""A server that asks for longer is asked again after that: its clock, or the answer, may be wrong."""
_SECONDARY_S = 60.0
_SHARE_LEFT = 0.05
"""Share of a token's requests that is left to whoever else uses it."""
_SIGNS = (b"rate limit", b"abuse detection", b"too many requests", b"retry later")


def server_time(headers: Mapping[str, str]) -> float | None:
    """Return what time it was on the server, in seconds since 1970 UTC; None where it does not tell."""
    return _date(headers.get("date", ""))


def wait_of(status: int, headers: Mapping[str, str], body: bytes, now: float) -> float | None:
    """Return how many seconds an answer asks to be left alone, None where it does not; `now` is our clock.

    Times that the server tells are held against its own clock, so that ours may be wrong.
    """
    if status not in {403, 429, 503}:
        return None
    here = server_time(headers) or now
    asked = _retry_after(headers.get("retry-after", ""), here)
    if asked is None and status != 503 and _left(headers) == 0:
        asked = _until_reset(headers, here)
    if asked is None and (status == 429 or (status == 403 and any(sign in body.lower() for sign in _SIGNS))):
        asked = _SECONDARY_S
    return None if asked is None else min(max(asked, 1.0), LONGEST_WAIT_S)


def spare_wait(headers: Mapping[str, str], now: float) -> float | None:
    """Return how long to wait after an answer that was good, because few requests are left; None where there are."""
    left, most = _left(headers), _number(headers.get("x-ratelimit-limit") or headers.get("ratelimit-limit"))
    if left is None or most is None or left > most * _SHARE_LEFT:
        return None
    asked = _until_reset(headers, server_time(headers) or now)
    return None if asked is None else min(max(asked, 1.0), LONGEST_WAIT_S)


class Allowance:
    """So many requests an hour, evenly, after a first few at once; a restart begins with those few.

    A step that has begun may overdraw it, so that a step of any length comes to its end; the next one waits longer.
    Threads may share one.
    """

    def __init__(self, an_hour: float, clock: Clock, *, at_once: int = 100) -> None:
        self._rate = an_hour / 3600.0
        self._most = float(min(at_once, an_hour))
        self._clock = clock
        self._has = self._most
        self._at = clock.steady()
        self._changing = threading.Lock()

    def check(self) -> None:
        """Raise PostponedError where a step must not begin yet."""
        with self._changing:
            self._renew()
            if self._has < 1.0:
                until = self._clock.now() + (1.0 - self._has) / self._rate
                raise PostponedError(until, "our own allowance of requests is used up for the moment")

    def take(self, requests: int = 1) -> None:
        """Count requests; less than none gives them back."""
        with self._changing:
            self._renew()
            self._has = min(self._most, self._has - requests)

    def _renew(self) -> None:
        at = self._clock.steady()
        self._has = min(self._most, self._has + (at - self._at) * self._rate)
        self._at = at


def _retry_after(value: str, here: float) -> float | None:
    seconds = _number(value)
    if seconds is not None:
        return seconds
    at = _date(value)
    return None if at is None else at - here


def _until_reset(headers: Mapping[str, str], here: float) -> float | None:
    at = _number(headers.get("x-ratelimit-reset") or headers.get("ratelimit-reset"))
    return None if at is None else at - here


def _left(headers: Mapping[str, str]) -> float | None:
    return _number(headers.get("x-ratelimit-remaining") or headers.get("ratelimit-remaining"))


def _number(value: str | None) -> float | None:
    try:
        found = float(value or "")
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _date(value: str) -> float | None:
    try:
        return parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
