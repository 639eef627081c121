"""`unwonted doctor`: tells what is wrong with a set-up, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec

from service.words import plain
from unwonted.doctor import Check, State, examine
from unwonted.errors import FAILED, OK
from unwonted.settings import Settings

_SEVERITY = list(State)


def run(settings: Settings, *, as_json: bool) -> int:
    """Look, tell, and return the exit code."""
    checks: list[Check] = []
    for check in examine(settings):
        checks.append(check)
        if not as_json:
            sys.stdout.write(_line(check))
            sys.stdout.flush()
    worst = max((check.state for check in checks), key=_SEVERITY.index)
    if as_json:
        told = {"state": worst, "checks": [check._asdict() for check in checks]}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        sys.stdout.write(_end(checks))
    return FAILED if worst is State.BAD else OK


def _line(check: Check) -> str:
    text = f"{check.state:<5} {check.name:<14} {plain(check.text)}\n"
    return text + (f"{'':<20} -> {plain(check.advice)}\n" if check.advice else "")


def _end(checks: Sequence[Check]) -> str:
    count = {state: sum(check.state is state for check in checks) for state in State}
    return f"{count[State.OK]} ok, {count[State.WARN]} to better, {count[State.BAD]} bad\n"
