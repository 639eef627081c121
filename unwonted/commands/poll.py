"""`unwonted poll`: fetches now what the settings name, and tells how each poller is doing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import msgspec

from collector.pollers.poller import Turn as Ended
from service.lease import Lease
from service.store import pollers
from service.store.database import Database
from service.store.pollers import PollerState
from service.words import plain
from unwonted.commands.store import existing_store
from unwonted.errors import FAILED, OK, UsageError
from unwonted.serving.parts import Parts, member_name, opened
from unwonted.serving.polling import LEASE_S, Pollers, Wanted, lease_name, turns_of
from unwonted.settings import Settings

_STEPS = 20
"""Steps between two looks at the lease."""
_LEFT = "a running service fetches it, and has been asked to do so now"


class Outcome(NamedTuple):
    """What one poller came to."""

    name: str
    state: str
    """`done`, `waits` for the other side or our own allowance, `failed`, or `left` to a service that fetches it."""
    events: int = 0
    unreadable: int = 0
    missed: int = 0
    text: str = ""


def run(settings: Settings, names: Sequence[str], *, as_json: bool) -> int:
    """Fetch what is named, or everything; print how it went, and return the exit code."""
    wanted = _chosen(Pollers(settings), names)
    is_bad = False
    with opened(settings) as parts:
        for one in wanted:
            outcome = _fetch(parts, one)
            is_bad = is_bad or outcome.state == "failed"
            sys.stdout.write((_json(outcome._asdict()) if as_json else _line(outcome)) + "\n")
            sys.stdout.flush()
    return FAILED if is_bad else OK


def tell(settings: Settings, *, as_json: bool) -> int:
    """Print how each poller is doing."""
    wanted = Pollers(settings).all
    with existing_store(settings) as database:
        for line in _told(database, wanted, as_json=as_json):
            sys.stdout.write(line + "\n")
    if not wanted and not as_json:
        sys.stdout.write("Nothing is fetched: docs/polling.md says what can be.\n")
    return OK


def _told(database: Database, wanted: Sequence[Wanted], *, as_json: bool) -> Iterator[str]:
    with database.reading() as connection:
        states = {state.name: state for state in pollers.states(connection)}
    for one in wanted:
        state = states.get(one.name)
        if as_json:
            yield _json({"name": one.name} if state is None else state._asdict())
        else:
            yield plain(f"{one.name}: {words_of(state, time.time())}")


def words_of(state: PollerState | None, now: float) -> str:
    """Return how a poller is doing, in words."""
    if state is None or (state.last_ok_at is None and not state.last_error):
        return "has not fetched anything yet"
    counts = f"{state.delivered:,} events, {state.unreadable:,} unreadable, {state.missed:,} missed"
    if state.last_error:
        return f"failed {state.failures:,} times in a row, {counts} before: {state.last_error}"
    behind = "" if state.reached_at is None else f", everything up to {_ago(now - state.reached_at)} ago"
    return f"fetched well {_ago(now - (state.last_ok_at or now))} ago; {counts}{behind}"


def _chosen(known: Pollers, names: Sequence[str]) -> Sequence[Wanted]:
    if not known.all:
        raise UsageError("the settings name nothing to fetch; docs/polling.md says what can be, and how")
    by_name = {one.name: one for one in known.all}
    for name in names:
        if name not in by_name:
            close = get_close_matches(name, by_name, 1, 0.3)
            raise UsageError(f"{name} is no poller of these settings{f'; did you mean {close[0]}?' if close else ''}")
    return [by_name[name] for name in names] or known.all


def _fetch(parts: Parts, wanted: Wanted) -> Outcome:
    lease = Lease(parts.database, lease_name(wanted), member_name(), lease_s=LEASE_S)
    if not lease.is_held():
        with parts.database.transaction() as connection:
            pollers.ask_now(connection, wanted.name)
        return Outcome(wanted.name, "left", text=_LEFT)
    try:
        return _fetch_all(parts, wanted, lease)
    finally:
        lease.give_up()


def _fetch_all(parts: Parts, wanted: Wanted, lease: Lease) -> Outcome:
    before = _state(parts, wanted.name)
    turns = turns_of(parts, wanted)
    ended = turns.run(_STEPS)
    while ended.is_more and lease.is_held():
        ended = turns.run(_STEPS)
    after = _state(parts, wanted.name)
    state, text = _ending(ended)
    return Outcome(
        wanted.name,
        state,
        after.delivered - before.delivered,
        after.unreadable - before.unreadable,
        after.missed - before.missed,
        text,
    )


def _ending(ended: Ended) -> tuple[str, str]:
    if ended.error:
        return "failed", ended.error
    if ended.is_waiting:
        return "waits", f"more can be asked for in {_ago(ended.next_at - ended.at)}"
    return ("left", _LEFT) if ended.is_more else ("done", "")


def _state(parts: Parts, name: str) -> PollerState:
    with parts.database.reading() as connection:
        return pollers.state_of(connection, name) or PollerState(name, "", "")


def _line(outcome: Outcome) -> str:
    counts = f"{outcome.events:,} events, {outcome.unreadable:,} unreadable, {outcome.missed:,} missed"
    return plain(f"{outcome.name}: {outcome.state}; {counts}{f'; {outcome.text}' if outcome.text else ''}")


def _json(told: object) -> str:
    return msgspec.json.encode(told).decode()


def _ago(seconds: float) -> str:
    """Return a time span in words.

    >>> _ago(42), _ago(600), _ago(90_000)
    ('42 s', '10 min', '25 h')
    """
    if seconds < 120.0:
        return f"{max(seconds, 0.0):.0f} s"
    return f"{seconds / 60.0:.0f} min" if seconds < 7_200.0 else f"{seconds / 3600.0:.0f} h"
