"""What one look at something came to."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How something is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: State
    text: str
    """What was found."""
    advice: str = ""
    """What to do; empty where nothing needs doing."""


def ok(name: str, text: str) -> Check:
    """Return that all is well."""
    return Check(name, State.OK, text)


def warn(name: str, text: str, advice: str) -> Check:
    """Return that it works and could be better."""
    return Check(name, State.WARN, text, advice)


def bad(name: str, text: str, advice: str) -> Check:
    """Return that it does not work."""
    return Check(name, State.BAD, text, advice)
